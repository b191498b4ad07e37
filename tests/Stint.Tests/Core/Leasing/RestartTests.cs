using Stint.Core.Leasing;
using Stint.Core.Quota;
using Stint.Hub.Engine;
using Stint.Tests.Fakes;
using Xunit;
using static Stint.Tests.Fakes.Samples;

namespace Stint.Tests.Core.Leasing;

/// <summary>B64: after a crash everything held is charged to the last evidence or is back.</summary>
[Trait("Behaviour", "B64")]
public sealed class RestartTests
{
    [Fact]
    public void Ticket_ThatWaited_IsVoidAndHoldsNothing()
    {
        var trial = Trial.WithSlots(1);
        trial.Run("busy", Bob, PlanOf(100), Function());
        trial.Request("a", Ada, PlanOf(100), Function());
        trial.Restart(30, Worker());
        Assert.Equal((ReservationPhase.Voided, EndingCauses.HubRestarted), (trial["a"].Phase, trial["a"].Ending!.Cause));
        Assert.Equal(GpuTime.FromSeconds(100), trial.Read(Ada, PlanOf(100)).Left);
    }

    [Fact]
    public void Lease_WithoutAWorker_IsTheHubsFaultAndFree()
    {
        var trial = Trial.WithSlots(1);
        trial.Request("a", Ada, PlanOf(100), Function());
        trial.Pass(3);
        trial.Restart(30);
        Assert.Equal((ExitClass.HubFault, 0L), (trial["a"].Ending!.Exit, trial["a"].Ending!.Charged.Milliseconds));
        Assert.Equal(SlotPhase.Free, trial.Books.Pool.Slots.Values.Single().Phase);
        Assert.Null(trial.Read(Ada, PlanOf(100)).ResetsAt);
    }

    [Fact]
    public void Lease_WhoseWorkerLives_GoesOnWithoutTheTimeTheHubWasDown()
    {
        var trial = Evidenced(7);
        trial.Restart(100, Worker());
        Assert.Equal(trial.Now + TimeSpan.FromSeconds(53), trial.Books.Agenda.DueAt(new("a")));
        trial.Pass(3);
        trial.Release("a");
        Assert.Equal((10_000L, TimeSpan.FromSeconds(100)), (trial["a"].Ending!.Charged.Milliseconds, trial["a"].Lease!.Forgiven));
    }

    [Fact]
    public void Lease_ThatOutlivesTwoCrashes_IsForgivenBoth()
    {
        var trial = Evidenced(7);
        trial.Restart(100, Worker());
        trial.Pass(3);
        trial.Store.KeepEvidence(trial.Now);
        trial.Restart(50, Worker());
        trial.Release("a");
        Assert.Equal((10_000L, TimeSpan.FromSeconds(150)), (trial["a"].Ending!.Charged.Milliseconds, trial["a"].Lease!.Forgiven));
    }

    [Theory]
    [InlineData(7, 7_000)]
    [InlineData(0, 0)]
    public void Lease_WhoseWorkerIsGone_IsChargedToTheLastEvidence(long evidencedSeconds, long charged)
    {
        var trial = Evidenced(evidencedSeconds);
        trial.Restart(100);
        Assert.Equal((ExitClass.WorkerDied, charged), (trial["a"].Ending!.Exit, trial["a"].Ending!.Charged.Milliseconds));
        Assert.Equal(SlotPhase.Free, trial.Books.Pool.Slots.Values.Single().Phase);
    }

    [Fact]
    public void Lease_WhoseProcessIdWasUsedAgain_IsNotAlive()
    {
        var trial = Evidenced(7);
        trial.Restart(100, new WorkerProcess(100, 77, true));
        Assert.Equal(ExitClass.WorkerDied, trial["a"].Ending!.Exit);
    }

    [Fact]
    public void Lease_WhoseDeadlineCameBeforeTheEvidence_IsChargedToTheDeadline()
    {
        var trial = Evidenced(7);
        trial.Store.KeepEvidence(Start + TimeSpan.FromSeconds(75));
        trial.Restart(100);
        Assert.Equal(60_000, trial["a"].Ending!.Charged.Milliseconds);
    }

    [Fact]
    public void Lease_AllowedAfterTheLastEvidence_IsChargedToItsAllow()
    {
        // The commit of /allow is evidence itself, so the two can only meet; never may the charge be before it.
        var trial = Trial.WithSlots(1);
        trial.Request("a", Ada, PlanOf(100), Function());
        trial.Pass(4);
        trial.Allow("a");
        var step = new DecisionStep(trial.Store);
        step.Step([new(new ResumeLeases(Start, new HashSet<WorkerProcess>()), trial.Now)], trial.Now);
        Assert.Equal(4_000, trial["a"].Ending!.Charged.Milliseconds);
    }

    [Fact]
    public void WarmLease_ThatNeverSendsAllow_GoesOnIfItsWorkerLives()
    {
        var trial = Trial.WithSlots(1);
        trial.Run("warms", Ada, PlanOf(100), Function());
        trial.Release("warms");
        trial.Request("a", Ada, PlanOf(100), Function());
        trial.Restart(20, Worker());
        Assert.Equal(ReservationPhase.Leased, trial["a"].Phase);
        trial.Pass(2);
        trial.Release("a");
        Assert.Equal(2_000, trial["a"].Ending!.Charged.Milliseconds);
    }

    [Fact]
    public void Deadline_ThatPassedWhileTheHubWasDown_IsMovedBeforeItIsEnforced()
    {
        var trial = Evidenced(50);
        trial.Restart(1_000, Worker());
        Assert.Equal(ReservationPhase.Leased, trial["a"].Phase);
        trial.LiveUntil(trial.Now + TimeSpan.FromSeconds(11));
        Assert.Equal((ExitClass.Overrun, 60_000L), (trial["a"].Ending!.Exit, trial["a"].Ending!.Charged.Milliseconds));
    }

    [Fact]
    public void Slots_AfterACrash_LoseWorkersThatAreGoneAndKeepThoseThatLive()
    {
        var trial = Trial.WithSlots(4);
        foreach (var (id, pid) in new[] { ("warm-lives", 1), ("warm-gone", 2), ("leaving-lives", 3), ("leaving-gone", 4) })
        {
            trial.Request(id, Ada, PlanOf(1000), Function(), request => request with { TaskId = pid });
            trial.Allow(id, worker: Worker(pid));
        }

        trial.Release("warm-lives");
        trial.Release("warm-gone");
        trial.Cancel("leaving-lives");
        trial.Cancel("leaving-gone");
        trial.Restart(5, Worker(1), Worker(3));
        Assert.Equal(
            ["Free 1 ", "Free  ", "Draining  3", "Free  "],
            trial.Books.Pool.Slots.Values.Select(slot => $"{slot.Phase} {slot.Warm?.Process.Pid} {slot.Leaving?.Pid}"));
    }

    /// <summary>Run <c>a</c> began at <see cref="Start"/>; so many seconds later the hub was last known to be up.</summary>
    private static Trial Evidenced(double seconds)
    {
        var trial = Trial.WithSlots(1);
        trial.Run("a", Ada, PlanOf(100), Function());
        trial.Pass(seconds);
        trial.Store.KeepEvidence(trial.Now);
        return trial;
    }
}
