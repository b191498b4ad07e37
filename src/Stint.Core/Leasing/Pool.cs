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
    private readonly SortedDictionary<SlotId, Slot> slots = [];
    private readonly FreeSlots free = new();
    private readonly int[] slotsUpTo = new int[Enum.GetValues<SlotSize>().Length];
    private readonly Dictionary<SpaceId, int> leasesOf = [];
    private readonly LinkedList<Departure> departures = [];

    public Queue Queue { get; } = new(order);
    public IReadOnlyDictionary<SlotId, Slot> Slots => slots;

    /// <summary>Live leases on all slots together.</summary>
    public int Leases { get; private set; }

    public int LeasesOf(SpaceId space) => leasesOf.GetValueOrDefault(space);

    public bool CouldServe(SlotSize size) => slotsUpTo[(int)size..].Any(count => count > 0);

    /// <summary>The free slot this ticket would get; null where none fits or its Space holds as many leases as it may.</summary>
    public Slot? SlotFor(Reservation ticket) =>
        IsAtItsSpacesLimit(ticket) ? null : free.BestFor(ticket.Size, ticket.Function.Space, ticket.TaskId);

    public static bool IsWarmFor(Slot slot, Reservation ticket) =>
        slot.Warm is { } warm && warm.Space == ticket.Function.Space && warm.TaskId == ticket.TaskId;

    /// <summary>Why a waiting ticket waits: true where its own Space's limit holds it back although a slot is free.</summary>
    public bool WaitsForItsSpace(Reservation ticket) =>
        IsAtItsSpacesLimit(ticket) && free.Largest >= ticket.Size;

    private bool IsAtItsSpacesLimit(Reservation ticket) => ticket.SpaceConcurrency is { } limit && LeasesOf(ticket.Function.Space) >= limit;

    public int FreeCount => free.Count;

    /// <summary>The largest size that a free slot serves; null where none is free.</summary>
    public SlotSize? LargestFree => free.Largest;

    public Slot Put(Slot slot)
    {
        if (slots.TryGetValue(slot.Id, out var before)) slotsUpTo[(int)before.Largest]--;
        slotsUpTo[(int)slot.Largest]++;
        slots[slot.Id] = slot;
        free.Put(slot);
        return slot;
    }

    public void Remove(SlotId id)
    {
        if (slots.Remove(id, out var slot)) slotsUpTo[(int)slot.Largest]--;
        free.Remove(id);
    }

    public Slot Grant(Reservation reservation)
    {
        var slot = slots[reservation.Lease!.Slot];
        Invariant.Holds(slot.Phase == SlotPhase.Free, $"a slot has one lease, {slot.Id} is {slot.Phase}");
        Restore(reservation);
        return Put(slot with { Phase = SlotPhase.Leased, Lease = reservation.Id, Warm = null });
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

    public Instant? PlaceKeptFor(SpaceId space, string @event, long taskId, Instant now) => departures
        .Where(left => left.IsOf(space, @event, taskId) && now - left.At <= Departure.ReclaimWithin)
        .Select(left => (Instant?)left.ArrivedAt).LastOrDefault();
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
