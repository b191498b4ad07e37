using Stint.Core.Quota;
using Stint.Core.Spaces;

namespace Stint.Core.Leasing;

/// <summary>
/// GPUs of one kind: their slots, the queue before them and who holds what. Like a ledger it is a fold of entries.
/// Always: a slot has at most one live lease, and a lease exactly one slot.
/// </summary>
/// <param name="order">Another order of the queue to compare ours with; null for ours.</param>
public sealed class Pool(IQueueOrder? order = null)
{
    private static readonly SlotSize[] Sizes = Enum.GetValues<SlotSize>();

    private readonly SortedDictionary<SlotId, Slot> slots = [];
    private readonly FreeSlots free = new();
    private readonly Dictionary<(string? Node, SlotSize Largest), int> slotsUpTo = [];
    private readonly Dictionary<SpaceId, int> leasesOf = [];
    private Func<string?, SlotSize, bool>? hasFree;
    private int withdrawn;
    private readonly LinkedList<Departure> departures = [];

    public Queue Queue { get; } = new(order);
    public IReadOnlyDictionary<SlotId, Slot> Slots => slots;

    /// <summary>Live leases on all slots together.</summary>
    public int Leases { get; private set; }

    public int LeasesOf(SpaceId space) => leasesOf.GetValueOrDefault(space);

    /// <summary>True while nothing is heard of some node.</summary>
    public bool HasLost { get; private set; }

    /// <summary>True while some slot is only waiting to leave.</summary>
    public bool HasWithdrawn => withdrawn > 0;

    /// <param name="node">Null for all of them.</param>
    public bool CouldServe(SlotSize size, string? node)
    {
        foreach (var largest in Sizes)
            if (largest >= size && slotsUpTo.GetValueOrDefault((node, largest)) > 0) return true;
        return false;
    }

    public IEnumerable<Slot> SlotsOf(string node) => slots.Values.Where(slot => slot.Node == node);

    /// <summary>The free slot this ticket would get; null where none fits or its Space holds as many leases as it may.</summary>
    public Slot? SlotFor(Reservation ticket) =>
        IsAtItsSpacesLimit(ticket) ? null : free.BestFor(ticket.Size, ticket.Function.Space, ticket.TaskId, ticket.Node);

    public static bool IsWarmFor(Slot slot, Reservation ticket) =>
        slot.Warm is { } warm && warm.Space == ticket.Function.Space && warm.TaskId == ticket.TaskId;

    /// <summary>Why a waiting ticket waits: true where its own Space's limit holds it back although a slot is free.</summary>
    public bool WaitsForItsSpace(Reservation ticket) =>
        IsAtItsSpacesLimit(ticket) && HasFree(ticket.Node, ticket.Size);

    private bool IsAtItsSpacesLimit(Reservation ticket) => ticket.SpaceConcurrency is { } limit && LeasesOf(ticket.Function.Space) >= limit;

    public int FreeCount => free.Count;

    /// <summary>The ticket that is first in turn, of those that some free slot may serve; null where there is none.</summary>
    public Reservation? First() => Queue.First(hasFree ??= HasFree);

    /// <summary>True where a slot that serves this size is free, on that node or, for null, on any.</summary>
    public bool HasFree(string? node, SlotSize size) => free.Largest(node) >= size;

    public Slot Put(Slot slot)
    {
        if (slots.TryGetValue(slot.Id, out var before)) Count(before, -1);
        Count(slot, 1);
        slots[slot.Id] = slot;
        free.Put(slot);
        if (before?.Lost is not null || slot.Lost is not null) HasLost = slots.Values.Any(each => each.Lost is not null);
        return slot;
    }

    public void Remove(SlotId id)
    {
        if (slots.Remove(id, out var slot)) Count(slot, -1);
        free.Remove(id);
    }

    /// <summary>Takes in what was decided about slots alone, and returns those it touched as they now are.</summary>
    public IReadOnlyList<Slot> Fold(Entry entry) => entry switch
    {
        SlotJoined e => [Put(e.Slot)],
        SlotFreed e => [Put(slots[e.Slot] with { Phase = SlotPhase.Free, Leaving = null })],
        SlotQuarantined e => [Put(slots[e.Slot] with { Phase = SlotPhase.Quarantined })],
        WarmWorkerGone e => [Put(slots[e.Slot] with { Warm = null })],
        ForgottenWorkerGone e => [Put(slots[e.Slot] with { Forgotten = [.. slots[e.Slot].Forgotten.Where(worker => worker != e.Worker)] })],
        SlotWithdrawn { IsWithdrawn: true } e => [Put(slots[e.Slot].Forgetting(slots[e.Slot].Warm?.Process) with { IsWithdrawn = true, Warm = null })],
        SlotWithdrawn e => [Put(slots[e.Slot] with { IsWithdrawn = false })],
        NodeLost e => Change(e.Node, slot => slot with { Lost = Loss.After(slot.Lost, e) }),
        NodeReturned e => Change(e.Node, slot => slot with { Lost = null, Epoch = e.Epoch }),
        NodeDrained e => Change(e.Node, slot => slot with { IsDrained = e.IsDrained }),
        _ => throw new InvariantBrokenException($"{entry.GetType().Name} is not about slots alone"),
    };

    private List<Slot> Change(string node, Func<Slot, Slot> change) => [.. SlotsOf(node).ToList().Select(slot => Put(change(slot)))];

    private void Count(Slot slot, int more)
    {
        if (slot.IsWithdrawn)
        {
            withdrawn += more;
            return;
        }

        slotsUpTo[(null, slot.Largest)] = slotsUpTo.GetValueOrDefault((null, slot.Largest)) + more;
        slotsUpTo[(slot.Node, slot.Largest)] = slotsUpTo.GetValueOrDefault((slot.Node, slot.Largest)) + more;
    }

    public Slot Grant(Reservation reservation)
    {
        var slot = slots[reservation.Lease!.Slot];
        Invariant.Holds(slot.Phase == SlotPhase.Free, $"a slot has one lease, {slot.Id} is {slot.Phase}");
        Restore(reservation);
        var taken = slot with { Phase = SlotPhase.Leased, Lease = reservation.Id, Warm = null };
        return Put(reservation.Lease.Idle ? taken : taken.Forgetting(slot.Warm?.Process));
    }

    /// <param name="after">What becomes of the slot: free, free with a warm worker, or draining.</param>
    public Slot End(Reservation reservation, SlotAfter after)
    {
        var space = reservation.Function.Space;
        if (LeasesOf(space) <= 1) leasesOf.Remove(space);
        else leasesOf[space]--;
        Leases--;
        var slot = slots[reservation.Lease!.Slot];
        var worker = reservation.Lease.Worker;
        return Put(after switch
        {
            SlotAfter.Free => slot with { Phase = SlotPhase.Free, Lease = null },
            SlotAfter.Warm => slot with { Phase = SlotPhase.Free, Lease = null, Warm = new WarmWorker(space, reservation.TaskId, worker!) },
            SlotAfter.Draining => slot with { Phase = SlotPhase.Draining, Lease = null, Leaving = worker },
        });
    }

    /// <summary>Puts a lease back after a restart.</summary>
    public void Restore(Reservation leased)
    {
        leasesOf[leased.Function.Space] = LeasesOf(leased.Function.Space) + 1;
        Leases++;
    }

    /// <summary>A wait that broke may be taken up again within <see cref="Departure.ReclaimWithin"/> without losing its place.</summary>
    public void Depart(Reservation ticket, Instant at)
    {
        departures.AddLast(new Departure(ticket.Function.Space, ticket.Event, ticket.TaskId, ticket.ArrivedAt, at));
        while (departures.Count > Departure.Remembered) departures.RemoveFirst();
    }

    /// <summary>A place is reclaimed once: the ticket that has it takes it away.</summary>
    public void Reclaim(Reservation ticket)
    {
        var left = departures.LastOrDefault(left => left.IsOf(ticket.Function.Space, ticket.Event, ticket.TaskId) && left.ArrivedAt == ticket.ArrivedAt);
        if (left is not null) departures.Remove(left);
    }

    public Instant? PlaceKeptFor(SpaceId space, string @event, long taskId, Instant now)
    {
        for (var left = departures.Last; left is not null; left = left.Previous)
            if (left.Value.IsOf(space, @event, taskId) && now - left.Value.At <= Departure.ReclaimWithin) return left.Value.ArrivedAt;
        return null;
    }
}

/// <summary>What becomes of a slot when its lease ends.</summary>
public enum SlotAfter { Free, Warm, Draining }

/// <summary>A ticket whose caller's connection broke, remembered for a moment.</summary>
public sealed record Departure(SpaceId Space, string Event, long TaskId, Instant ArrivedAt, Instant At)
{
    public static readonly TimeSpan ReclaimWithin = TimeSpan.FromSeconds(5);
    public const int Remembered = 256;

    public bool IsOf(SpaceId space, string @event, long taskId) => Space == space && Event == @event && TaskId == taskId;
}
