using Stint.Core.Quota;

namespace Stint.Core.Leasing.Decisions;

/// <summary>Gives free slots to waiting tickets, best first, until no free slot stands beside a ticket that fits it.</summary>
public static class Granting
{
    public static void GrantWhatFits(Books books, Instant now)
    {
        while (books.Pool.FreeCount > 0 && Next(books.Pool) is var (ticket, slot))
            Grant(books, ticket, slot, now);
    }

    private static (Reservation Ticket, Slot Slot)? Next(Pool pool)
    {
        // Nearly always whoever is first can have one.
        if (pool.First() is not { } first) return null;
        if (pool.SlotFor(first) is { } its) return (first, its);
        foreach (var ticket in pool.Queue.InOrder(pool.HasFree))
            if (pool.SlotFor(ticket) is { } slot) return (ticket, slot);
        return null;
    }

    private static void Grant(Books books, Reservation ticket, Slot slot, Instant now)
    {
        var ledger = books.LedgerOf(ticket.Identity);
        var plan = ledger.Plan;
        Invariant.Holds(plan is not null, $"{ticket.Identity} waits, so its plan was seen");
        var window = ledger.OpenWindow(now);
        var reading = ledger.Read(plan, now);
        // Admission saw that it fits. Only a reset onto a lowered plan while it waited can have changed that.
        if (!ledger.Fits(ticket.Own, window, reading.Allowance, now))
        {
            var running = window is null ? GpuTime.Zero : window.Spent + ledger.OwnHeldIn(window, now);
            var reason = new RefusalReason(RefusalCause.QuotaExceeded, ticket.Own, GpuTime.Less(reading.Allowance, running), Requesting.FitsAt(ledger.QueuedFloors, plan, reading));
            Ends.RefuseWaiting(books, ticket, reason, reading, now);
            return;
        }

        var idle = Pool.IsWarmFor(slot, ticket);
        var lease = new Lease(slot.Id, slot.DeviceIndex, slot.DeviceUuid, now, window?.OpenedAt ?? now, idle, idle ? slot.Warm!.Process : null);
        books.Record(new LeaseGranted(now, ticket.Identity, ticket.Id, lease, reading.Allowance, idle ? null : slot.Warm?.Process));
    }
}
