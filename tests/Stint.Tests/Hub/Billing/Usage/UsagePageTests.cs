using System.Net;
using Stint.Core.Identities;
using Stint.Core.Leasing;
using Stint.Tests.Fakes;
using Xunit;

namespace Stint.Tests.Hub.Billing.Usage;

public sealed class UsagePageTests : IDisposable
{
    private readonly WebHub hub = new();

    public void Dispose() => hub.Dispose();

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
