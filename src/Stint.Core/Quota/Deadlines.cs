namespace Stint.Core.Quota;

/// <summary>
/// When the runs of one window must stop. Each run is sure of its floor. Past it, runs draw on what nobody holds; at the
/// moment that is used up, those that draw stop, and those still within their floor finish it. No run passes its ceiling.
/// So the sum of all charges never passes the allowance, whatever the runs do (decision 0002).
/// </summary>
public static class Deadlines
{
    /// <param name="runs">The leased reservations of one window.</param>
    /// <param name="unheld">Allowance less spent, less every floor: what runs may draw on past their floors.</param>
    public static IEnumerable<(Reservation Run, Instant Deadline, bool ForLackOfFunds)> Of(IReadOnlyCollection<Reservation> runs, GpuTime unheld)
    {
        var dry = DryAt(runs, unheld);
        foreach (var run in runs)
        {
            var ceiling = EndOf(run, run.Ceiling);
            var funded = Instant.Max(dry, EndOf(run, run.Floor));
            yield return (run, Instant.Min(ceiling, funded), funded < ceiling);
        }
    }

    /// <summary>The last moment at which everything drawn past the floors still fits into <paramref name="unheld"/>.</summary>
    private static Instant DryAt(IReadOnlyCollection<Reservation> runs, GpuTime unheld)
    {
        // In millionths of a second of GPU time, so that weights in thousandths stay exact.
        long drawn = 0, rate = 0, budget = unheld.Milliseconds * 1000;
        var at = new Instant(0);
        foreach (var (time, change) in Steps(runs))
        {
            var span = time.UnixMilliseconds - at.UnixMilliseconds;
            if (rate > 0 && drawn + (rate * span) > budget)
                return new Instant(at.UnixMilliseconds + ((budget - drawn) / rate));
            drawn += rate * span;
            rate += change;
            at = time;
        }

        return Instant.Never;
    }

    /// <summary>Where the rate of drawing changes: up by its weight where a run passes its floor, down where it meets its ceiling.</summary>
    private static IEnumerable<(Instant At, int Change)> Steps(IReadOnlyCollection<Reservation> runs) => runs
        .Where(run => run.Ceiling > run.Floor)
        .SelectMany(run => new[] { (At: EndOf(run, run.Floor), Change: run.Weight.Thousandths), (At: EndOf(run, run.Ceiling), Change: -run.Weight.Thousandths) })
        .OrderBy(step => step.At);

    private static Instant EndOf(Reservation run, GpuTime time) => run.Lease!.MeterStartsAt + run.Weight.Lasts(time);
}
