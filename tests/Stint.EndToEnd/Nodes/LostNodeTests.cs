using System.Globalization;
using Stint.EndToEnd.Harness;
using Xunit;
using Xunit.Abstractions;

namespace Stint.EndToEnd.Nodes;

/// <summary>
/// Two machines, each in a network namespace of its own; one is cut off from the hub while its leases run, and comes back.
/// <c>NODE_CUT_SECONDS</c> makes the cut longer.
/// </summary>
[Collection(OneHubAtATimeCollection.Name)]
public sealed class LostNodeTests(ITestOutputHelper said) : IAsyncLifetime
{
    private static readonly TimeSpan MovesOnWithin = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan CutFor = TimeSpan.FromSeconds(
        double.TryParse(Environment.GetEnvironmentVariable("NODE_CUT_SECONDS"), CultureInfo.InvariantCulture, out var seconds) ? seconds : 10);

    private readonly NodeMachine far = NodeMachine.Make("far", 1);
    private readonly NodeMachine near = NodeMachine.Make("near", 2);
    private HubProcess hub = null!;
    private Person ada = null!;
    private string farToken = "";
    private string nearToken = "";

    public async Task InitializeAsync()
    {
        hub = await HubProcess.StartAsync(new HubSettings { NodeBind = NodeMachine.HubAddress });
        await hub.Cli.JsonAsync("plan", "set", "crowd", "--allowance", "10h", "--longest", "10m", "--hosting", "5");
        await hub.Cli.JsonAsync("account", "add", "studio", "--plan", "crowd", "--generate");
        await far.JoinAsync(hub, slots: 3);
        await near.JoinAsync(hub, slots: 1);
        ada = await Person.AddAsync(hub, "ada", "crowd");
        farToken = await ada.IdentityTokenAsync(far.Space.Name);
        nearToken = await ada.IdentityTokenAsync(near.Space.Name);
    }

    public async Task DisposeAsync()
    {
        await far.DisposeAsync();
        await near.DisposeAsync();
        if (hub is not null) await hub.DisposeAsync();
    }

    [NamespaceFact]
    [Trait("Behaviour", "B64")]
    public async Task CutOff_WithLeasesRunning_GrantsNothingTwiceSettlesEachRunOnceAndTheQueueMovesOn()
    {
        // Three leases on the machine that will be cut off, and one that waits for a fourth slot.
        var stays = await far.Space.LeaseAsync(farToken, 300, task: 1);
        var stayer = await far.Space.WorkAllowedAsync(stays);
        var overstays = await far.Space.LeaseAsync(farToken, 7, task: 2);
        var deaf = await far.Space.WorkAllowedAsync(overstays, ignoreTerm: true);
        var ends = await far.Space.LeaseAsync(farToken, 300, task: 3);
        await far.Space.WorkAllowedAsync(ends);
        var waitsFar = await far.Space.BeginAsync(farToken, 30, task: 4);
        // The other machine's only slot is taken, and one waits for it.
        var near1 = await near.Space.LeaseAsync(nearToken, 5, task: 5);
        await near.Space.WorkAllowedAsync(near1);
        var waitsNear = await near.Space.BeginAsync(nearToken, 300, task: 6);
        await waitsFar.SaidAsync(1);
        await waitsNear.SaidAsync(1);

        far.Cut();
        var cutAt = DateTimeOffset.UtcNow;

        // The queue moves on: who waits for the node that is gone waits no more, and who waits for the other is served.
        var next = Grant.Of(await waitsNear.Result.WaitAsync(MovesOnWithin));
        said.WriteLine($"cut off; who waits for the other machine is served after {(DateTimeOffset.UtcNow - cutAt).TotalSeconds:0.0} s, when its run had ended");
        Assert.NotEqual("granted", (await waitsFar.Result.WaitAsync(MovesOnWithin)).GetProperty("verdict").GetString());
        await Eventually.True(async () => await LostAsync("far"), MovesOnWithin - (DateTimeOffset.UtcNow - cutAt), "the hub has noticed");
        said.WriteLine($"who waits for this one waits no more, and the hub has noticed, after {(DateTimeOffset.UtcNow - cutAt).TotalSeconds:0.0} s");
        await near.Space.WorkAllowedAsync(next);
        // The node grants nothing by itself, and finishes what it granted.
        var refused = await far.Space.AskAsync(farToken, 30, task: 7);
        Assert.Equal(("refused", 503), (refused.GetProperty("verdict").GetString(), refused.GetProperty("status").GetInt32()));
        Assert.Equal(200, (await far.Space.ReleaseAsync(ends)).Status);
        var releasedAt = DateTimeOffset.UtcNow;
        // It ends what overstays by its own clock, also one that is deaf.
        var due = cutAt + TimeSpan.FromSeconds(7) + hub.Grace + TimeSpan.FromSeconds(2);
        await Eventually.True(() => !IsAliveOn(far, deaf), due - DateTimeOffset.UtcNow + TimeSpan.FromSeconds(1));
        if (cutAt + CutFor - DateTimeOffset.UtcNow is { } rest && rest > TimeSpan.Zero) await Task.Delay(rest);

        far.Mend();
        var mendedAt = DateTimeOffset.UtcNow;

        var after = Grant.Of(await far.Space.AskUntilGrantedAsync(farToken, 30, task: 8, MovesOnWithin));
        said.WriteLine($"mended after {(mendedAt - cutAt).TotalSeconds:0.0} s; the next run on it is granted {(DateTimeOffset.UtcNow - mendedAt).TotalSeconds:0.0} s later");
        Assert.True(DateTimeOffset.UtcNow - mendedAt < MovesOnWithin);
        Assert.True(IsAliveOn(far, stayer));
        Assert.Equal(200, (await far.Space.ReleaseAsync(stays)).Status);
        Assert.True((await far.Space.ReleaseAsync(after)).Status is 200 or 204);
        Assert.Equal(200, (await near.Space.ReleaseAsync(next)).Status);
        Assert.Equal(404, (await far.Space.ReleaseAsync(ends)).Status);
        await AssertSettledAsync(ends, overstays, stays, releasedAt);
    }

    private async Task AssertSettledAsync(Grant ends, Grant overstays, Grant stays, DateTimeOffset releasedAt)
    {
        var receipts = (await ada.ReceiptsAsync()).ToDictionary(receipt => receipt.Id);
        // Settled by the node's report: what it measured, and not what the silence lasted.
        var ended = receipts[ends.Id];
        Assert.Equal("completed", ended.Outcome);
        Assert.InRange(ended.EndedAt, releasedAt - TimeSpan.FromSeconds(1.5), releasedAt + TimeSpan.FromSeconds(1.5));
        // No report in time: settled at deadline and grace, for nothing.
        Assert.Equal(("node-fault", 0L), (receipts[overstays.Id].Outcome, receipts[overstays.Id].ChargedMilliseconds));
        Assert.Equal("completed", receipts[stays.Id].Outcome);
        Assert.True(receipts[stays.Id].MeasuredMilliseconds >= CutFor.TotalMilliseconds);
        AssertNothingTwice([.. receipts.Values]);
        Assert.Equal(0, (await ada.PurseAsync()).ReservedMilliseconds);
        LedgerAudit.Of(hub.Directory).AssertSound();
        hub.AssertNoSecretWasPrinted();
    }

    /// <summary>Each run ended once, and no slot had two at the same time.</summary>
    private void AssertNothingTwice(List<Receipt> receipts)
    {
        var runs = LedgerAudit.Of(hub.Directory).Runs;
        Assert.All(runs, run => Assert.Equal(1, run.Ends));
        Assert.All(runs, run => Assert.InRange(run.Grants, 0, 1));
        foreach (var slot in receipts.Where(receipt => receipt.GrantedAt is not null).GroupBy(receipt => receipt.Device))
        {
            var inOrder = slot.OrderBy(run => run.GrantedAt).ToList();
            foreach (var (before, after) in inOrder.Zip(inOrder.Skip(1)))
                Assert.True(before.EndedAt <= after.GrantedAt, $"{slot.Key} was granted twice: {before} and {after}");
        }
    }

    private async Task<bool> LostAsync(string node) => (await hub.Cli.JsonAsync("node", "list")).EnumerateArray()
        .Single(each => each.GetProperty("name").GetString() == node).GetProperty("state").GetString()!.StartsWith("lost", StringComparison.Ordinal);

    /// <summary>Machines share their processes here; only their networks are apart.</summary>
    private static bool IsAliveOn(NodeMachine machine, Worker worker) => OtherProcess.IsAlive(worker.Pid) && OtherProcess.IsAlive(machine.NodePid);
}
