using Stint.Core.Leasing;
using Stint.Core.Quota;
using Stint.Tests.Fakes;
using Xunit;
using static Stint.Tests.Fakes.Samples;

namespace Stint.Tests.Core.Quota;

/// <summary>B30: the exit class decides the charge, each class by the way that leads to it.</summary>
[Trait("Behaviour", "B30")]
public sealed class ExitClassTests
{
    public static TheoryData<ExitClass, long, ReservationPhase, SlotPhase> Classes => new()
    {
        { ExitClass.Completed, 3000, ReservationPhase.Settled, SlotPhase.Free },
        { ExitClass.Failed, 3000, ReservationPhase.Settled, SlotPhase.Draining },
        { ExitClass.WorkerDied, 3000, ReservationPhase.Settled, SlotPhase.Free },
        { ExitClass.Cancelled, 3000, ReservationPhase.Settled, SlotPhase.Draining },
        { ExitClass.Overrun, 20_000, ReservationPhase.Settled, SlotPhase.Draining },
        { ExitClass.OutOfFunds, 12_000, ReservationPhase.Settled, SlotPhase.Draining },
        { ExitClass.NotAllowed, 10_000, ReservationPhase.Settled, SlotPhase.Free },
        { ExitClass.NotUsed, 0, ReservationPhase.Voided, SlotPhase.Free },
        { ExitClass.HubFault, 0, ReservationPhase.Voided, SlotPhase.Free },
    };

    [Theory, MemberData(nameof(Classes))]
    public void End_ByEachWay_ChargesAsItsClassSays(ExitClass exit, long charged, ReservationPhase phase, SlotPhase slot)
    {
        var trial = Trial.WithSlots(1);
        var plan = PlanOf(exit == ExitClass.OutOfFunds ? 12 : 100);
        trial.Teach(Ada, Function(20), 5, 5, 5);
        trial.Request("a", Ada, plan, Function(20));
        if (exit is not (ExitClass.NotAllowed or ExitClass.NotUsed or ExitClass.HubFault)) trial.Allow("a");
        Lead(trial, exit);
        var ended = trial["a"];
        Assert.Equal((exit, charged, phase), (ended.Ending!.Exit, ended.Ending.Charged.Milliseconds, ended.Phase));
        Assert.Equal(slot, trial.Books.Pool.Slots.Values.Single().Phase);
        Assert.Equal(charged, trial.Read(Ada, plan).Spent.Milliseconds);
    }

    [Theory]
    [InlineData(ExitClass.Completed, true)]
    [InlineData(ExitClass.Failed, true)]
    [InlineData(ExitClass.WorkerDied, true)]
    [InlineData(ExitClass.Cancelled, true)]
    [InlineData(ExitClass.Overrun, true)]
    [InlineData(ExitClass.OutOfFunds, true)]
    [InlineData(ExitClass.NotAllowed, true)]
    [InlineData(ExitClass.NotUsed, false)]
    [InlineData(ExitClass.HubFault, false)]
    [InlineData(ExitClass.NodeFault, false)]
    public void Charges_OfEachClass_AreTheHousesOnlyForItsOwnFaults(ExitClass exit, bool charges) => Assert.Equal(charges, exit.Charges());

    [Fact]
    public void Charge_AtAWeight_IsShownAsALineAndCappedByTheCeiling()
    {
        var trial = Trial.WithSlots(1);
        trial.Run("a", Ada, PlanOf(100), Function(20), request => request with { Weight = new(1500) });
        trial.Pass(25);
        Assert.Equal((20_000L, 30_000L), ((long)trial["a"].Ending!.Measured.TotalMilliseconds, trial["a"].Ending!.Charged.Milliseconds));
    }

    [Fact, Trait("Behaviour", "B31")]
    public void Wait_HoweverLong_IsNeverMeasured()
    {
        var trial = Trial.WithSlots(1);
        trial.Run("first", Bob, PlanOf(100), Function(50));
        trial.Request("a", Ada, PlanOf(100), Function(50));
        trial.LiveUntil(Start + TimeSpan.FromSeconds(51));
        trial.Send<Done>(new ReportWorkerGone(new("n0/0"), Worker()));
        trial.Pass(2);
        trial.Release("a");
        Assert.Equal(TimeSpan.FromSeconds(2), trial["a"].Ending!.Measured);
    }

    [Theory, Trait("Behaviour", "B31")]
    [InlineData(60_000, ReservationPhase.Queued)]
    [InlineData(60_001, ReservationPhase.Expired)]
    public void Wait_AroundItsLimit_EndsAfterItWithAZeroRowAndARefusal(long at, ReservationPhase phase)
    {
        var trial = Trial.WithSlots(1);
        trial.Run("first", Bob, PlanOf(100), Function(100));
        trial.Request("a", Ada, PlanOf(100), Function(50));
        trial.PassMilliseconds(at);
        Assert.Equal(phase, trial["a"].Phase);
        if (phase == ReservationPhase.Queued) return;
        Assert.Equal(GpuTime.Zero, trial["a"].Ending!.Charged);
        Assert.Equal(RefusalCause.NoGpuInTime, trial.Store.Find(new RefusalId("refusal-a"))!.Main.Cause);
        Assert.Equal(GpuTime.Zero, trial.Read(Ada, PlanOf(100)).Reserved);
    }

    private static void Lead(Trial trial, ExitClass exit)
    {
        switch (exit)
        {
            case ExitClass.Completed: trial.Pass(3); trial.Release("a"); break;
            case ExitClass.Failed: trial.Pass(3); trial.Release("a", failed: true); break;
            case ExitClass.WorkerDied: trial.Pass(3); trial.Send<Done>(new ReportWorkerGone(new("n0/0"), Worker())); break;
            case ExitClass.Cancelled: trial.Pass(3); trial.Cancel("a"); break;
            case ExitClass.Overrun: trial.Pass(30); break;
            case ExitClass.OutOfFunds: trial.Pass(30); break;
            case ExitClass.NotAllowed: trial.Pass(11); break;
            case ExitClass.NotUsed: trial.Pass(1); trial.Release("a"); break;
            case ExitClass.HubFault: trial.Restart(3); break;
            case ExitClass.NodeFault: throw new InvalidOperationException("no command leads to it yet");
        }
    }
}
