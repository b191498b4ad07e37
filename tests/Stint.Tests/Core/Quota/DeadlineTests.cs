using Stint.Core.Leasing;
using Stint.Core.Quota;
using Stint.Tests.Fakes;
using Xunit;
using static Stint.Tests.Fakes.Samples;

namespace Stint.Tests.Core.Quota;

/// <summary>When runs must stop: each row says a purse, what runs and waits, and the second at which run <c>a</c> has to be over.</summary>
public sealed class DeadlineTests
{
    [Theory]
    [InlineData(100, 60)]
    [InlineData(60, 60)]
    [InlineData(59, 59)]
    [InlineData(10, 10)]
    [InlineData(5, 5)]
    public void OneRun_OfAFunctionThatTakesFive_StopsAtItsDeclaredDurationOrWithItsPurse(long left, long endsAt) =>
        Assert.Equal(Start + TimeSpan.FromSeconds(endsAt), Due(Alone(left, out _), "a"));

    [Fact, Trait("Behaviour", "B19"), Trait("Behaviour", "B20")]
    public void TenSecondsLeft_StillRunAFiveSecondTaskThatDeclaresSixty()
    {
        var trial = Alone(10, out var plan);
        trial.Pass(5);
        Assert.Equal(ReleaseLeaseOutcome.Released, trial.Release("a").Outcome);
        Assert.Equal((ExitClass.Completed, 5_000L), (trial["a"].Ending!.Exit, trial["a"].Ending!.Charged.Milliseconds));
        Assert.Equal(GpuTime.FromSeconds(5), trial.Read(Ada, plan).Left);
    }

    [Theory]
    [InlineData(15_000, null, 0)]
    [InlineData(15_001, ExitClass.OutOfFunds, 10_000)]
    public void ARunThatGoesOn_IsChargedExactlyUntilThePurseIsEmpty(long at, ExitClass? exit, long charged)
    {
        var trial = Alone(10, out var plan);
        trial.PassMilliseconds(at);
        Assert.Equal((exit, charged), (trial["a"].Ending?.Exit, trial["a"].Ending?.Charged.Milliseconds ?? 0));
        Assert.Equal(GpuTime.Zero, trial.Read(Ada, plan).Left);
    }

    [Theory]
    [InlineData(60_000, null)]
    [InlineData(60_001, ExitClass.Overrun)]
    public void ARunThatGoesOn_IsStoppedAtItsDeclaredDuration(long at, ExitClass? exit)
    {
        var trial = Alone(100, out _);
        trial.PassMilliseconds(at);
        Assert.Equal(exit, trial["a"].Ending?.Exit);
        if (exit is not null) Assert.Equal(GpuTime.FromSeconds(60), trial["a"].Ending!.Charged);
    }

    [Fact]
    public void TwoRuns_ShareWhatIsUnheldEvenly()
    {
        // 30 s, two floors of 5: the 20 s unheld are drawn by both from second 5 on, 10 s each.
        var trial = Two(30, secondsBetween: 0);
        Assert.Equal((Start + TimeSpan.FromSeconds(15), Start + TimeSpan.FromSeconds(15)), (Due(trial, "a"), Due(trial, "b")));
    }

    [Fact]
    public void TwoRuns_OfDifferentAge_AreBothSureOfTheirFloors()
    {
        // 12 s, floors of 5: a draws 2 s of its own and is dry at 7; b began at 4 and is sure of its floor until 9.
        var trial = Two(12, secondsBetween: 4);
        Assert.Equal((Start + TimeSpan.FromSeconds(7), Start + TimeSpan.FromSeconds(9)), (Due(trial, "a"), Due(trial, "b")));
        trial.LiveUntil(Start + TimeSpan.FromSeconds(20));
        Assert.Equal((7_000L, 5_000L), (trial["a"].Ending!.Charged.Milliseconds, trial["b"].Ending!.Charged.Milliseconds));
        Assert.Equal((ExitClass.OutOfFunds, ExitClass.OutOfFunds), (trial["a"].Ending!.Exit, trial["b"].Ending!.Exit));
    }

    [Fact]
    public void ARun_WhoseSiblingEndsEarly_GetsWhatItsFloorGivesBack()
    {
        var trial = Two(12, secondsBetween: 4);
        trial.Pass(1);
        trial.Release("b");
        Assert.Equal(Start + TimeSpan.FromSeconds(11), Due(trial, "a"));
    }

    [Fact]
    public void ARun_BesideAQueuedTicket_LeavesItItsFloor()
    {
        var trial = Alone(20, out var plan);
        trial.Request("b", Ada, plan, Function());
        Assert.Equal(Start + TimeSpan.FromSeconds(15), Due(trial, "a"));
        trial.Cancel("b");
        Assert.Equal(Start + TimeSpan.FromSeconds(20), Due(trial, "a"));
    }

    [Fact]
    public void ARun_PastTheResetBesideATicketThatWaits_NoLongerLeavesItAnything()
    {
        var trial = Trial.WithSlots(1);
        var plan = PlanOf(61);
        trial.Teach(Ada, Function(), 5, 5, 5);
        trial.Run("opens", Ada, plan, Function(endpoint: "/opens"));
        trial.Release("opens");
        trial.MoveTo(Start + Window.Length - TimeSpan.FromSeconds(10));
        trial.Run("a", Ada, plan, Function());
        trial.Request("b", Ada, plan, Function(46, endpoint: "/other"));
        // 10 s to the reset fit beside b's 46; from the reset on b counts in the next window.
        Assert.Equal(trial.Now + TimeSpan.FromSeconds(60), Due(trial, "a"));
        trial.Request("c", Ada, plan, Function(6, endpoint: "/more"));
        Assert.Equal(trial.Now + TimeSpan.FromSeconds(9), Due(trial, "a"));
    }

    [Fact]
    public void ARun_PastTheReset_IsNotStoppedByWhatIsAskedThen()
    {
        var trial = Trial.WithSlots(1);
        var plan = PlanOf(20);
        trial.Teach(Ada, Function(), 5, 5, 5);
        trial.Run("opens", Ada, plan, Function(endpoint: "/opens") with { DeclaredMilliseconds = 1_000 });
        trial.Release("opens");
        trial.MoveTo(Start + Window.Length - TimeSpan.FromSeconds(10));
        trial.Run("a", Ada, plan, Function());
        trial.Pass(11);
        trial.Request("b", Ada, plan, Function(18, endpoint: "/other"));
        Assert.Equal(Start + Window.Length + TimeSpan.FromSeconds(10), Due(trial, "a"));
    }

    [Theory]
    [InlineData(1000, 20_000)]
    [InlineData(1500, 13_333)]
    [InlineData(2000, 10_000)]
    [InlineData(500, 40_001)]
    public void ARun_OnAWeighedSlot_LastsAsLongAsThePurse(int thousandths, long endsAt)
    {
        var trial = Trial.WithSlots(1);
        trial.Teach(Ada, Function(), 5, 5, 5);
        trial.Run("a", Ada, PlanOf(20), Function(), request => request with { Weight = new(thousandths) });
        // 13,333 ms at 1.5 are charged as 19,999 and one more would be 20,001; 40,001 ms at 0.5 are charged as 20,000, rounded down.
        Assert.Equal(Start + TimeSpan.FromMilliseconds(endsAt), Due(trial, "a"));
    }

    [Fact]
    public void ARun_MeetingARequestThatTakesTheLastMillisecond_IsNotStoppedInThePast()
    {
        // At weight 1.5 a floor of 1,000 lasts 666 ms: at 667 the meter shows 1,000 and all the rest may be promised away.
        var trial = Trial.WithSlots(2);
        trial.Teach(Ada, Function(), 0.666, 0.666, 0.666);
        var plan = PlanOf(10);
        trial.Run("a", Ada, plan, Function(), request => request with { Weight = new(1500) });
        trial.PassMilliseconds(1001);
        var left = trial.Read(Ada, plan).Left;
        trial.Request("b", Ada, plan, Function(endpoint: "/b") with { DeclaredMilliseconds = left.Milliseconds });
        Assert.Equal(GpuTime.Zero, trial.Read(Ada, plan).Left);
        Assert.True(Due(trial, "a") is null || Due(trial, "a") >= trial.Now, $"due at {Due(trial, "a")}, and it is {trial.Now}");
    }

    [Fact]
    public void ARun_Strict_IsSureOfAllItDeclared()
    {
        var trial = Trial.WithSlots(2);
        trial.Teach(Ada, Function(), 5, 5, 5);
        trial.Run("a", Ada, PlanOf(70), Function(), request => request with { Strict = true });
        trial.Run("b", Ada, PlanOf(70), Function());
        Assert.Equal((Start + TimeSpan.FromSeconds(60), Start + TimeSpan.FromSeconds(10)), (Due(trial, "a"), Due(trial, "b")));
    }

    private static Instant? Due(Trial trial, string id) => trial.Books.Agenda.DueAt(new(id));

    /// <summary>Run <c>a</c> of a function that takes five seconds and declares sixty, with so many seconds left.</summary>
    private static Trial Alone(long left, out Stint.Core.Plans.Plan plan)
    {
        var trial = Trial.WithSlots(1);
        trial.Teach(Ada, Function(), 5, 5, 5);
        plan = PlanOf(left);
        trial.Run("a", Ada, plan, Function());
        return trial;
    }

    private static Trial Two(long left, double secondsBetween)
    {
        var trial = Trial.WithSlots(2);
        trial.Teach(Ada, Function(), 5, 5, 5);
        trial.Run("a", Ada, PlanOf(left), Function());
        trial.Pass(secondsBetween);
        trial.Run("b", Ada, PlanOf(left), Function());
        return trial;
    }
}
