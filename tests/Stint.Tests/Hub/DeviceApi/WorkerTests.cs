using System.Net;
using Stint.Core.Leasing;
using Stint.Core.Quota;
using Stint.Hub.Nodes.Workers;
using Stint.Tests.Fakes;
using Xunit;

namespace Stint.Tests.Hub.DeviceApi;

/// <summary>Real processes of a Space the hub supervises, in real time: what was charged is what the entries' own times say.</summary>
public sealed class WorkerTests : IAsyncLifetime
{
    /// <summary>A Space that starts as many workers as the script says and prints their pids.</summary>
    private const string Deaf = "for i in 1 2 3; do sh -c \"trap '' TERM; while :; do sleep 60; done\" & echo $!; done; wait";

    private readonly string folder = Directory.CreateTempSubdirectory("stint-test-").FullName;
    private readonly ChildProcess space = ChildProcess.Shell(Deaf);
    private readonly int[] workers = new int[3];
    private DeviceHub hub = null!;

    public async Task InitializeAsync()
    {
        for (var i = 0; i < workers.Length; i++) workers[i] = await space.NextNumberAsync();
        hub = await StartAsync();
    }

    public async Task DisposeAsync()
    {
        await hub.DisposeAsync();
        space.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task WorkerDies_WhileItsTaskRuns_TheLeaseEndsThenAndTheSlotIsFree()
    {
        var granted = await hub.GrantAsync("ada");
        Assert.Equal(HttpStatusCode.OK, await hub.AllowAsync(granted.AllowToken, workers[0]));

        Kill(workers[0]);

        await EndedAsync(granted);
        AssertChargedAsMeasured(granted, ExitClass.WorkerDied);
        Assert.Equal(HttpStatusCode.NotFound, await hub.ReleaseAsync(granted.AllowToken, fail: true));
        Assert.Equal(SlotPhase.Free, hub.Slots().Single().Phase);
    }

    [Fact]
    public async Task Release_Failed_StopsTheWorkerAlthoughItIgnoresSigterm()
    {
        var granted = await hub.GrantAsync("ada");
        await hub.AllowAsync(granted.AllowToken, workers[0]);

        Assert.Equal(HttpStatusCode.OK, await hub.ReleaseAsync(granted.AllowToken, fail: true));

        await Eventually.True(() => hub.Slots().Single().Phase == SlotPhase.Free);
        Assert.False(IsThere(workers[0]));
        Assert.True(IsThere(space.Pid));
        Assert.True(IsThere(workers[1]));
        AssertChargedAsMeasured(granted, ExitClass.Failed);
    }

    [Fact]
    public async Task Overdue_WorkerThatIgnoresSigterm_IsKilledAndTheSlotServesTheNext()
    {
        var granted = await hub.GrantAsync("ada", duration: "1");
        await hub.AllowAsync(granted.AllowToken, workers[0]);
        using var waiting = await RawStream.PostAsync(hub.DeviceUrl, hub.Schedule(hub.TokenOf("bob"), task: 2));

        Assert.StartsWith("event: succeeded", await waiting.VerdictAsync(), StringComparison.Ordinal);

        Assert.False(IsThere(workers[0]));
        AssertChargedAsMeasured(granted, ExitClass.Overrun);
        Assert.Equal(1_000, hub.ReceiptOf(granted.AllowToken).Charged.Milliseconds);
        Assert.Equal((1_000, 0, 209_000), (hub.Reading("ada").Spent.Milliseconds, hub.Reading("ada").Reserved.Milliseconds, hub.Reading("ada").Left.Milliseconds));
        Assert.Equal(HttpStatusCode.NotFound, await hub.ReleaseAsync(granted.AllowToken, fail: true));
    }

    [Fact]
    public async Task Schedule_ForAnotherTask_KillsTheWorkerThatIsForgottenThereby()
    {
        var first = await hub.GrantAsync("ada", task: 1);
        await hub.AllowAsync(first.AllowToken, workers[0]);
        await hub.ReleaseAsync(first.AllowToken);
        Assert.True(IsThere(workers[0]));

        var second = await hub.GrantAsync("ada", task: 2);

        Assert.False(second.Idle);
        await Eventually.True(() => !IsThere(workers[0]));
        Assert.Equal(HttpStatusCode.OK, await hub.AllowAsync(second.AllowToken, workers[1]));
        Assert.Equal(HttpStatusCode.OK, await hub.ReleaseAsync(second.AllowToken));
        AssertChargedAsMeasured(second, ExitClass.Completed);
    }

    [Fact]
    public async Task WarmWorkerDies_NextRequest_FindsNoneIdle()
    {
        var first = await hub.GrantAsync("ada");
        await hub.AllowAsync(first.AllowToken, workers[0]);
        await hub.ReleaseAsync(first.AllowToken);
        Assert.NotNull(hub.Slots().Single().Warm);

        Kill(workers[0]);
        await Eventually.True(() => hub.Slots().Single().Warm is null);

        Assert.False((await hub.GrantAsync("ada")).Idle);
    }

    [Fact]
    public async Task Allow_AnotherWorkerThanTheIdleOne_StopsTheIdleOne()
    {
        var first = await hub.GrantAsync("ada");
        await hub.AllowAsync(first.AllowToken, workers[0]);
        await hub.ReleaseAsync(first.AllowToken);
        var again = await hub.GrantAsync("ada");
        Assert.True(again.Idle);

        Assert.Equal(HttpStatusCode.OK, await hub.AllowAsync(again.AllowToken, workers[1]));

        await Eventually.True(() => !IsThere(workers[0]));
        Assert.Equal(HttpStatusCode.OK, await hub.ReleaseAsync(again.AllowToken));
        AssertChargedAsMeasured(again, ExitClass.Completed);
    }

    [Fact]
    public async Task Allow_ProcessThatIsNotTheSpaces_IsRefusedAndLeftAlone()
    {
        using var stranger = ChildProcess.Shell("sleep 60");
        var granted = await hub.GrantAsync("ada", duration: "1");

        foreach (var pid in new[] { stranger.Pid, Environment.ProcessId, 1 }) Assert.Equal(HttpStatusCode.Forbidden, await hub.AllowAsync(granted.AllowToken, pid));
        Assert.Equal(HttpStatusCode.OK, await hub.AllowAsync(granted.AllowToken, workers[0]));
        Assert.True(IsThere(stranger.Pid));
    }

    [Fact]
    public async Task Overdue_WorkerThatCouldNotBeProven_IsLeftAloneAndItsSlotServesNobodyUntilItEnds()
    {
        // Nobody is seen to serve this Space, so its worker is unproven.
        using var worker = ChildProcess.Shell("sleep 60");
        var granted = await hub.GrantAsync("bob", DeviceHub.Faces, duration: "1");
        Assert.Equal(HttpStatusCode.OK, await hub.AllowAsync(granted.AllowToken, worker.Pid, DeviceHub.Faces));

        await Eventually.True(() => hub.Slots().Single().Phase == SlotPhase.Quarantined);
        Assert.True(IsThere(worker.Pid));
        AssertChargedAsMeasured(granted, ExitClass.Overrun);

        worker.Kill();
        await Eventually.True(() => hub.Slots().Single().Phase == SlotPhase.Free);
    }

    [Fact]
    public async Task Restart_WorkerThatLives_KeepsItsLeaseAndIsStillWatched()
    {
        var granted = await hub.GrantAsync("ada");
        await hub.AllowAsync(granted.AllowToken, workers[0]);
        await RestartAsync();

        Assert.Equal(HttpStatusCode.OK, await hub.AllowAsync(granted.AllowToken, workers[0]));
        Kill(workers[0]);

        await EndedAsync(granted);
        AssertChargedAsMeasured(granted, ExitClass.WorkerDied);
        Assert.True(hub.ReceiptOf(granted.AllowToken).Forgiven > TimeSpan.Zero);
    }

    [Fact]
    public async Task Restart_WorkerThatDiedMeanwhile_IsSettledToTheLastEvidence()
    {
        var granted = await hub.GrantAsync("ada");
        await hub.AllowAsync(granted.AllowToken, workers[0]);
        await RestartAsync(meanwhile: () => Kill(workers[0]));

        var receipt = hub.ReceiptOf(granted.AllowToken);
        Assert.Equal(ExitClass.WorkerDied, receipt.Exit);
        Assert.True(receipt.EndedAt < hub.Clock.Now);
        AssertChargedAsMeasured(granted, ExitClass.WorkerDied);
    }

    [Fact]
    public async Task Restart_WorkerThatWasBeingStopped_IsStoppedAfterAll()
    {
        var granted = await hub.GrantAsync("ada");
        await hub.AllowAsync(granted.AllowToken, workers[0]);
        await hub.DisposeAsync();
        hub = await StartAsync(graceSeconds: 600);
        await hub.ReleaseAsync(granted.AllowToken, fail: true);
        Assert.Equal(SlotPhase.Draining, hub.Slots().Single().Phase);

        await RestartAsync();

        await Eventually.True(() => hub.Slots().Single().Phase == SlotPhase.Free);
        Assert.False(IsThere(workers[0]));
    }

    private Task<DeviceHub> StartAsync(double graceSeconds = 0.3) =>
        DeviceHub.StartAsync(folder, graceSeconds: graceSeconds, supervised: id => id == DeviceHub.Squares ? space.Pid : null, commands: [DeviceHub.Squares]);

    private async Task RestartAsync(Action? meanwhile = null)
    {
        await hub.DisposeAsync();
        meanwhile?.Invoke();
        hub = await StartAsync();
    }

    private Task EndedAsync(Granted granted) => Eventually.True(() => hub.Reads.Receipt(DeviceHub.IdOf(granted.AllowToken)) is not null);

    /// <summary>From the entry that granted it to the entry that ended it, less what was forgiven in between: nothing else is ever charged.</summary>
    private void AssertChargedAsMeasured(Granted granted, ExitClass exit)
    {
        var entries = hub.Entries(DeviceHub.IdOf(granted.AllowToken));
        var started = entries.OfType<LeaseGranted>().Single().At;
        var ended = entries.OfType<ReservationEnded>().Single();
        var forgiven = entries.OfType<DowntimeForgiven>().Aggregate(TimeSpan.Zero, (sum, entry) => sum + entry.Downtime);
        var measured = ended.At - started - forgiven;
        var receipt = hub.ReceiptOf(granted.AllowToken);
        Assert.Equal(exit, receipt.Exit);
        Assert.Equal((long)measured.TotalMilliseconds, receipt.Charged.Milliseconds);
        Assert.Equal(measured, receipt.Measured);
        var charged = hub.Reads.Receipts(receipt.Identity, 100).Aggregate(GpuTime.Zero, (sum, each) => sum + each.Charged);
        Assert.Equal(charged, hub.Reads.Ledger(receipt.Identity).Current!.Spent);
    }

    private static bool IsThere(int pid) => Processes.Find(pid) is { IsGone: false };

    private static void Kill(int pid) => System.Diagnostics.Process.GetProcessById(pid).Kill();
}
