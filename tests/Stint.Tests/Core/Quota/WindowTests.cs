using Stint.Core.Leasing;
using Stint.Core.Quota;
using Stint.Tests.Fakes;
using Xunit;
using static Stint.Tests.Fakes.Samples;

namespace Stint.Tests.Core.Quota;

public sealed class WindowTests
{
    private static readonly TimeSpan Day = TimeSpan.FromHours(24);

    [Fact]
    public void Window_OfAReservationThatWaits_IsNotOpenYet()
    {
        var trial = Trial.WithSlots(1);
        trial.Run("first", Bob, PlanOf(120), Function());
        trial.Request("a", Ada, PlanOf(120), Function());
        Assert.Null(trial.Read(Ada, PlanOf(120)).ResetsAt);
        Assert.Equal(GpuTime.FromSeconds(60), trial.Read(Ada, PlanOf(120)).Reserved);
    }

    [Fact, Trait("Behaviour", "B35")]
    public void Window_AtTheFirstGrant_OpensForExactlyADay()
    {
        var trial = Trial.WithSlots(1);
        trial.Run("first", Bob, PlanOf(120), Function());
        trial.Request("a", Ada, PlanOf(120), Function());
        trial.Pass(7);
        trial.Release("first");
        Assert.Equal(Start + TimeSpan.FromSeconds(7) + Day, trial.Read(Ada, PlanOf(120)).ResetsAt);
    }

    [Theory, Trait("Behaviour", "B35")]
    [InlineData(-1, 10, true)]
    [InlineData(0, 0, false)]
    [InlineData(1, 0, false)]
    public void Window_AroundItsEnd_IsOpenUpToTheLastMillisecond(long milliseconds, long spentSeconds, bool open)
    {
        var trial = Trial.WithSlots(1);
        trial.Run("a", Ada, PlanOf(120), Function());
        trial.Pass(10);
        trial.Release("a");
        trial.MoveTo(Start + Day + TimeSpan.FromMilliseconds(milliseconds));
        var reading = trial.Read(Ada, PlanOf(120));
        Assert.Equal(GpuTime.FromSeconds(spentSeconds), reading.Spent);
        Assert.Equal(open, reading.ResetsAt is not null);
    }

    [Theory]
    [InlineData(-1, 0)]
    [InlineData(0, 1)]
    public void Grant_AroundTheEnd_CountsInTheWindowOfItsOwnMoment(long milliseconds, int days)
    {
        var trial = Trial.WithSlots(1);
        trial.Run("a", Ada, PlanOf(120), Function());
        trial.Release("a");
        trial.MoveTo(Start + Day + TimeSpan.FromMilliseconds(milliseconds));
        Assert.Equal(Start + (Day * days), trial.Run("b", Ada, PlanOf(120), Function()).WindowOpenedAt);
    }

    [Fact]
    public void Run_AcrossTheEnd_IsChargedToTheWindowItBeganIn()
    {
        var trial = Trial.WithSlots(2);
        trial.Run("opens", Ada, PlanOf(120), Function(endpoint: "/opens"));
        trial.Release("opens");
        trial.MoveTo(Start + Day - TimeSpan.FromSeconds(10));
        trial.Run("old", Ada, PlanOf(120), Function());
        trial.Pass(10);
        trial.Run("new", Ada, PlanOf(120), Function());
        trial.Pass(20);
        trial.Release("old");
        Assert.Equal(GpuTime.FromSeconds(30), trial["old"].Ending!.Charged);
        var reading = trial.Read(Ada, PlanOf(120));
        Assert.Equal((0L, 60_000L, Start + Day + Day), (reading.Spent.Milliseconds, reading.Reserved.Milliseconds, reading.ResetsAt!.Value));
        Assert.Empty(trial.Books.LedgerOf(Ada).Earlier);
    }

    [Fact]
    public void Run_ThatOutlivesItsWindow_WithoutANextOne_LeavesTheQuotaWhole()
    {
        var trial = Trial.WithSlots(1);
        trial.Run("opens", Ada, PlanOf(120), Function(endpoint: "/opens"));
        trial.Release("opens");
        trial.MoveTo(Start + Day - TimeSpan.FromSeconds(10));
        trial.Run("old", Ada, PlanOf(120), Function());
        trial.Pass(20);
        Assert.Equal(GpuTime.FromSeconds(120), trial.Read(Ada, PlanOf(120)).Left);
        trial.Release("old");
        Assert.Equal(GpuTime.FromSeconds(120), trial.Read(Ada, PlanOf(120)).Left);
    }

    [Fact]
    public void Reservation_ThatWaitsAcrossTheEnd_IsCarriedOver()
    {
        var trial = Trial.WithSlots(1);
        trial.Run("opens", Ada, PlanOf(120), Function(endpoint: "/opens"));
        trial.Release("opens");
        trial.MoveTo(Start + Day - TimeSpan.FromSeconds(10));
        trial.Run("first", Bob, PlanOf(120), Function());
        trial.Request("a", Ada, PlanOf(120), Function());
        Assert.Equal(GpuTime.FromSeconds(60), trial.Read(Ada, PlanOf(120)).Reserved);
        trial.Pass(20);
        Assert.Equal(GpuTime.FromSeconds(60), trial.Read(Ada, PlanOf(120)).Reserved);
        trial.Release("first");
        Assert.Equal(Start + Day + TimeSpan.FromSeconds(10), trial["a"].Lease!.WindowOpenedAt);
    }

    [Fact]
    public void Run_ThatWasTheFirstAndEndsVoid_ClosesTheWindow()
    {
        var trial = Trial.WithSlots(1);
        trial.Request("a", Ada, PlanOf(120), Function());
        trial.Pass(1);
        trial.Release("a");
        Assert.Equal(ReservationPhase.Voided, trial["a"].Phase);
        Assert.Null(trial.Read(Ada, PlanOf(120)).ResetsAt);
        trial.Pass(5);
        Assert.Equal(trial.Now, trial.Run("b", Ada, PlanOf(120), Function()).WindowOpenedAt);
    }

    [Theory, Trait("Behaviour", "B36")]
    [InlineData(true)]
    [InlineData(false)]
    public void Run_ThatWasTheFirstAndEndsVoid_LeavesAWindowInWhichAnythingElseWasGranted(bool otherEnded)
    {
        var trial = Trial.WithSlots(2);
        trial.Request("a", Ada, PlanOf(120), Function());
        trial.Run("b", Ada, PlanOf(120), Function());
        trial.Pass(1);
        if (otherEnded) trial.Release("b");
        trial.Release("a");
        Assert.Equal(Start + Day, trial.Read(Ada, PlanOf(120)).ResetsAt);
    }

    [Fact, Trait("Behaviour", "B36")]
    public void ResetsAt_WhateverIsGrantedInTheWindow_NeverMoves()
    {
        var trial = Trial.WithSlots(1);
        for (var i = 0; i < 100; i++)
        {
            trial.Run("r" + i, Ada, PlanOf(1000), Function());
            trial.Pass(1 + i % 3);
            if (i % 2 == 0) trial.Release("r" + i);
            else trial.Cancel("r" + i);
            trial.Send<Done>(new ReportWorkerGone(new("n0/0"), Worker()));
            Assert.Equal(Start + Day, trial.Read(Ada, PlanOf(1000)).ResetsAt);
        }
    }

    [Fact]
    public void Run_OfTheWindowBefore_ThatEndsVoid_LeavesTheCurrentOneAlone()
    {
        var trial = Trial.WithSlots(2);
        trial.Run("opens", Ada, PlanOf(120), Function(endpoint: "/opens"));
        trial.Release("opens");
        trial.MoveTo(Start + Day - TimeSpan.FromSeconds(1));
        trial.Request("old", Ada, PlanOf(120), Function(), request => request with { TaskId = 2 });
        trial.Pass(1);
        trial.Run("new", Ada, PlanOf(120), Function());
        trial.Release("old");
        Assert.Equal(ReservationPhase.Voided, trial["old"].Phase);
        Assert.Equal(Start + Day + Day, trial.Read(Ada, PlanOf(120)).ResetsAt);
    }
}
