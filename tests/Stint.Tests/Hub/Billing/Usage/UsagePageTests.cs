using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;
using Stint.Core.Leasing;
using Stint.Core.Quota;
using Stint.Core.Spaces;
using Stint.Hub.Billing.Usage;
using Stint.Hub.Layout.Charts;
using Stint.Hub.Store.Ledgers;
using Stint.Hub.Texts;
using Stint.Tests.Fakes;
using Xunit;

namespace Stint.Tests.Hub.Billing.Usage;

public sealed partial class UsagePageTests : IDisposable
{
    private const string Path = "/settings/billing";
    private readonly WebHub hub = new();

    public void Dispose() => hub.Dispose();

    [Fact]
    [Trait("Behaviour", "B3")]
    [Trait("Behaviour", "B65")]
    public async Task Page_WhileTheLedgerChanges_ShowsTheReadingThatTheGateAdmitsBy()
    {
        hub.Start();
        var ada = await hub.SignedInAsync("ada");
        for (var spent = 0; spent < 3; spent++)
        {
            if (spent > 0) hub.Ledger.Run(Samples.Ada, 20);
            var reading = hub.Ledger.Books.LedgerOf(Samples.Ada).Read(hub.Catalogue.PlanOf(Samples.Ada), hub.Ledger.Clock.Now);
            var page = await ReadAsync(ada, Path);
            Assert.Contains($"aria-label=\"{VisitorTexts.Parts(reading)}\"", page, StringComparison.Ordinal);
            Assert.Contains($"{Amounts.Of(reading.Spent)} spent<", page, StringComparison.Ordinal);
            Assert.Contains($"{Amounts.Of(reading.Left)} left<", page, StringComparison.Ordinal);
            var purse = (await ada.GetFromJsonAsync<JsonElement>(new Uri("/v1/quota", UriKind.Relative))).GetProperty("purses")[0];
            Assert.Equal(reading.Left.Milliseconds, purse.GetProperty("leftMilliseconds").GetInt64());
            if (reading.ResetsAt is { } at) Assert.Contains($"<time datetime=\"{at}\" data-local", page, StringComparison.Ordinal);
        }

        var (waiting, _) = hub.Ledger.Ask(Samples.Ada, Samples.Function(90));
        Assert.NotEqual(default, waiting);
        Assert.DoesNotContain(" 0 s reserved", await ReadAsync(ada, Path), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Page_AfterRunsAndARefusal_ListsThem()
    {
        hub.Start();
        using var stranger = await hub.Browser().GetAsync(new Uri(Path, UriKind.Relative));
        Assert.Equal("/sign-in?next=%2Fsettings%2Fbilling&cause=sign-in-needed", stranger.Headers.Location!.OriginalString);
        hub.Ledger.Run(Samples.Ada, 60, Samples.Function(120));
        // Strict Spaces ask for what is declared, so that a refusal does not hang on what was measured before.
        var request = Samples.Request("asked", Samples.Ada, hub.Catalogue.PlanOf(Samples.Ada), Samples.Function(209)) with { Strict = true };
        var refusal = ((RequestLeaseReply)hub.Ledger.Do(request)).Refusal!.Id;
        hub.Ledger.Ask(Samples.Ada, Samples.Function(90));
        var page = await ReadAsync(await hub.SignedInAsync("ada"), Path);
        Assert.Contains("1.0 / 3.5 minutes", page, StringComparison.Ordinal);
        Assert.Contains("60 s × 1 = 60 s", page, StringComparison.Ordinal);
        Assert.Contains($"/refusals/{refusal}", page, StringComparison.Ordinal);
        Assert.Contains("Waiting and running", page, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Behaviour", "B41")]
    public async Task Page_OncePlansChange_SaysTheNewNumbers()
    {
        hub.Start();
        var ada = await hub.SignedInAsync("ada");
        Assert.Contains("0.0 / 3.5 minutes", await ReadAsync(ada, Path), StringComparison.Ordinal);
        hub.Ledger.SetPlan("free", 7);
        var page = await ReadAsync(ada, Path);
        Assert.Contains("0.0 / 7 minutes", page, StringComparison.Ordinal);
        Assert.Contains("grants 420 s of GPU time", page, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Behaviour", "B65")]
    public void Days_OfManySpaces_SumToTheReceiptsAndNameTheLargest()
    {
        hub.Start();
        hub.Ledger.SetPlan("free", 60);
        for (var space = 0; space < ColumnChart.MostSeries + 2; space++)
        {
            hub.Ledger.Run(Samples.Ada, 1 + space, Samples.Function(space: new SpaceId("ada", $"paint{space}")));
            hub.Ledger.Pass(40_000);
        }

        hub.Ledger.Run(Samples.Bob, 30);
        var now = hub.Ledger.Clock.Now;
        var days = UseByDay.Of(new UseReads(hub.Ledger.Database), Samples.Ada, now);
        var receipts = hub.Ledger.Reads.Receipts(Samples.Ada, 100);
        Assert.Equal(receipts.Aggregate(GpuTime.Zero, (sum, receipt) => sum + receipt.Charged), days.Charged);
        Assert.Equal((UseByDay.Days, ColumnChart.MostSeries), (days.Labels.Count, days.Series.Count));
        Assert.Equal(["ada/paint7", "ada/paint6", "ada/paint5", "ada/paint4", "ada/paint3", UseByDay.Others], days.Series.Select(series => series.Name));
        Assert.Equal(days.Charged.InSeconds(), days.Series.Sum(series => series.Values.Sum()));
        Assert.Equal(now.ToUtc().ToString("d MMM", System.Globalization.CultureInfo.InvariantCulture), days.Labels[^1]);
    }

    [Fact]
    public void Days_BeforeTheFirst_AreNotCounted()
    {
        hub.Start();
        hub.Ledger.Run(Samples.Ada, 7);
        hub.Ledger.Pass((UseByDay.Days - 1) * 86_400);
        Assert.Equal(GpuTime.FromSeconds(7), UseByDay.Of(new UseReads(hub.Ledger.Database), Samples.Ada, hub.Ledger.Clock.Now).Charged);
        hub.Ledger.Pass(86_400);
        Assert.Equal(GpuTime.Zero, UseByDay.Of(new UseReads(hub.Ledger.Database), Samples.Ada, hub.Ledger.Clock.Now).Charged);
    }

    [Fact]
    public async Task Receipts_Filtered_AreThoseAndNoOthers()
    {
        hub.Start();
        hub.Ledger.Run(Samples.Ada, 11);
        hub.Ledger.Pass(3 * 86_400);
        hub.Ledger.Run(Samples.Ada, 12, failed: true);
        hub.Ledger.Run(Samples.Ada, 13, Samples.Function(space: Samples.Sing));
        hub.Ledger.Run(Samples.Bob, 14);
        var ada = await hub.SignedInAsync("ada");
        Assert.Equal(["13", "12", "11"], await ChargesAsync(ada, Path));
        Assert.Equal(["12"], await ChargesAsync(ada, $"{Path}?outcome=failed"));
        Assert.Equal(["13"], await ChargesAsync(ada, $"{Path}?space=bob%2Fsing"));
        Assert.Equal(["13"], await ChargesAsync(ada, $"{Path}?space=BOB%2Fsing&outcome=completed&days=1"));
        Assert.Equal(["13", "12"], await ChargesAsync(ada, $"{Path}?days=1"));
        Assert.Empty(await ChargesAsync(ada, $"{Path}?outcome=visitor-left"));
    }

    [Fact]
    public async Task Receipts_OfManyPages_AreEachShownOnce()
    {
        hub.Start();
        hub.Ledger.SetPlan("free", 60);
        var runs = (2 * UsageEndpoints.ShownReceipts) + 3;
        for (var run = 1; run <= runs; run++) hub.Ledger.Run(Samples.Ada, run);
        var ada = await hub.SignedInAsync("ada");
        var (seen, pages) = (new List<string>(), 0);
        for (var path = $"{Path}?days=7"; path is not null && pages < 5; pages++)
        {
            var page = await ReadAsync(ada, path);
            seen.AddRange(ChargesIn(page));
            path = OlderIn().Match(page) is { Success: true } older ? older.Groups[1].Value : null;
        }

        Assert.Equal(3, pages);
        Assert.Equal(Enumerable.Range(1, runs).Reverse().Select(run => $"{run}"), seen);
    }

    [Fact]
    public async Task Address_ThatAsksForNothingThereIs_IsSaidAndShowsOnesOwn()
    {
        hub.Start();
        hub.Ledger.Run(Samples.Ada, 11);
        hub.Ledger.Run(Samples.Bob, 14);
        var ada = await hub.SignedInAsync("ada");
        foreach (var query in new[] { "outcome=%27%20OR%201%3D1--", "space=nothing", "space=%3Cscript%3E", "days=-1", "days=99999999999999999999", "before=r999", "before=" + new string('r', 4000) })
        {
            using var answer = await ada.GetAsync(new Uri($"{Path}?{query}", UriKind.Relative));
            var page = WebUtility.HtmlDecode(await answer.Content.ReadAsStringAsync());
            Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
            Assert.Contains("role=\"alert\"", page, StringComparison.Ordinal);
            Assert.DoesNotContain("<script>", page, StringComparison.Ordinal);
            Assert.Equal(["11"], ChargesIn(page));
        }
    }

    [Fact]
    public async Task Before_OfSomeoneElsesReceipt_GivesNothingAway()
    {
        hub.Start();
        hub.Ledger.Run(Samples.Ada, 11);
        var bobs = hub.Ledger.Run(Samples.Bob, 14);
        var ada = await hub.SignedInAsync("ada");
        using var foreign = await ada.GetAsync(new Uri($"{Path}?before={bobs}", UriKind.Relative));
        using var never = await ada.GetAsync(new Uri($"{Path}?before=r998", UriKind.Relative));
        Assert.Equal(HttpStatusCode.BadRequest, foreign.StatusCode);
        Assert.Equal(Bare(await never.Content.ReadAsStringAsync()), Bare(await foreign.Content.ReadAsStringAsync()));
    }

    [Fact]
    [Trait("Behaviour", "B42")]
    public async Task Files_OfReceipts_HoldOnesOwnAndSumToWhatIsSpent()
    {
        hub.Start();
        hub.Ledger.Run(Samples.Ada, 11);
        hub.Ledger.Run(Samples.Ada, 12, failed: true);
        hub.Ledger.Run(Samples.Bob, 14);
        var ada = await hub.SignedInAsync("ada");
        using var table = await ada.GetAsync(new Uri($"{Path}/receipts.csv", UriKind.Relative));
        Assert.Equal(("text/csv", "no-store"), (table.Content.Headers.ContentType!.MediaType, table.Headers.CacheControl!.ToString()));
        Assert.Matches("^attachment; filename=receipts-[0-9-]{10}\\.csv$", table.Content.Headers.ContentDisposition!.ToString());
        var lines = (await table.Content.ReadAsStringAsync()).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(3, lines.Length);
        Assert.DoesNotContain("bob", string.Concat(lines), StringComparison.Ordinal);
        var read = await ada.GetFromJsonAsync<JsonElement>(new Uri($"{Path}/receipts.json?outcome=failed", UriKind.Relative));
        Assert.Equal([12_000], read.GetProperty("receipts").EnumerateArray().Select(receipt => receipt.GetProperty("chargedMilliseconds").GetInt32()));
        var all = await ada.GetFromJsonAsync<JsonElement>(new Uri($"{Path}/receipts.json", UriKind.Relative));
        var charged = all.GetProperty("receipts").EnumerateArray().Sum(receipt => receipt.GetProperty("chargedMilliseconds").GetInt64());
        Assert.Equal(hub.Ledger.Reads.Ledger(Samples.Ada).Current!.Spent.Milliseconds, charged);
        using var wrong = await ada.GetAsync(new Uri($"{Path}/receipts.csv?days=1%3B", UriKind.Relative));
        using var stranger = await hub.Browser().GetAsync(new Uri($"{Path}/receipts.json", UriKind.Relative));
        Assert.Equal((HttpStatusCode.BadRequest, HttpStatusCode.Redirect), (wrong.StatusCode, stranger.StatusCode));
    }

    private static async Task<string> ReadAsync(HttpClient browser, string path) => WebUtility.HtmlDecode(await browser.GetStringAsync(new Uri(path, UriKind.Relative)));

    private static async Task<IEnumerable<string>> ChargesAsync(HttpClient browser, string path) => ChargesIn(await ReadAsync(browser, path));

    /// <summary>The seconds of each receipt on a page, in its order.</summary>
    private static IEnumerable<string> ChargesIn(string page) => ChargeIn().Matches(page).Select(match => match.Groups[1].Value);

    /// <summary>Without what every form is given anew.</summary>
    private static string Bare(string page) => TokenIn().Replace(page, "");

    [GeneratedRegex("data-label=\"Charge\" class=\"charge\">([0-9.]+) s ×")]
    private static partial Regex ChargeIn();

    [GeneratedRegex("href=\"([^\"]+)#receipts\">Older<")]
    private static partial Regex OlderIn();

    [GeneratedRegex("name=\"__RequestVerificationToken\" value=\"[^\"]+\"")]
    private static partial Regex TokenIn();
}
