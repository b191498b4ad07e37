using Stint.Core.Identities;
using Stint.Core.Quota;

namespace Stint.Core.Leasing.Forecasts;

/// <summary>
/// What a forecast reads of the pool, as it was at one moment: never changes, so any thread may read it. Bounded: where more
/// waits than <see cref="MostWaiting"/>, <see cref="Waiting"/> is what arrived first of it.
/// </summary>
/// <param name="Running">Leased reservations.</param>
/// <param name="Waiting">Queued ones, in order of arrival.</param>
/// <param name="Standings">Of every identity that waits.</param>
/// <param name="Unseen">How many wait beyond those in <paramref name="Waiting"/>.</param>
public sealed record PoolPicture(
    Instant At, IReadOnlyList<Slot> Slots, IReadOnlyList<Reservation> Running, IReadOnlyList<Reservation> Waiting,
    IReadOnlyDictionary<IdentityId, Standing> Standings, int Unseen)
{
    /// <summary>Past so many tickets no forecast is made: advice must stay cheap.</summary>
    public const int MostWaiting = 5_000;

    public static readonly PoolPicture Empty = new(default, [], [], [], new Dictionary<IdentityId, Standing>(), 0);

    /// <summary>The slots on which something may be granted, now or when what holds them ends.</summary>
    public IEnumerable<Slot> Usable => Slots.Where(slot => slot.Serves);

    public static PoolPicture Of(Books books, Instant now)
    {
        var running = new List<Reservation>();
        foreach (var slot in books.Pool.Slots.Values)
            if (slot.Lease is { } id && books.Find(id) is { } run) running.Add(run);
        var waiting = books.Pool.Queue.Tickets().Take(MostWaiting).ToList();
        waiting.Sort((a, b) => a.ArrivedAt == b.ArrivedAt ? a.Id.CompareTo(b.Id) : a.ArrivedAt.CompareTo(b.ArrivedAt));
        var standings = waiting.Select(ticket => ticket.Identity).Distinct().ToDictionary(identity => identity, identity => books.LedgerOf(identity).Standing);
        return new(now, [.. books.Pool.Slots.Values], running, waiting, standings, books.Pool.Queue.Count - waiting.Count);
    }
}
