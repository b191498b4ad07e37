using Stint.Core.Leasing;
using Stint.Core.Quota;
using Stint.Tests.Fakes;
using Xunit;
using static Stint.Tests.Fakes.Samples;

namespace Stint.Tests.Core.Leasing;

public sealed class SlotChoiceTests
{
    [Theory]
    [InlineData(SlotSize.Large, SlotSize.Large, true)]
    [InlineData(SlotSize.Large, SlotSize.XLarge, true)]
    [InlineData(SlotSize.XLarge, SlotSize.XLarge, true)]
    [InlineData(SlotSize.XLarge, SlotSize.Large, false)]
    public void Size_OnASlot_FitsUpToItsLargest(SlotSize asked, SlotSize offered, bool fits)
    {
        var trial = new Trial(SlotNamed("n0/0", offered));
        var reply = trial.Request("a", Ada, PlanOf(100), Function(size: asked));
        Assert.Equal(fits ? null : RefusalCause.SizeNotInPool, reply.Refusal?.Main.Cause);
    }

    [Fact]
    public void SmallTask_WithBothSizesFree_LeavesTheLargeSlot()
    {
        var trial = new Trial(SlotNamed("n0/0", SlotSize.XLarge), SlotNamed("n0/1"));
        Assert.Equal("n0/1", trial.Run("a", Ada, PlanOf(100), Function()).Slot.Value);
    }

    [Fact]
    public void LargeTaskAhead_ThatFitsNoFreeSlot_HoldsNobodyBack()
    {
        var trial = new Trial(SlotNamed("n0/0", SlotSize.XLarge), SlotNamed("n0/1"));
        trial.Run("busy", Bob, PlanOf(100), Function(size: SlotSize.XLarge));
        trial.Request("large", Ada, PlanOf(100), Function(30, SlotSize.XLarge));
        trial.Request("small", Ada, PlanOf(100), Function(30));
        Assert.Null(trial["large"].Lease);
        Assert.NotNull(trial["small"].Lease);
    }

    [Fact]
    public void Task_WithItsOwnWarmWorker_GetsThatSlotAndNeedsNoAllow()
    {
        var trial = Trial.WithSlots(3);
        foreach (var (id, task, pid) in new[] { ("a", 1, 11), ("b", 2, 12), ("c", 3, 13) })
        {
            trial.Request(id, Ada, PlanOf(1000), Function(), request => request with { TaskId = task });
            trial.Allow(id, worker: Worker(pid));
        }

        foreach (var id in new[] { "a", "b", "c" }) trial.Release(id);
        trial.Request("again", Ada, PlanOf(1000), Function(), request => request with { TaskId = 2 });
        var lease = trial["again"].Lease!;
        Assert.Equal(("n0/1", true, 12), (lease.Slot.Value, lease.Idle, lease.Worker!.Pid));
        Assert.Null(trial.Entries.OfType<LeaseGranted>().Single().Forgotten);
        trial.Pass(11);
        Assert.Null(trial["again"].Ending);
    }

    [Fact]
    public void Task_WithoutAWarmWorker_TakesASlotWhoseLossCostsNobodyOne()
    {
        var trial = Trial.WithSlots(2);
        trial.Run("a", Ada, PlanOf(1000), Function());
        trial.Release("a");
        Assert.Equal("n0/1", trial.Run("b", Bob, PlanOf(1000), Function(space: Sing)).Slot.Value);
    }

    [Fact]
    public void Task_ThatTakesAnothersWarmSlot_NamesTheWorkerThatHasToLeave()
    {
        var trial = Trial.WithSlots(1);
        trial.Run("a", Ada, PlanOf(1000), Function());
        trial.Release("a");
        trial.Request("b", Bob, PlanOf(1000), Function(space: Sing));
        Assert.Equal(Worker(), trial.Entries.OfType<LeaseGranted>().Single().Forgotten);
        Assert.False(trial["b"].Lease!.Idle);
    }

    [Fact]
    public void WarmWorker_ThatEnds_IsForgotten()
    {
        var trial = Trial.WithSlots(1);
        trial.Run("a", Ada, PlanOf(1000), Function());
        trial.Release("a");
        trial.Send<Done>(new ReportWorkerGone(new("n0/0"), Worker(999)));
        Assert.NotNull(trial.Books.Pool.Slots.Values.Single().Warm);
        trial.Send<Done>(new ReportWorkerGone(new("n0/0"), Worker()));
        Assert.Null(trial.Books.Pool.Slots.Values.Single().Warm);
    }

    [Fact]
    public void IdleLease_WhoseAnswerWasLost_KeepsItsWarmWorker()
    {
        var trial = Trial.WithSlots(1);
        trial.Run("a", Ada, PlanOf(1000), Function());
        trial.Release("a");
        trial.Request("b", Ada, PlanOf(1000), Function());
        trial.Cancel("b", undelivered: true);
        var slot = trial.Books.Pool.Slots.Values.Single();
        Assert.Equal((SlotPhase.Free, Worker()), (slot.Phase, slot.Warm!.Process));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Space_WithALimitOfItsOwn_HoldsThatManyLeasesAndNoMore(int limit)
    {
        var trial = Trial.WithSlots(4);
        var replies = Enumerable.Range(0, 3).Select(i => trial.Request("r" + i, Ada, PlanOf(1000), Function(), request => request with { SpaceConcurrency = limit })).ToList();
        Assert.Equal(limit, trial.Books.Pool.LeasesOf(Paint));
        Assert.Equal(Enumerable.Range(0, 3).Select(i => i >= limit), replies.Select(reply => reply.WaitsForItsSpace));
        trial.Request("other", Ada, PlanOf(1000), Function(space: Sing));
        Assert.NotNull(trial["other"].Lease);
        trial.Cancel("r0");
        Assert.NotNull(trial["r" + limit].Lease);
    }

    [Fact]
    public void Space_AtItsLimitWithNoSlotFreeEither_WaitsForTheSlotNotForItself()
    {
        var trial = Trial.WithSlots(1);
        trial.Request("a", Ada, PlanOf(1000), Function(), request => request with { SpaceConcurrency = 1 });
        Assert.False(trial.Request("b", Ada, PlanOf(1000), Function(), request => request with { SpaceConcurrency = 1 }).WaitsForItsSpace);
    }
}
