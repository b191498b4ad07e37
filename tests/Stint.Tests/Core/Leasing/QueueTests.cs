using Stint.Core.Identities;
using Stint.Core.Leasing;
using Stint.Core.Quota;
using Stint.Prove.Faults;
using Stint.Tests.Fakes;
using Xunit;
using static Stint.Tests.Fakes.Samples;

namespace Stint.Tests.Core.Leasing;

/// <summary>Who is next. Every trial lets the slot's holder finish and looks at who gets it.</summary>
public sealed class QueueTests
{
    [Fact, Trait("Behaviour", "B74")]
    public void Newcomer_BesideAThousandTasksOfOnePerson_IsNextAfterOneRunningTask()
    {
        var trial = Batch(1_000);
        trial.Pass(10);
        trial.Request("bob", Bob, PlanOf(100_000), Function());
        Finish(trial);
        Assert.NotNull(trial["bob"].Lease);
    }

    [Theory, Trait("Behaviour", "B74")]
    [InlineData(2)]
    [InlineData(4)]
    public void Newcomer_BesideAThousandTasksOnEverySlot_IsNextOnTheFirstThatComesFree(int slots)
    {
        var trial = Trial.WithSlots(slots);
        trial.Batch([.. Enumerable.Range(0, 1_000).Select(i => Patient(Request("r" + i, Ada, PlanOf(1_000_000), Function())))]);
        trial.Pass(10);
        trial.Request("bob", Bob, PlanOf(100_000), Function());
        trial.Cancel(trial.Books.Pool.Slots.Values.Last().Lease!.Value.Value);
        Assert.NotNull(trial["bob"].Lease);
    }

    [Theory, Trait("Behaviour", "B74")]
    [InlineData(31)]
    [InlineData(90)]
    public void Newcomer_BesideABatchThatHasRunForLong_IsStillNextAfterOneRunningTask(int minutes)
    {
        var trial = Batch(200);
        for (var i = 0; i < minutes; i++)
        {
            trial.Pass(60);
            Finish(trial);
        }

        trial.Pass(1);
        trial.Request("bob", Bob, PlanOf(100_000), Function());
        Finish(trial);
        Assert.NotNull(trial["bob"].Lease);
    }

    [Fact, Trait("Behaviour", "B74")]
    public void Batch_BesideAStreamOfNewcomers_IsServedWithinTheCap()
    {
        var trial = Batch(1_000);
        var served = Served(trial);
        for (var i = 0; trial.Now <= Start + Queue.PenaltyCap + TimeSpan.FromMinutes(2); i++)
        {
            trial.Request("n" + i, IdentityId.Of(new AccountId("n" + i)), PlanOf(100), Function(), Patient);
            trial.Pass(60);
            Finish(trial);
        }

        Assert.True(Served(trial) > served);
    }

    [Fact, Trait("Behaviour", "B75")]
    public void LonePerson_WithManyTasks_GetsEverySlot()
    {
        var trial = Trial.WithSlots(4);
        for (var i = 0; i < 10; i++) trial.Request("r" + i, Ada, PlanOf(100_000), Function(), Patient);
        Assert.Equal(4, trial.Books.Pool.Leases);
        trial.Cancel("r0");
        Assert.Equal(4, trial.Books.Pool.Leases);
    }

    [Theory]
    [InlineData(879_371, "light")]
    [InlineData(879_372, "heavy")]
    [InlineData(879_373, "heavy")]
    public void Order_OfTwoPeople_IsArrivalPlusADelayForWhatEachNeeds(long laterBy, string first)
    {
        // Heavy expects 20 s and is delayed by 2127.592 s, light 10 s and 1248.22 s; whoever came first wins a draw.
        var trial = Busy();
        trial.Request("heavy", Ada, PlanOf(100), Function(20), Patient);
        trial.PassMilliseconds(laterBy);
        trial.Request("light", Bob, PlanOf(100), Function(10), Patient);
        Finish(trial);
        Assert.NotNull(trial[first].Lease);
    }

    [Theory]
    [InlineData(1, "light")]
    [InlineData(2, "heavy")]
    public void Order_OnAPlanOfTwiceThePriority_CountsHalfTheDelay(int priority, string first)
    {
        var trial = Busy();
        trial.Request("heavy", Ada, PlanOf(100, priority), Function(20), Patient);
        trial.PassMilliseconds(1);
        trial.Request("light", Bob, PlanOf(100), Function(10), Patient);
        Finish(trial);
        Assert.NotNull(trial[first].Lease);
    }

    [Theory]
    [InlineData(0, 0, 1, 0)]
    [InlineData(800, 0, 1, 720)]
    [InlineData(0, 12, 1, 1_440)]
    [InlineData(600, 12, 1, 1_800)]
    [InlineData(600, 12, 2, 1_028)]
    [InlineData(108_000_000, 0, 1, 7_198)]
    public void Delay_OfAnyBurden_GrowsAndStaysBelowTheCap(long burdenSeconds, long expectedSeconds, int priority, long delaySeconds)
    {
        var standing = new Standing(GpuTime.FromSeconds(burdenSeconds), null, default);
        var delay = Queue.KeyOf(Start, standing, GpuTime.FromSeconds(expectedSeconds), priority) - Start;
        Assert.Equal(delaySeconds, (long)delay.TotalSeconds / 2 * 2);
        Assert.True(delay < Queue.PenaltyCap);
    }

    [Theory]
    [InlineData(0, 600)]
    [InlineData(86_399, 600)]
    [InlineData(86_400, 0)]
    public void Burden_OfATask_CountsWhatItsOwnWindowHasSpent(long arrivedAfterSeconds, long burdenSeconds)
    {
        var window = new Window(Start, GpuTime.FromSeconds(900), GpuTime.FromSeconds(600), 3);
        var standing = new Standing(GpuTime.Zero, window, Start);
        Assert.Equal(GpuTime.FromSeconds(burdenSeconds), standing.BurdenOn(Start + TimeSpan.FromSeconds(arrivedAfterSeconds)));
    }

    [Fact, Trait("Behaviour", "B74")]
    public void Order_WhenABacklogIsCancelled_ForgetsIt()
    {
        var trial = Batch(1_000);
        trial.Pass(55);
        trial.Request("bob", Bob, PlanOf(100_000), Function(120), Patient);
        foreach (var i in Enumerable.Range(2, 998)) trial.Cancel("r" + i);
        // Ada has one running and one waiting task of a minute each and came 55 s before; Bob has one of a minute.
        Finish(trial);
        Assert.NotNull(trial["r1"].Lease);
    }

    [Fact]
    public void Order_OfOnePersonsTasks_IsArrival()
    {
        var trial = Busy();
        foreach (var id in new[] { "c", "a", "b" })
        {
            trial.Request(id, Ada, PlanOf(1000), Function(id[0]), Patient);
            trial.PassMilliseconds(1);
        }

        foreach (var id in new[] { "c", "a", "b" })
        {
            Finish(trial);
            Assert.NotNull(trial[id].Lease);
        }
    }

    [Fact]
    public void Order_AfterAReload_IsTheSame()
    {
        var trial = Batch(20);
        trial.Pass(30);
        trial.Request("bob", Bob, PlanOf(100), Function(20), Patient);
        trial.Request("pat", Passer, PlanOf(100), Function(30), Patient);
        var before = trial.Books.Pool.Queue.InOrder().Select(ticket => ticket.Id).ToList();
        trial.Store.Next = Mishap.Fails;
        Assert.ThrowsAny<Exception>(() => trial.Request("lost", Bob, PlanOf(100), Function()));
        Assert.Equal(before, trial.Books.Pool.Queue.InOrder().Select(ticket => ticket.Id));
    }

    private static RequestLease Patient(RequestLease request) => request with { WaitLimit = TimeSpan.FromHours(10) };

    /// <summary>One slot, and Ada with so many tasks of a minute each; the first one runs.</summary>
    private static Trial Batch(int tasks)
    {
        var trial = Trial.WithSlots(1);
        trial.Batch([.. Enumerable.Range(0, tasks).Select(i => Patient(Request("r" + i, Ada, PlanOf(1_000_000), Function())))]);
        Assert.Equal(AllowWorkerOutcome.Allowed, trial.Allow("r0"));
        return trial;
    }

    /// <summary>One slot that someone else has.</summary>
    private static Trial Busy()
    {
        var trial = Trial.WithSlots(1);
        trial.Run("busy", Passer, PlanOf(10_000), Function(3_600));
        return trial;
    }

    private static int Served(Trial trial) => trial.Store.Entries.OfType<LeaseGranted>().Count(granted => granted.Identity == Ada);

    /// <summary>Whoever has the slot is done with it, and its worker is gone; the next one names its own.</summary>
    private static void Finish(Trial trial)
    {
        if (trial.Books.Pool.Slots.Values.Single().Lease is { } id) trial.Cancel(id.Value);
        if (trial.Books.Pool.Slots.Values.Single() is { Leaving: { } worker } slot) trial.Send<Done>(new ReportWorkerGone(slot.Id, worker));
        if (trial.Books.Pool.Slots.Values.Single().Lease is { } next) trial.Allow(next.Value);
    }
}
