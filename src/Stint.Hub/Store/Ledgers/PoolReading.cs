using Stint.Core.Leasing;
using Stint.Core.Leasing.Forecasts;
using Stint.Core.Quota;

namespace Stint.Hub.Store.Ledgers;

/// <summary>The pool as last committed.</summary>
/// <param name="Open">All that waits and runs; null where it is too much to look at for advice.</param>
public sealed record PoolReading(IReadOnlyList<Slot> Slots, int Waiting, int WaitingOfIdentity, IReadOnlyList<Reservation>? Open)
{
    /// <summary>Past this many open tasks nothing is estimated: advice must stay cheap.</summary>
    public const int MostOpen = 2_000;

    /// <summary>
    /// How long a task that came now would wait, by the forecast that tickets are told by. What others have spent is not read
    /// for advice, so they stand a little further ahead here than in the queue.
    /// </summary>
    /// <param name="before">Its identity's standing without it.</param>
    /// <returns>Null where no slot serves it or too much is open to look at.</returns>
    public TimeSpan? WaitOf(Newcomer newcomer, Standing before, Instant now) => Open is null ? null : newcomer.WaitIn(PictureAt(now), before);

    private PoolPicture PictureAt(Instant now)
    {
        var waiting = Open!.Where(run => run.Phase == ReservationPhase.Queued).OrderBy(ticket => ticket.ArrivedAt).ThenBy(ticket => ticket.Id).ToList();
        var standings = Open!.GroupBy(run => run.Identity).ToDictionary(own => own.Key, own => new Standing(
            own.Aggregate(GpuTime.Zero, (sum, run) => sum + run.Expected), null, own.Max(run => run.Lease?.GrantedAt ?? default)));
        return new(now, Slots, [.. Open!.Where(run => run.Lease is not null)], waiting, standings, 0);
    }
}
