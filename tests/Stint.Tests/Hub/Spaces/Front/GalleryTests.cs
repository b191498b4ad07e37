using System.Net;
using System.Text.RegularExpressions;
using Stint.Core.Identities;
using Stint.Core.Leasing;
using Stint.Core.Quota;
using Stint.Core.Spaces;
using Stint.Hub.Spaces.Front;
using Stint.Hub.Store.Ledgers;
using Stint.Hub.Texts;
using Stint.Tests.Fakes;
using Xunit;

namespace Stint.Tests.Hub.Spaces.Front;

public sealed partial class GalleryTests : IDisposable
{
    private readonly WebHub hub = new();

    public void Dispose() => hub.Dispose();

    [Fact]
    public async Task Search_ByWords_ShowsSpacesThatHoldEachAndThatTheVisitorMayOpen()
    {
        hub.Start();
        Add("ada", "night-paint");
        var stranger = hub.Browser();
        Assert.Equal(["ada/night-paint", "ada/paint"], await NamesAsync(stranger, "/"));
        Assert.Equal(["ada/night-paint"], await NamesAsync(stranger, "/?q=NIGHT+ada"));
        Assert.Empty(await NamesAsync(stranger, "/?q=sing"));
        Assert.Equal(["bob/sing"], await NamesAsync(await hub.SignedInAsync("bob"), "/?q=sing"));
        foreach (var search in new[] { "%3Cscript%3Ealert(1)%3C/script%3E", "'%20OR%201=1", new string('x', 5000), "%25", "%00" })
        {
            var page = await stranger.GetStringAsync(new Uri($"/?q={search}&page=-7", UriKind.Relative));
            Assert.Contains("No Space that you may open is called like", page, StringComparison.Ordinal);
            Assert.DoesNotContain("<script>alert", page, StringComparison.Ordinal);
            Assert.True(page.Length < 20_000);
        }
    }

    /// <summary>The newcomer's first command is copied from there.</summary>
    [Fact]
    public async Task Page_WithoutAnySpace_SuggestsAnUpstreamThatTheHubTakes()
    {
        hub.Start();
        foreach (var space in hub.Catalogue.Spaces()) hub.Catalogue.RemoveSpace(space.Id);
        var page = WebUtility.HtmlDecode(await hub.Browser().GetStringAsync(new Uri("/", UriKind.Relative)));
        var options = new Stint.Hub.HubOptions();
        var upstream = UpstreamIn().Match(page).Groups[1].Value;
        Assert.NotEmpty(upstream);
        Assert.Null(new Stint.Hub.UpstreamRule([options.Port, options.DeviceListenerPort]).Problem(upstream));
    }

    /// <summary>It follows the queue, which moves all the time where many use it, and says how often it does at most.</summary>
    [Fact]
    public async Task Page_WhileItIsOpen_HearsOfTheQueueAndAsksNowAndThen()
    {
        hub.Start();
        var page = await hub.Browser().GetStringAsync(new Uri("/", UriKind.Relative));
        Assert.Matches("<body data-live-from=\"/live\\?to=spaces,pool&amp;seen=[0-9]+\" data-live-gap=\"2000\">", page);
    }

    [Fact]
    public async Task Pages_OfManySpaces_ShowEachOnce()
    {
        hub.Start();
        hub.Catalogue.SetPlan(hub.Catalogue.FindPlan("free")! with { HostingLimit = 1000 });
        for (var space = 0; space < GalleryEndpoints.MostOnPage; space++) Add("ada", $"s{space:000}");
        var browser = hub.Browser();
        var first = await NamesAsync(browser, "/");
        var second = await NamesAsync(browser, "/?page=2");
        Assert.Equal((GalleryEndpoints.MostOnPage, 1), (first.Count, second.Count));
        Assert.Empty(first.Intersect(second));
        Assert.Equal(second, await NamesAsync(browser, "/?page=999999999"));
        Assert.Equal(first, await NamesAsync(browser, "/?page=99999999999999999999"));
    }

    [Fact]
    [Trait("Behaviour", "B53")]
    public async Task Card_OfASpaceThatRan_SaysWhatARunCostsAsARule()
    {
        hub.Start();
        Assert.Contains("No run was measured yet.", await hub.Browser().GetStringAsync(new Uri("/", UriKind.Relative)), StringComparison.Ordinal);
        foreach (var seconds in new[] { 2, 5, 9 }) hub.Ledger.Run(IdentityId.OfNetwork($"203.0.113.{seconds}"), seconds, Samples.Function(60, SlotSize.XLarge));
        hub.Ledger.Run(Samples.Bob, 40, Samples.Function(90, endpoint: "/seldom"));
        hub.Ledger.Run(Samples.Bob, 40, Samples.Function(90, space: Samples.Sing));
        var page = await hub.Browser().GetStringAsync(new Uri("/", UriKind.Relative));
        Assert.Contains("A run of /run takes 10 s of GPU time as a rule.", page, StringComparison.Ordinal);
        Assert.Equal(new TypicalRun(Samples.Function(60, SlotSize.XLarge), GpuTime.FromSeconds(10), 3), hub.Get<TypicalRuns>().Of(Samples.Paint));
        Assert.Null(hub.Get<TypicalRuns>().Of(new SpaceId("ada", "pain")));
    }

    [Fact]
    public async Task Card_WhileTheSlotsAreTaken_SaysTheWaitThatAQuoteSays()
    {
        hub.Start();
        Assert.Contains("2 of 2 GPU slots free, nobody waits.", await ReadAsync(), StringComparison.Ordinal);
        Assert.Contains("It would start at once.", await ReadAsync(), StringComparison.Ordinal);
        hub.Ledger.Ask(Samples.Bob);
        hub.Ledger.Ask(Samples.Bob);
        hub.Ledger.Ask(Samples.Bob);
        hub.Ledger.Pass(10);
        var seconds = (await hub.Ledger.QuoteAsync(new { space = "ada/paint" })).GetProperty("expectedWaitSeconds").GetDecimal();
        var page = await ReadAsync();
        Assert.Contains("0 of 2 GPU slots free, one task waits.", page, StringComparison.Ordinal);
        Assert.Contains($"It would wait about {Amounts.About(TimeSpan.FromSeconds((double)seconds))} now.", page, StringComparison.Ordinal);
        hub.Stage = SpaceStage.RuntimeError;
        Assert.Contains("It takes no runs now.", await ReadAsync(), StringComparison.Ordinal);

        async Task<string> ReadAsync() => await (await hub.SignedInAsync("ada")).GetStringAsync(new Uri("/?q=paint", UriKind.Relative));
    }

    private void Add(string owner, string name) => Assert.Equal(
        Stint.Hub.Store.AddSpaceOutcome.Added, hub.Catalogue.AddSpace(new Space(new SpaceId(owner, name), new AccountId(owner), SpaceVisibility.Public, new Uri("http://127.0.0.1:1"), null, null)));

    private static async Task<IReadOnlyList<string>> NamesAsync(HttpClient browser, string path) =>
        [.. LinkIn().Matches(WebUtility.HtmlDecode(await browser.GetStringAsync(new Uri(path, UriKind.Relative)))).Select(match => match.Groups[1].Value)];

    [GeneratedRegex("--upstream (\\S+)")]
    private static partial Regex UpstreamIn();

    [GeneratedRegex("<h2><a href=\"/spaces/([^\"]+)\"")]
    private static partial Regex LinkIn();
}
