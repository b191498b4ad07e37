using System.Net;
using Stint.Core.Identities;
using Stint.Core.Leasing;
using Stint.Tests.Fakes;
using Xunit;

namespace Stint.Tests.Hub.Billing.Usage;

public sealed class RefusalPageTests : IDisposable
{
    private static readonly IdentityId Here = IdentityId.OfNetwork("127.0.0.1");
    private readonly WebHub hub = new();

    public void Dispose() => hub.Dispose();

    [Fact]
    [Trait("Behaviour", "B2")]
    [Trait("Behaviour", "B17")]
    public async Task Page_OfAnAnonymousRefusal_SaysWhomItCountedFirstAndWhatToDo()
    {
        hub.Start();
        hub.Ledger.Run(Here, 110, Samples.Function(120));
        var id = Refused(Here, Samples.Function(115));
        var page = WebUtility.HtmlDecode(await hub.Browser().GetStringAsync(new Uri($"/refusals/{id}", UriKind.Relative)));
        var counted = page.IndexOf("You were counted as an anonymous visitor (127.0.0.1): no sign-in reached this Space.", StringComparison.Ordinal);
        var why = page.IndexOf("This run needs", StringComparison.Ordinal);
        Assert.True(counted > 0 && why > counted, page);
        Assert.Contains("10 s are left of 120 s: 110 s are spent", page, StringComparison.Ordinal);
        Assert.Contains("110 s spent + 0 s reserved + 10 s left = 120 s", page, StringComparison.Ordinal);
        Assert.Contains("It fits in 23 h 58 min, at ", page, StringComparison.Ordinal);
        Assert.Contains("A run that needs at most 10 s on this GPU size fits now.", page, StringComparison.Ordinal);
        Assert.Contains(">Sign in</a>: then runs count to your own account.", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Page_OnceThePurseHolds_SaysThatItWouldBeAdmitted()
    {
        hub.Start();
        hub.Ledger.Run(Here, 110, Samples.Function(120));
        var id = Refused(Here, Samples.Function(115));
        hub.Ledger.SetPlan("anonymous", 25);
        Assert.Contains("The same run would be admitted now: ", await hub.Browser().GetStringAsync(new Uri($"/refusals/{id}", UriKind.Relative)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, 404)]
    [InlineData("bob", 404)]
    [InlineData("ada", 200)]
    [InlineData("root", 200)]
    public async Task Page_OfAnAccountsRefusal_OpensForItAndAdministratorsAlone(string? account, int status)
    {
        hub.Start();
        hub.Ledger.Run(Samples.Ada, 200, Samples.Function(205));
        var id = Refused(Samples.Ada, Samples.Function(206));
        var browser = account is null ? hub.Browser() : await hub.SignedInAsync(account);
        using var answer = await browser.GetAsync(new Uri($"/refusals/{id}", UriKind.Relative));
        Assert.Equal(status, (int)answer.StatusCode);
        var page = await answer.Content.ReadAsStringAsync();
        Assert.Equal(status == 200, page.Contains("You were counted as ada", StringComparison.Ordinal));
        Assert.Equal(status == 200, page.Contains("ada/paint", StringComparison.Ordinal));
        using var never = await browser.GetAsync(new Uri("/refusals/f_never", UriKind.Relative));
        Assert.Equal(HttpStatusCode.NotFound, never.StatusCode);
    }

    [Fact]
    public async Task UsagePage_AfterRunsAndARefusal_ListsThem()
    {
        hub.Start();
        using var stranger = await hub.Browser().GetAsync(new Uri("/settings/billing", UriKind.Relative));
        Assert.Equal("/sign-in?next=%2Fsettings%2Fbilling&cause=sign-in-needed", stranger.Headers.Location!.OriginalString);
        hub.Ledger.Run(Samples.Ada, 60, Samples.Function(120));
        var id = Refused(Samples.Ada, Samples.Function(209));
        var (waiting, _) = hub.Ledger.Ask(Samples.Ada, Samples.Function(90));
        var page = WebUtility.HtmlDecode(await (await hub.SignedInAsync("ada")).GetStringAsync(new Uri("/settings/billing", UriKind.Relative)));
        Assert.Contains("1.0 / 3.5 minutes", page, StringComparison.Ordinal);
        Assert.Contains("60 s × 1 = 60 s", page, StringComparison.Ordinal);
        Assert.Contains($"/refusals/{id}", page, StringComparison.Ordinal);
        Assert.Contains("Waiting and running", page, StringComparison.Ordinal);
        Assert.NotEqual(default, waiting);
    }

    /// <summary>Strict Spaces ask for what is declared, so that a refusal does not hang on what was measured before.</summary>
    private string Refused(IdentityId who, Stint.Core.Spaces.FunctionKey function)
    {
        var request = Samples.Request("asked", who, hub.Catalogue.PlanOf(who), function) with { Strict = true };
        var reply = (RequestLeaseReply)hub.Ledger.Do(request);
        Assert.Equal(RequestLeaseOutcome.Refused, reply.Outcome);
        hub.Catalogue.ChangeSpace(Samples.Paint, space => space with { Strict = true });
        return reply.Refusal!.Id.Value;
    }
}
