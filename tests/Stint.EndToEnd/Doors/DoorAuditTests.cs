using System.Text.Json;
using Stint.EndToEnd.Harness;
using Xunit;

namespace Stint.EndToEnd.Doors;

/// <summary><c>stint audit --doors</c> beside a hub that serves: every account's page and APIs are asked and say what the gate says.</summary>
public sealed class DoorAuditTests(SharedHub shared) : HubTest(shared)
{
    [ClientFact]
    [Trait("Behaviour", "B65")]
    public async Task Audit_OfTheDoorsAfterRuns_FindsOneNumberEverywhereAndLeavesOutWhoRuns()
    {
        var (ran, boosted) = (await SomeoneAsync(), await SomeoneAsync("free"));
        await Hub.Cli.JsonAsync("credit", "grant", boosted.Person.Name, "30s", "--boost", "--expires", "1d", "--reason", "a demo");
        await RunAsync(ran);
        await RunAsync(boosted);
        AssertAllSay(await Hub.Cli.JsonAsync("audit", "--doors"), leftOut: 0);

        var grant = await Space.LeaseAsync(ran.Token, 20);
        await Space.WorkAllowedAsync(grant);
        AssertAllSay(await Hub.Cli.JsonAsync("audit", "--doors"), leftOut: 1);
        await Space.ReleaseAsync(grant);
        await ran.Person.ReceiptAfterAsync(1);
    }

    private async Task RunAsync(Visitor visitor)
    {
        var grant = await Space.LeaseAsync(visitor.Token, 5);
        await Space.WorkAllowedAsync(grant);
        await Space.ReleaseAsync(grant);
        await visitor.Person.ReceiptAfterAsync(0);
    }

    private static void AssertAllSay(JsonElement audit, int leftOut)
    {
        Assert.True(audit.GetProperty("isSound").GetBoolean(), audit.ToString());
        Assert.Equal(leftOut, audit.GetProperty("leftOut").GetInt32());
        Assert.InRange(audit.GetProperty("accounts").GetInt32(), 2, int.MaxValue);
    }
}
