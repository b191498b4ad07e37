using Stint.Core.Leasing;
using Stint.Core.Quota;
using Stint.Tests.Fakes;
using Xunit;
using static Stint.Tests.Fakes.Samples;

namespace Stint.Tests.Core.Quota;

public sealed class PlanChangeTests
{
    private static readonly TimeSpan Day = TimeSpan.FromHours(24);

    [Fact]
    public void Plan_RaisedInsideAWindow_CountsAtOnce()
    {
        var trial = Trial.WithSlots(2);
        trial.Run("a", Ada, PlanOf(60), Function(60));
        Assert.Equal(RequestLeaseOutcome.Refused, trial.Request("b", Ada, PlanOf(60), Function(30)).Outcome);
        Assert.Equal(GpuTime.FromSeconds(40), trial.Read(Ada, PlanOf(100)).Left);
        Assert.Equal(RequestLeaseOutcome.Queued, trial.Request("c", Ada, PlanOf(100), Function(40)).Outcome);
        Assert.Equal(GpuTime.FromSeconds(100), trial.Books.LedgerOf(Ada).Current!.Allowance);
    }

    [Fact]
    public void Plan_RaisedWhileARunIsShort_GivesItTheTime()
    {
        var trial = Trial.WithSlots(1);
        trial.Teach(Ada, Function(60), 5, 5, 5);
        trial.Run("a", Ada, PlanOf(10), Function(60));
        Assert.Equal(Start + TimeSpan.FromSeconds(10), trial.Books.Agenda.DueAt(new("a")));
        trial.Pass(4);
        trial.Send<Done>(new ObservePlan(Ada, PlanOf(25)));
        Assert.Equal(Start + TimeSpan.FromSeconds(25), trial.Books.Agenda.DueAt(new("a")));
    }

    [Fact, Trait("Behaviour", "B36")]
    public void Plan_LoweredInsideAWindow_AppliesFromTheNext()
    {
        var trial = Trial.WithSlots(1);
        trial.Run("a", Ada, PlanOf(100), Function(60));
        trial.Send<Done>(new ObservePlan(Ada, PlanOf(50)));
        Assert.Equal(GpuTime.FromSeconds(100), trial.Read(Ada, PlanOf(50)).Allowance);
        trial.Pass(60);
        trial.Release("a");
        Assert.Equal(GpuTime.FromSeconds(40), trial.Read(Ada, PlanOf(50)).Left);
        trial.MoveTo(Start + Day);
        Assert.Equal(GpuTime.FromSeconds(50), trial.Read(Ada, PlanOf(50)).Left);
    }

    [Fact]
    public void Plan_RaisedAndLoweredAgain_KeepsWhatTheWindowPromised()
    {
        var trial = Trial.WithSlots(1);
        trial.Run("a", Ada, PlanOf(60), Function(60));
        trial.Send<Done>(new ObservePlan(Ada, PlanOf(100)));
        trial.Send<Done>(new ObservePlan(Ada, PlanOf(30)));
        Assert.Equal(GpuTime.FromSeconds(100), trial.Read(Ada, PlanOf(30)).Allowance);
    }

    [Fact]
    public void Plan_RaisedWhenTheWindowIsOver_LeavesTheOldWindowAsItWas()
    {
        var trial = Trial.WithSlots(1);
        trial.Run("opens", Ada, PlanOf(60), Function(60));
        trial.Release("opens");
        trial.MoveTo(Start + Day);
        trial.Send<Done>(new ObservePlan(Ada, PlanOf(100)));
        Assert.Equal(GpuTime.FromSeconds(60), trial.Books.LedgerOf(Ada).Current!.Allowance);
        Assert.Equal(GpuTime.FromSeconds(100), trial.Read(Ada, PlanOf(100)).Allowance);
    }

    [Theory]
    [InlineData(60, true)]
    [InlineData(59, false)]
    public void Reservation_ThatWaitsAcrossAResetOntoALoweredPlan_IsRefusedAtItsGrantIfItNoLongerFits(long lowered, bool fits)
    {
        var trial = Waiting();
        trial.Send<Done>(new ObservePlan(Ada, PlanOf(lowered)));
        trial.MoveTo(Start + Day + TimeSpan.FromSeconds(1));
        trial.Release("first");
        Assert.Equal(fits ? ReservationPhase.Leased : ReservationPhase.Voided, trial["a"].Phase);
        var refusal = trial.Store.Find(new RefusalId("refusal-a"));
        Assert.Equal(fits, refusal is null);
        if (refusal is null) return;
        Assert.Equal(EndingCauses.QuotaExceeded, trial["a"].Ending!.Cause);
        Assert.Equal((RefusalCause.QuotaExceeded, 60_000L, lowered * 1000), (refusal.Main.Cause, refusal.Main.Required!.Value.Milliseconds, refusal.Main.Left!.Value.Milliseconds));
    }

    [Fact, Trait("Behaviour", "B37")]
    public void Reservation_RefusedAtItsGrantOnALoweredPlan_PromisesNoResetThatWouldNotHelp()
    {
        var trial = Waiting(SlotSize.XLarge, SlotNamed("n0/0", SlotSize.XLarge), SlotNamed("n0/1"));
        trial.Run("second", Bob, PlanOf(120), Function());
        trial.Request("short", Ada, PlanOf(120), Function(5));
        trial.Send<Done>(new ObservePlan(Ada, PlanOf(40)));
        trial.MoveTo(Start + Day);
        // A short run opens the new window, so there is a reset; but 60 s will never fit into 40.
        trial.Cancel("second");
        trial.Send<Done>(new ReportWorkerGone(new("n0/1"), Worker()));
        Assert.NotNull(trial["short"].Lease);
        trial.Cancel("first");
        trial.Send<Done>(new ReportWorkerGone(new("n0/0"), Worker()));
        Assert.NotNull(trial.Read(Ada, PlanOf(40)).ResetsAt);
        var refusal = trial.Store.Find(new RefusalId("refusal-a"));
        Assert.NotNull(refusal);
        Assert.Null(refusal.RetryAt);
    }

    /// <summary>Ada's window ends at <see cref="Start"/> + 24 h; ten seconds before, Bob has the first slot and Ada waits with 60 s.</summary>
    private static Trial Waiting(SlotSize size = SlotSize.Large, params Slot[] slots)
    {
        var trial = slots.Length == 0 ? Trial.WithSlots(1) : new Trial(slots);
        trial.Run("opens", Ada, PlanOf(120), Function());
        trial.Cancel("opens");
        foreach (var slot in trial.Books.Pool.Slots.Keys.ToList()) trial.Send<Done>(new ReportWorkerGone(slot, Worker()));
        trial.MoveTo(Start + Day - TimeSpan.FromSeconds(10));
        trial.Run("first", Bob, PlanOf(120), Function(size: size));
        trial.Request("a", Ada, PlanOf(120), Function(size: size));
        if (trial["a"].Lease is not null) throw new InvalidOperationException("a should wait");
        return trial;
    }
}
