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
    /// <param name="resetsAt">The end of the window.</param>
    /// <param name="unheldAfterReset">The same from then on: what still waits counts in the next window, so it is more.</param>
    public static IEnumerable<(Reservation Run, Instant Deadline, bool ForLackOfFunds)> Of(
        IReadOnlyCollection<Reservation> runs, GpuTime unheld, Instant resetsAt, GpuTime unheldAfterReset)
    {
        var dry = DryAt(runs, unheld);
        if (dry >= resetsAt - TimeSpan.FromMilliseconds(1)) dry = DryAt(runs, unheldAfterReset);
        foreach (var run in runs)
        {
            var ceiling = EndOf(run, run.Ceiling);
            var funded = Instant.Max(dry, EndOf(run, run.Floor));
            yield return (run, Instant.Min(ceiling, funded), funded < ceiling);
        }
    }

    /// <summary>
    /// The last moment at which everything drawn past the floors fits into <paramref name="unheld"/>, by the same meter as
    /// every reading: so a request that takes the last millisecond a reading shows never stops a run in the past.
    /// </summary>
    private static Instant DryAt(IReadOnlyCollection<Reservation> runs, GpuTime unheld)
    {
        var (fits, tooLate) = (runs.Min(run => EndOf(run, run.Floor)), runs.Max(run => EndOf(run, run.Ceiling)));
        if (DrawnAt(runs, tooLate) <= unheld) return Instant.Never;
        while (tooLate - fits > TimeSpan.FromMilliseconds(1))
        {
            var middle = new Instant(fits.UnixMilliseconds + ((tooLate.UnixMilliseconds - fits.UnixMilliseconds) / 2));
            if (DrawnAt(runs, middle) <= unheld) fits = middle;
            else tooLate = middle;
        }

        return fits;
    }

    private static GpuTime DrawnAt(IReadOnlyCollection<Reservation> runs, Instant at)
    {
        var drawn = GpuTime.Zero;
        foreach (var run in runs) drawn += run.HeldAt(at) - run.Floor;
        return drawn;
    }

    private static Instant EndOf(Reservation run, GpuTime time) => run.Lease!.MeterStartsAt + run.Weight.Lasts(time);
}
