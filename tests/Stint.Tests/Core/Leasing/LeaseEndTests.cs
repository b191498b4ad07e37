using Stint.Core.Leasing;
using Stint.Core.Quota;
using Stint.Tests.Fakes;
using Xunit;
using static Stint.Tests.Fakes.Samples;

namespace Stint.Tests.Core.Leasing;

public sealed class LeaseEndTests
{
    [Theory]
    [InlineData(2000, ExitClass.NotUsed, 0)]
    [InlineData(2001, ExitClass.NotAllowed, 2001)]
    public void Release_OfALeaseNoWorkerUsed_IsFreeForTwoSeconds(long at, ExitClass exit, long charged)
    {
        var trial = Granted();
        trial.PassMilliseconds(at);
        Assert.Equal(ReleaseLeaseOutcome.DeviceNotUsed, trial.Release("a").Outcome);
        Assert.Equal((exit, charged), (trial["a"].Ending!.Exit, trial["a"].Ending!.Charged.Milliseconds));
    }

    [Theory]
    [InlineData(10_000, null)]
    [InlineData(10_001, ExitClass.NotAllowed)]
    public void Allow_ThatNeverComes_EndsTheLeaseAfterTenSeconds(long at, ExitClass? exit)
    {
        var trial = Granted();
        trial.PassMilliseconds(at);
        Assert.Equal(exit, trial["a"].Ending?.Exit);
        if (exit is null) Assert.Equal(AllowWorkerOutcome.Allowed, trial.Allow("a"));
        else Assert.Equal((10_000L, AllowWorkerOutcome.LeaseUnknown), (trial["a"].Ending!.Charged.Milliseconds, trial.Allow("a")));
    }

    [Theory]
    [InlineData(60_000, ReleaseLeaseOutcome.Released, ExitClass.Completed)]
    [InlineData(60_001, ReleaseLeaseOutcome.LeaseUnknown, ExitClass.Overrun)]
    public void Release_AroundTheDeadline_IsInTimeUpToIt(long at, ReleaseLeaseOutcome outcome, ExitClass exit)
    {
        var trial = Granted();
        trial.Allow("a");
        trial.PassMilliseconds(at);
        var before = trial.Store.Entries.Count;
        Assert.Equal(outcome, trial.Release("a").Outcome);
        Assert.Equal((exit, 60_000L), (trial["a"].Ending!.Exit, trial["a"].Ending!.Charged.Milliseconds));
        if (outcome == ReleaseLeaseOutcome.LeaseUnknown) Assert.Equal(before, trial.Store.Entries.Count);
    }

    [Fact]
    public void Release_MetByTheSameStepThatFindsTheDeadlinePassed_IsTooLate()
    {
        var trial = Granted();
        trial.Allow("a");
        var late = trial.Now + TimeSpan.FromSeconds(61);
        trial.MoveTo(trial.Now + TimeSpan.FromSeconds(60));
        Assert.Null(trial["a"].Ending);
        trial.MoveTo(late);
        Assert.Equal(ReleaseLeaseOutcome.LeaseUnknown, trial.Release("a").Outcome);
        Assert.Equal(late - TimeSpan.FromSeconds(1), trial["a"].Ending!.At);
    }

    [Fact]
    public void Release_Twice_OrOfAnotherSpace_IsUnknownAndLeavesNoEntry()
    {
        var trial = Granted();
        trial.Allow("a");
        Assert.Equal(ReleaseLeaseOutcome.LeaseUnknown, trial.Release("a", space: Sing).Outcome);
        Assert.Empty(trial.Entries);
        Assert.Equal(ReleaseLeaseOutcome.Released, trial.Release("a").Outcome);
        Assert.Equal(ReleaseLeaseOutcome.LeaseUnknown, trial.Release("a").Outcome);
        Assert.Empty(trial.Entries);
    }

    [Fact]
    public void Allow_Repeated_IsToldSo_AndAnotherWorkerIsRefused()
    {
        var trial = Granted();
        Assert.Equal(AllowWorkerOutcome.LeaseUnknown, trial.Allow("a", space: Sing));
        Assert.Equal(AllowWorkerOutcome.Allowed, trial.Allow("a"));
        Assert.Equal(AllowWorkerOutcome.AlreadyAllowed, trial.Allow("a"));
        Assert.Equal(AllowWorkerOutcome.AlreadyAllowedForAnotherWorker, trial.Allow("a", worker: Worker(7)));
        Assert.Equal(Worker(), trial["a"].Lease!.Worker);
        Assert.Equal(AllowWorkerOutcome.LeaseUnknown, trial.Allow("never-was"));
    }

    [Fact, Trait("Behaviour", "B32")]
    public void Cancel_OfATicketOrALease_EndsItAtOnce()
    {
        var trial = Granted();
        trial.Allow("a");
        trial.Request("b", Bob, PlanOf(100), Function());
        Assert.Equal(CancelOutcome.TicketLeft, trial.Cancel("b"));
        Assert.Equal((ReservationPhase.Voided, EndingCauses.VisitorLeft), (trial["b"].Phase, trial["b"].Ending!.Cause));
        trial.Pass(4);
        Assert.Equal(CancelOutcome.LeaseEnded, trial.Cancel("a"));
        Assert.Equal(4_000, trial["a"].Ending!.Charged.Milliseconds);
        Assert.Equal(CancelOutcome.Unknown, trial.Cancel("a"));
    }

    [Theory]
    [InlineData(false, ExitClass.NotUsed, 0)]
    [InlineData(true, ExitClass.Cancelled, 4_000)]
    public void Cancel_AsUndelivered_IsFreeUnlessAWorkerShowsThatItArrived(bool allowed, ExitClass exit, long charged)
    {
        var trial = Granted();
        if (allowed) trial.Allow("a");
        trial.Pass(4);
        trial.Cancel("a", undelivered: true);
        Assert.Equal((exit, charged), (trial["a"].Ending!.Exit, trial["a"].Ending!.Charged.Milliseconds));
    }

    [Fact]
    public void Slot_OfAStoppedRun_IsGrantedAgainOnlyWhenItsWorkerIsGone()
    {
        var trial = Granted();
        trial.Allow("a");
        trial.Cancel("a");
        trial.Request("b", Bob, PlanOf(100), Function());
        trial.Send<Done>(new ReportWorkerGone(new("n0/0"), Worker(999)));
        Assert.Null(trial["b"].Lease);
        trial.Send<Done>(new ReportUnstoppable(new("n0/0"), "not ours"));
        Assert.Equal(SlotPhase.Quarantined, trial.Books.Pool.Slots.Values.Single().Phase);
        Assert.Null(trial["b"].Lease);
        trial.Send<Done>(new ReportWorkerGone(new("n0/0"), Worker()));
        Assert.NotNull(trial["b"].Lease);
    }

    [Fact]
    public void Request_Repeated_IsToldWhatItCameTo()
    {
        var trial = Granted();
        var again = trial.Request("a", Ada, PlanOf(100), Function());
        Assert.Equal(RequestLeaseOutcome.AlreadyRequested, again.Outcome);
        Assert.Empty(trial.Entries);
        Assert.Equal(RequestLeaseOutcome.AlreadyRequestedWithOtherContent, trial.Request("a", Ada, PlanOf(100), Function(59)).Outcome);
        Assert.Equal(RequestLeaseOutcome.AlreadyRequestedWithOtherContent, trial.Request("a", Bob, PlanOf(100), Function()).Outcome);
        Assert.Empty(trial.Entries);
    }

    [Theory, Trait("Behaviour", "B48")]
    [InlineData(false)]
    [InlineData(true)]
    public void Request_RepeatedAfterItsEnd_IsToldSoAndChargedOnce(bool restarted)
    {
        var trial = Granted();
        trial.Allow("a");
        trial.Pass(3);
        trial.Release("a");
        if (restarted) trial.Restart(1);
        var again = trial.Request("a", Ada, PlanOf(100), Function());
        Assert.Equal((RequestLeaseOutcome.AlreadyRequested, ReservationPhase.Settled), (again.Outcome, again.Before?.Phase));
        Assert.Equal(3_000, trial.Read(Ada, PlanOf(100)).Spent.Milliseconds);
        Assert.Equal(RequestLeaseOutcome.AlreadyRequestedWithOtherContent, trial.Request("a", Ada, PlanOf(100), Function(59)).Outcome);
    }

    [Fact, Trait("Behaviour", "B48")]
    public void Request_RepeatedInTheBatchThatEndsIt_IsToldSo()
    {
        var trial = Granted();
        trial.Allow("a");
        var replies = trial.Batch(new ReleaseLease(new("a"), Paint, false), Request("a", Ada, PlanOf(100), Function()));
        Assert.Equal(RequestLeaseOutcome.AlreadyRequested, ((RequestLeaseReply)replies[1]).Outcome);
    }

    [Fact]
    public void Request_RepeatedAfterARefusal_IsDecidedAnew()
    {
        var trial = Trial.WithSlots(1);
        Assert.Equal(RequestLeaseOutcome.Refused, trial.Request("a", Ada, PlanOf(10), Function()).Outcome);
        Assert.Equal(RequestLeaseOutcome.Refused, trial.Request("a", Ada, PlanOf(10), Function()).Outcome);
        Assert.Equal(RequestLeaseOutcome.Queued, trial.Request("a", Ada, PlanOf(60), Function()).Outcome);
    }

    private static Trial Granted()
    {
        var trial = Trial.WithSlots(1);
        trial.Request("a", Ada, PlanOf(100), Function());
        Assert.NotNull(trial["a"].Lease);
        return trial;
    }
}
