using Stint.Core.Leasing;
using Stint.Tests.Fakes;
using Xunit;
using static Stint.Tests.Fakes.Samples;

namespace Stint.Tests.Core.Leasing;

public sealed class JoinTests
{
    [Fact]
    public void Join_OfKnownSlots_ChangesNothing()
    {
        var trial = Trial.WithSlots(2);
        trial.Send<NodeReply>(new JoinSlots("n0", [SlotNamed("n0/0"), SlotNamed("n0/1")]));
        Assert.Empty(trial.Entries);
    }

    [Fact]
    public void Join_WithFewerSlots_LetsTheFreeOnesGoAndKeepsTheLeased()
    {
        var trial = Trial.WithSlots(3);
        trial.Run("a", Ada, PlanOf(100), Function());
        trial.Send<NodeReply>(new JoinSlots("n0", [SlotNamed("n0/2")]));
        Assert.Equal(["n0/0", "n0/2"], trial.Books.Pool.Slots.Keys.Select(id => id.Value));
        trial.Release("a");
        Assert.Equal(Stint.Core.Quota.ReservationPhase.Settled, trial["a"].Phase);
    }

    [Fact]
    public void Join_OfAnotherNode_LeavesTheRestAlone()
    {
        var trial = Trial.WithSlots(1);
        trial.Send<NodeReply>(new JoinSlots("n1", [SlotNamed("n1/0") with { Node = "n1" }]));
        Assert.Equal(2, trial.Books.Pool.Slots.Count);
    }

    [Fact]
    public void Join_OfASlotOnAnotherDevice_ReplacesAFreeOneAndWaitsForALeasedOne()
    {
        var trial = Trial.WithSlots(2);
        trial.Run("a", Ada, PlanOf(100), Function());
        var moved = new[] { "n0/0", "n0/1" }.Select(id => SlotNamed(id) with { DeviceUuid = "GPU-new" }).ToList();
        trial.Send<NodeReply>(new JoinSlots("n0", moved));
        Assert.Equal(["GPU-n0/0", "GPU-new"], trial.Books.Pool.Slots.Values.Select(slot => slot.DeviceUuid));
    }

    [Fact]
    public void Join_WithATicketThatFitsTheNewSlot_GrantsIt()
    {
        var trial = Trial.WithSlots(1);
        trial.Run("busy", Bob, PlanOf(100), Function());
        trial.Request("a", Ada, PlanOf(100), Function());
        trial.Send<NodeReply>(new JoinSlots("n0", [SlotNamed("n0/0"), SlotNamed("n0/1")]));
        Assert.NotNull(trial["a"].Lease);
    }
}
