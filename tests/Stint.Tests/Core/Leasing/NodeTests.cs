using Stint.Core.Leasing;
using Stint.Core.Quota;
using Stint.Tests.Fakes;
using Xunit;
using static Stint.Tests.Fakes.Samples;

namespace Stint.Tests.Core.Leasing;

/// <summary>A node that is cut off: its slots serve nobody, its runs are settled once, by its report or at deadline and grace.</summary>
[Trait("Behaviour", "B64")]
public sealed class NodeTests
{
    private const string Far = "far";
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(4);

    [Fact]
    public void Ticket_OfANode_IsServedThereAndNowhereElse()
    {
        var trial = WithFar();
        trial.Request("a", Ada, PlanOf(100), Function(), request => request with { Node = Far });
        trial.Request("b", Bob, PlanOf(100), Function(), request => request with { Node = Far });
        Assert.Equal("far/0", trial["a"].Lease!.Slot.Value);
        Assert.Null(trial["b"].Lease);
        trial.Request("c", Passer, PlanOf(100), Function(), request => request with { Node = "n0" });
        Assert.Equal("n0/0", trial["c"].Lease!.Slot.Value);
    }

    [Fact]
    public void Ticket_OfANodeThatHasNoSuchSlot_IsRefusedByName()
    {
        var reply = WithFar().Request("a", Ada, PlanOf(100), Function(), request => request with { Node = "elsewhere" });
        Assert.Equal(RefusalCause.SizeNotInPool, reply.Refusal!.Main.Cause);
    }

    [Fact]
    public void Lost_WithAFreeSlotAndATicket_GrantsNothingAndTheTicketLeaves()
    {
        var trial = WithFar();
        trial.Run("a", Ada, PlanOf(100), Function(), request => request with { Node = Far });
        trial.Request("b", Bob, PlanOf(100), Function(), request => request with { Node = Far });
        Lose(trial);
        Assert.Equal((ReservationPhase.Voided, EndingCauses.NodeLost), (trial["b"].Phase, trial["b"].Ending!.Cause));
        trial.Release("a");
        trial.Request("c", Bob, PlanOf(100), Function(), request => request with { Node = Far });
        Assert.Null(trial["c"].Lease);
        Back(trial, 2);
        Assert.NotNull(trial["c"].Lease);
    }

    [Theory]
    // The declared 60 s and the grace of 4 s: the last moment still waits for the report.
    [InlineData(64_000, ReservationPhase.Leased)]
    [InlineData(64_001, ReservationPhase.Voided)]
    public void Lost_UntilDeadlineAndGrace_EndsItsRunForNothing(long milliseconds, ReservationPhase phase)
    {
        var trial = Running();
        Lose(trial);
        trial.MoveTo(Start + TimeSpan.FromMilliseconds(milliseconds));
        Assert.Equal(phase, trial["a"].Phase);
        if (phase == ReservationPhase.Leased) return;
        Assert.Equal((ExitClass.NodeFault, 0), (trial["a"].Ending!.Exit, trial["a"].Ending!.Charged.Milliseconds));
        // Whatever is on that slot is still there: nobody gets it.
        Assert.False(trial.Books.Pool.Slots[new("far/0")].IsOpen);
    }

    [Fact]
    public void Return_WithARunThatEnded_ChargesWhatTheNodeMeasured()
    {
        var trial = Running();
        Lose(trial);
        trial.Pass(40);
        Back(trial, 2, Report(ExitClass.Completed, endedAgo: 15));
        Assert.Equal((ExitClass.Completed, 25_000), (trial["a"].Ending!.Exit, trial["a"].Ending!.Charged.Milliseconds));
        Assert.Equal((SlotPhase.Free, Worker()), (trial.Books.Pool.Slots[new("far/0")].Phase, trial.Books.Pool.Slots[new("far/0")].Warm!.Process));
    }

    [Fact]
    public void Return_WithARunThatEndedAfterItsDeadline_ChargesTheDeadline()
    {
        var trial = Running();
        Lose(trial);
        trial.Pass(62);
        Back(trial, 2, Report(ExitClass.Overrun, endedAgo: 0));
        Assert.Equal((ExitClass.Overrun, 60_000), (trial["a"].Ending!.Exit, trial["a"].Ending!.Charged.Milliseconds));
    }

    [Fact]
    public void Return_WithARunThatGoesOn_LetsItGoOn()
    {
        var trial = Running();
        Lose(trial);
        trial.Pass(40);
        Back(trial, 2, Report(null));
        Assert.Equal(ReservationPhase.Leased, trial["a"].Phase);
        trial.Release("a");
        Assert.Equal(40_000, trial["a"].Ending!.Charged.Milliseconds);
    }

    [Fact]
    public void Return_AfterTheRunWasSettled_ChangesNothingOfIt()
    {
        var trial = Running();
        Lose(trial);
        trial.Pass(100);
        Back(trial, 2, Report(ExitClass.Completed, endedAgo: 60));
        Assert.Equal((ExitClass.NodeFault, 0), (trial["a"].Ending!.Exit, trial["a"].Ending!.Charged.Milliseconds));
        Assert.DoesNotContain(trial.Entries, entry => entry is ReservationEnded);
    }

    [Fact]
    public void Return_WithoutALeaseTheHubGranted_IsTheHousesFault()
    {
        var trial = Running();
        Back(trial, 2);
        Assert.Equal((ExitClass.NodeFault, 0), (trial["a"].Ending!.Exit, trial["a"].Ending!.Charged.Milliseconds));
    }

    [Fact]
    public void Return_OfAWorkerThatWasNamedAtTheNodeAlone_CountsFromThen()
    {
        var trial = WithFar();
        trial.Request("a", Ada, PlanOf(100), Function(), request => request with { Node = Far });
        Lose(trial);
        trial.Pass(13);
        Back(trial, 2, new LeaseReport(new("a"), Worker(), TimeSpan.FromSeconds(12), ExitClass.Failed, TimeSpan.FromSeconds(3)));
        var receipt = Receipt.Of(trial["a"]);
        Assert.Equal((ExitClass.Failed, 10_000, 1_000, 9_000), (receipt.Exit, receipt.Charged.Milliseconds, receipt.Attach.TotalMilliseconds, receipt.Run.TotalMilliseconds));
    }

    [Fact]
    public void Anything_OfAnEpochThatIsOver_IsRefused()
    {
        var trial = WithFar();
        Back(trial, 5);
        Assert.Equal(NodeOutcome.EpochIsOver, trial.Send<NodeReply>(new LoseNode(Far, 4, Grace)).Outcome);
        Assert.Equal(NodeOutcome.EpochIsOver, trial.Send<NodeReply>(new JoinSlots(Far, []) { Epoch = 4 }).Outcome);
        Assert.Equal(NodeOutcome.EpochIsOver, trial.Send<NodeReply>(new ReturnNode(Far, 4, [], [], [])).Outcome);
        Assert.Empty(trial.Entries);
    }

    [Fact]
    public void HubRestart_WithARunElsewhere_WaitsForTheNodeAndChargesNothingOfTheTimeAway()
    {
        var trial = Running();
        trial.Pass(20);
        trial.Store.KeepEvidence(trial.Now);
        trial.Restart(100, "n0", Grace);
        Assert.Equal(ReservationPhase.Leased, trial["a"].Phase);
        // It ran 60 s in all, by the node's clock: 20 before, 40 while the hub was away.
        Back(trial, 2, Report(ExitClass.Overrun, endedAgo: 60));
        Assert.Equal((ExitClass.Overrun, 20_000), (trial["a"].Ending!.Exit, trial["a"].Ending!.Charged.Milliseconds));
    }

    [Fact]
    public void Drained_Node_FinishesWhatRunsAndGetsNothingNew()
    {
        var trial = Running();
        trial.Send<Done>(new DrainNode(Far, true));
        trial.Release("a");
        trial.Request("b", Bob, PlanOf(100), Function(), request => request with { Node = Far });
        Assert.Equal(ReservationPhase.Settled, trial["a"].Phase);
        Assert.Null(trial["b"].Lease);
        trial.Send<Done>(new DrainNode(Far, false));
        Assert.NotNull(trial["b"].Lease);
    }

    [Fact]
    public void Withdrawn_SlotWithAWarmWorker_LeavesOnceThatIsKilled()
    {
        var trial = Running();
        trial.Release("a");
        trial.Send<NodeReply>(new JoinSlots(Far, []) { Epoch = 1 });
        Assert.Equal([Worker()], trial.Books.Pool.Slots[new("far/0")].Forgotten);
        trial.Send<Done>(new ReportWorkerGone(new("far/0"), Worker()));
        Assert.DoesNotContain(new SlotId("far/0"), trial.Books.Pool.Slots.Keys);
    }

    [Fact]
    public void Withdrawn_SlotWithARun_LeavesAfterItsWorkerIsStopped()
    {
        var trial = Running();
        trial.Send<NodeReply>(new JoinSlots(Far, []) { Epoch = 1 });
        trial.Release("a");
        Assert.Equal(SlotPhase.Draining, trial.Books.Pool.Slots[new("far/0")].Phase);
        trial.Send<Done>(new ReportWorkerGone(new("far/0"), Worker()));
        Assert.DoesNotContain(new SlotId("far/0"), trial.Books.Pool.Slots.Keys);
    }

    [Fact]
    public void ForgottenWorker_OverACrash_IsStillKnown()
    {
        var trial = Running();
        trial.Release("a");
        trial.Request("b", Ada, PlanOf(100), Function(), request => request with { TaskId = 2, Node = Far });
        Assert.Equal([Worker()], trial.Store.LoadSlots().Single(slot => slot.Node == Far).Forgotten);
        trial.Send<Done>(new ReportWorkerGone(new("far/0"), Worker()));
        Assert.Empty(trial.Store.LoadSlots().Single(slot => slot.Node == Far).Forgotten);
    }

    [Theory]
    [InlineData(Far, AllowWorkerOutcome.Allowed)]
    [InlineData(null, AllowWorkerOutcome.Allowed)]
    [InlineData("n0", AllowWorkerOutcome.LeaseUnknown)]
    public void Allow_ThroughAnotherMachine_IsUnknownThere(string? through, AllowWorkerOutcome outcome)
    {
        var trial = WithFar();
        trial.Request("a", Ada, PlanOf(100), Function(), request => request with { Node = Far });
        Assert.Equal(outcome, trial.Send<AllowWorkerReply>(new AllowWorker(new("a"), Paint, Worker()) { Node = through }).Outcome);
        Assert.Equal(outcome == AllowWorkerOutcome.Allowed, trial["a"].Lease!.Worker is not null);
    }

    [Theory]
    [InlineData(Far, CancelOutcome.LeaseEnded)]
    [InlineData(null, CancelOutcome.LeaseEnded)]
    [InlineData("n0", CancelOutcome.Unknown)]
    public void Cancel_SaidByAnotherMachine_IsUnknownThere(string? by, CancelOutcome outcome)
    {
        var trial = WithFar();
        trial.Request("a", Ada, PlanOf(100), Function(), request => request with { Node = Far });
        Assert.Equal(outcome, trial.Send<CancelReply>(new Cancel(new("a"), Undelivered: true) { Node = by }).Outcome);
    }

    [Theory]
    [InlineData(24 * 3_600_000L, ExitClass.NodeFault, true)]
    // A millisecond past the day, and words that attest no fault of the machine.
    [InlineData((24 * 3_600_000L) + 1, ExitClass.NodeFault, false)]
    [InlineData(1_000, ExitClass.Failed, false)]
    [InlineData(1_000, ExitClass.HubFault, false)]
    [Trait("Behaviour", "B33")]
    public void Return_WithAFaultOfTheMachineInARunThatWasSettled_GivesItsChargeBack(long milliseconds, ExitClass exit, bool back)
    {
        var trial = Running();
        trial.Pass(10);
        trial.Release("a", failed: true);
        trial.PassMilliseconds(milliseconds);
        Back(trial, 2, Report(exit, endedAgo: 1));
        Back(trial, 3, Report(exit, endedAgo: 1));
        Assert.Equal(back ? 1 : 0, trial.Store.Entries.OfType<ChargeRefunded>().Count());
        if (!back) return;
        var receipt = Receipt.Of(trial["a"]);
        Assert.Equal((10_000, 10_000L, "node:far"), (receipt.Charged.Milliseconds, receipt.Refund!.Amount.Milliseconds, receipt.Refund.By));
        Assert.Equal(new GpuTime(110_000), trial.Read(Ada, PlanOf(100)).LeftInAll);
    }

    [Fact]
    [Trait("Behaviour", "B33")]
    public void Return_WithAFaultInWhatTheSpaceCalledASuccessOrAnotherMachineRan_GivesNothingBack()
    {
        var trial = Running();
        trial.Run("b", Bob, PlanOf(100), Function(), request => request with { Node = "n0" });
        trial.Pass(10);
        trial.Release("a");
        trial.Release("b", failed: true);
        Back(trial, 2, Report(ExitClass.NodeFault), Report(ExitClass.NodeFault) with { Id = new("b") });
        Assert.Empty(trial.Store.Entries.OfType<ChargeRefunded>());
    }

    [Fact]
    public void Ticket_BesideALostRunThatIsPastItsEnd_IsServedFromWhatThatRunCannotTakeAnyMore()
    {
        var trial = WithFar();
        trial.Teach(Ada, Function(), 5, 5, 5);
        trial.Run("other", Bob, PlanOf(100), Function(), request => request with { Node = "n0" });
        trial.Run("a", Ada, PlanOf(20), Function(), request => request with { Node = Far });
        trial.Request("b", Ada, PlanOf(20), Function(), request => request with { Node = "n0", TaskId = 2 });
        Lose(trial);
        // Its funds ended after 15 s, for 5 s are held for the ticket; the hub waits 4 s more for the report.
        trial.Pass(17);
        trial.Release("other");
        Assert.Equal(("n0/0", ReservationPhase.Leased), (trial["b"].Lease?.Slot.Value, trial["a"].Phase));
    }

    private static Trial WithFar()
    {
        var trial = Trial.WithSlots(1);
        Back(trial, 1);
        return trial;
    }

    /// <summary>Run <c>a</c> of Ada's began on the far node at the start.</summary>
    private static Trial Running()
    {
        var trial = WithFar();
        trial.Run("a", Ada, PlanOf(100), Function(), request => request with { Node = Far });
        return trial;
    }

    private static void Lose(Trial trial) => Assert.Equal(NodeOutcome.Taken, trial.Send<NodeReply>(new LoseNode(Far, 1, Grace)).Outcome);

    private static void Back(Trial trial, long epoch, params LeaseReport[] leases) =>
        Assert.Equal(NodeOutcome.Taken, trial.Send<NodeReply>(new ReturnNode(Far, epoch, [SlotNamed("far/0") with { Node = Far }], leases, [])).Outcome);

    private static LeaseReport Report(ExitClass? exit, double endedAgo = 0) => new(new("a"), Worker(), null, exit, TimeSpan.FromSeconds(endedAgo));
}
