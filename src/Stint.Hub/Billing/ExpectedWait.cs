using Stint.Core.Leasing;
using Stint.Core.Quota;
using Stint.Hub.Store.Ledgers;

namespace Stint.Hub.Billing;

/// <summary>
/// How long a new request would wait: everything ahead of it, in the queue's own order, put on the slots one after another,
/// each for the time it is expected to take. An estimate, for runs end early and late; a Space's own limit may add to it.
/// </summary>
internal static class ExpectedWait
{
    /// <summary>Past this many open tasks nothing is estimated: advice must stay cheap.</summary>
    public const int MostOpen = 2_000;

    /// <param name="before">The identity's standing without this request.</param>
    /// <returns>Null where no slot fits or too much is open to look at.</returns>
    public static TimeSpan? Of(PoolReading pool, RequestLease request, Ask asked, Standing before, Instant now)
    {
        if (pool.Open is not { } open) return null;
        var freeAt = FreeAt(pool.Slots, open, now);
        foreach (var ticket in Ahead(open, request, asked, before, now))
            if (First(freeAt, ticket.Size) is { } slot)
                freeAt[slot] += ticket.Weight.Lasts(ticket.Expected);
        return First(freeAt, request.Function.Size) is { } mine ? freeAt[mine] - now : null;
    }

    /// <summary>True where a slot serves, now or once its run has ended.</summary>
    public static bool Serves(Slot slot) => slot is { Phase: not SlotPhase.Quarantined, Lost: null, IsDrained: false, IsWithdrawn: false };

    private static Dictionary<Slot, Instant> FreeAt(IReadOnlyList<Slot> slots, IReadOnlyList<Reservation> open, Instant now)
    {
        var running = open.Where(run => run.Lease is not null).ToDictionary(run => run.Lease!.Slot);
        return slots.Where(Serves).ToDictionary(slot => slot, slot =>
            running.TryGetValue(slot.Id, out var run) ? Instant.Max(now, run.Lease!.MeterStartsAt + run.Weight.Lasts(run.Expected)) : now);
    }

    /// <summary>
    /// What goes before the request: by the queue's key, this identity's own tickets with the request's GPU time in it. What
    /// others have spent is not read for advice, so they stand a little further ahead here than in the queue.
    /// </summary>
    private static IEnumerable<Reservation> Ahead(IReadOnlyList<Reservation> open, RequestLease request, Ask asked, Standing before, Instant now)
    {
        var standings = open.GroupBy(run => run.Identity).ToDictionary(own => own.Key, own => new Standing(
            own.Aggregate(GpuTime.Zero, (sum, run) => sum + run.Expected), null, own.Max(run => run.Lease?.GrantedAt ?? default)));
        standings[request.Identity] = before with { Outstanding = before.Outstanding + asked.Expected };
        var key = Queue.KeyOf(now, standings[request.Identity], asked.Expected, request.Plan.Priority);
        return open.Where(run => run.Phase == ReservationPhase.Queued)
            .Select(ticket => (Key: Queue.KeyOf(ticket.ArrivedAt, standings[ticket.Identity], ticket.Expected, ticket.Priority), Ticket: ticket))
            .Where(place => place.Key <= key)
            .OrderBy(place => place.Key).ThenBy(place => place.Ticket.Id)
            .Select(place => place.Ticket);
    }

    private static Slot? First(Dictionary<Slot, Instant> freeAt, SlotSize size) =>
        freeAt.Where(slot => slot.Key.Fits(size)).OrderBy(slot => slot.Value).ThenBy(slot => slot.Key.Id).Select(slot => slot.Key).FirstOrDefault();
}
