using Microsoft.Extensions.Logging.Abstractions;
using Stint.Core.Leasing;
using Stint.Core.Quota;
using Stint.Hub.Engine;
using Stint.Prove.Faults;
using Xunit;
using static Stint.Tests.Fakes.Samples;

namespace Stint.Tests.Hub.Engine;

public sealed class LedgerEngineTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly MemoryLedgerStore store = new();
    [Fact]
    public async Task Request_WithAFreeSlot_CompletesItsWait()
    {
        await using var engine = await StartedAsync();
        var (reply, wait) = await engine.RequestAsync(Request("a", Ada, PlanOf(100), Function()));
        Assert.Equal(RequestLeaseOutcome.Queued, reply.Outcome);
        Assert.Equal("a", (await wait.Result.WaitAsync(Patience)).Granted!.Reservation.Value);
    }

    [Fact, Trait("Behaviour", "B48")]
    public async Task Request_RepeatedWhenItsLeaseIsLongGranted_CompletesToo()
    {
        await using var engine = await StartedAsync();
        var (_, first) = await engine.RequestAsync(Request("a", Ada, PlanOf(100), Function()));
        var granted = await first.Result.WaitAsync(Patience);
        var (reply, again) = await engine.RequestAsync(Request("a", Ada, PlanOf(100), Function()));
        Assert.Equal(RequestLeaseOutcome.AlreadyRequested, reply.Outcome);
        Assert.Equal(granted.Granted!.Lease, (await again.Result.WaitAsync(Patience)).Granted!.Lease);
    }

    [Fact, Trait("Behaviour", "B48")]
    public async Task Request_RepeatedAfterItsEnd_CompletesWithItsEnding()
    {
        await using var engine = await StartedAsync();
        await engine.RequestAsync(Request("a", Ada, PlanOf(100), Function()));
        await engine.SendAsync<CancelReply>(new Cancel(new("a"), Undelivered: true));
        var (_, again) = await engine.RequestAsync(Request("a", Ada, PlanOf(100), Function()));
        Assert.Equal(ExitClass.NotUsed, (await again.Result.WaitAsync(Patience)).Ended!.Exit);
    }

    [Fact]
    public async Task Request_WithAnotherContentUnderAnIdThatWaits_DoesNotTakeTheWaitAway()
    {
        await using var engine = await StartedAsync();
        await engine.RequestAsync(Request("busy", Bob, PlanOf(100), Function()));
        var (_, waits) = await engine.RequestAsync(Request("a", Ada, PlanOf(100), Function()));
        var (reply, _) = await engine.RequestAsync(Request("a", Ada, PlanOf(100), Function(59)));
        Assert.Equal(RequestLeaseOutcome.AlreadyRequestedWithOtherContent, reply.Outcome);
        await engine.SendAsync<CancelReply>(new Cancel(new("busy"), Undelivered: true));
        Assert.NotNull((await waits.Result.WaitAsync(Patience)).Granted);
    }

    [Fact]
    public async Task Send_WhenTheCommitFails_TellsTheCallerAndGoesOn()
    {
        await using var engine = await StartedAsync();
        store.Next = Mishap.Fails;
        await Assert.ThrowsAsync<StoreFailedException>(() => engine.RequestAsync(Request("a", Ada, PlanOf(100), Function())));
        var (reply, wait) = await engine.RequestAsync(Request("a", Ada, PlanOf(100), Function()));
        Assert.Equal(RequestLeaseOutcome.Queued, reply.Outcome);
        Assert.NotNull((await wait.Result.WaitAsync(Patience)).Granted);
    }

    [Fact]
    public async Task Commit_ThatBreaksTheLoop_StopsTheHubAndLeavesNobodyWaiting()
    {
        await using var engine = await StartedAsync();
        var broken = new TaskCompletionSource<Exception>();
        engine.Broken = e => broken.SetResult(e);
        store.Next = Mishap.CrashesBefore;
        await Assert.ThrowsAsync<StoreFailedException>(() => engine.RequestAsync(Request("a", Ada, PlanOf(100), Function())).WaitAsync(Patience));
        Assert.IsType<CrashException>(await broken.Task.WaitAsync(Patience));
    }

    [Fact]
    public async Task Reply_ToWhatWasCommitted_ComesAfterItsEffects()
    {
        Task? sent = null;
        using var isSent = new ManualResetEventSlim();
        var isEarly = new TaskCompletionSource<bool>();
        var effect = new Effect(() => isEarly.TrySetResult(isSent.Wait(Patience) && SpinWait.SpinUntil(() => sent!.IsCompleted, TimeSpan.FromSeconds(1))));
        await using var engine = await StartedAsync(effect);
        sent = engine.RequestAsync(Request("a", Ada, PlanOf(100), Function()));
        isSent.Set();
        await sent.WaitAsync(Patience);
        Assert.False(await isEarly.Task.WaitAsync(Patience));
    }

    [Fact]
    public async Task Effect_ThatIsDue_IsCalledThoughNoCommandComes()
    {
        var effect = new DueEffect();
        await using var engine = await StartedAsync(effect);
        effect.IsDue = true;
        await engine.SendAsync<NodeReply>(new JoinSlots("n0", [SlotNamed("n0/1")]));
        await effect.CalledWithoutEntries.Task.WaitAsync(Patience);
    }

    [Fact]
    public async Task Command_ThatMeetsTheEndOfTheHub_IsToldSo()
    {
        using var isIn = new ManualResetEventSlim();
        using var mayGoOn = new ManualResetEventSlim();
        var engine = await StartedAsync(new Effect(() =>
        {
            isIn.Set();
            mayGoOn.Wait(Patience);
        }));
        var inHand = engine.RequestAsync(Request("a", Ada, PlanOf(100), Function()));
        Assert.True(isIn.Wait(Patience));
        var behind = engine.RequestAsync(Request("b", Bob, PlanOf(100), Function()));
        var stopped = engine.DisposeAsync().AsTask();
        mayGoOn.Set();
        Assert.Equal(RequestLeaseOutcome.Queued, (await inHand.WaitAsync(Patience)).Reply.Outcome);
        await Assert.ThrowsAsync<StoreFailedException>(() => behind.WaitAsync(Patience));
        await stopped.WaitAsync(Patience);
        await Assert.ThrowsAsync<EngineBusyException>(() => engine.RequestAsync(Request("c", Bob, PlanOf(100), Function())));
    }

    private async Task<LedgerEngine> StartedAsync(params IEffects[] effects)
    {
        var engine = new LedgerEngine(store, new LedgerClock(TimeProvider.System, null), effects, NullLogger<LedgerEngine>.Instance);
        engine.Start();
        await engine.SendAsync<NodeReply>(new JoinSlots("n0", [SlotNamed("n0/0")]));
        return engine;
    }

    private sealed class DueEffect : IEffects
    {
        public bool IsDue { get; set; }
        public TaskCompletionSource CalledWithoutEntries { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
        public Instant Due => IsDue ? new Instant(1) : Instant.Never;

        public void After(StepResult result)
        {
            if (!IsDue || result.Entries.Count > 0) return;
            IsDue = false;
            CalledWithoutEntries.SetResult();
        }
    }

    private sealed class Effect(Action reservation) : IEffects
    {
        public void After(StepResult result)
        {
            if (result.Entries.OfType<GpuTimeReserved>().Any()) reservation();
        }
    }
}
