namespace Stint.Core.Quota;

/// <summary>What stops a run.</summary>
public enum StopCause
{
    /// <summary>It comes to its declared duration.</summary>
    Ceiling,
    /// <summary>Its purses hold no more for it.</summary>
    Funds,
    /// <summary>What it holds under a cap ends.</summary>
    Cap,
}

/// <summary>When one leased run must stop.</summary>
/// <param name="FromAllowance">The most its identity's allowance pays of it; purses beyond it pay the rest, as far as it holds them.</param>
public readonly record struct RunEnd(Reservation Run, Instant Deadline, StopCause Cause, GpuTime FromAllowance)
{
    /// <summary>The most its purses pay of it together: what is past that is the house's.</summary>
    public GpuTime Funded => FromAllowance + (Run.Floor - Run.Own);
}

/// <summary>
/// When the runs of one window must stop. Each run is sure of its floor. Past it, runs draw on what nobody holds of the
/// allowance; at the moment that is used up, those that draw use up what they hold of other purses and stop, and those still
/// within their floor finish it. The house may let one go on for a moment then. No run passes its ceiling, nor what it holds under a cap. So the sum of all charges never passes
/// what is there, whatever the runs do (decisions 0002 and 0010).
/// </summary>
public static class Deadlines
{
    /// <param name="runs">The leased reservations of one window.</param>
    /// <param name="unheld">Allowance less spent, less the own part of every floor: what runs may draw on past it.</param>
    /// <param name="resetsAt">The end of the window.</param>
    /// <param name="unheldAfterReset">The same from then on: what still waits counts in the next window, so it is more.</param>
    public static RunEnd[] Of(ReadOnlySpan<Reservation> runs, GpuTime unheld, Instant resetsAt, GpuTime unheldAfterReset)
    {
        var ends = new RunEnd[runs.Length];
        if (ends.Length == 0) return ends;
        var dry = DryAt(runs, unheld);
        if (dry >= resetsAt - TimeSpan.FromMilliseconds(1)) dry = DryAt(runs, unheldAfterReset);
        for (var i = 0; i < ends.Length; i++) ends[i] = EndOf(runs[i], dry);
        return ends;
    }

    private static RunEnd EndOf(Reservation run, Instant dry)
    {
        var ceiling = EndOf(run, run.Ceiling);
        var own = dry == Instant.Never ? run.Ceiling : run.OwnHeldAt(dry);
        var funded = run.Shares.Count == 0 ? Instant.Max(dry, EndOf(run, run.Own)) : dry == Instant.Never ? dry : EndOf(run, own + (run.Floor - run.Own));
        if (funded != Instant.Never) funded += run.Courtesy;
        var capped = run.Caps.Count == 0 ? Instant.Never : EndOf(run, LeastCap(run));
        return funded < ceiling && funded <= capped ? new(run, funded, StopCause.Funds, own)
            : capped < ceiling ? new(run, capped, StopCause.Cap, own)
            : new(run, ceiling, StopCause.Ceiling, own);
    }

    private static GpuTime LeastCap(Reservation run) => run.Caps.Aggregate(run.Ceiling, (least, cap) => GpuTime.Min(least, cap.Held));

    /// <summary>
    /// The last moment at which everything drawn past the floors fits into <paramref name="unheld"/>, by the same meter as
    /// every reading: so a request that takes the last millisecond a reading shows never stops a run in the past.
    /// </summary>
    private static Instant DryAt(ReadOnlySpan<Reservation> runs, GpuTime unheld)
    {
        var (fits, tooLate) = (Instant.Never, new Instant(long.MinValue));
        foreach (var run in runs) (fits, tooLate) = (Instant.Min(fits, EndOf(run, run.Own)), Instant.Max(tooLate, EndOf(run, run.Ceiling)));
        if (DrawnAt(runs, tooLate) <= unheld) return Instant.Never;
        while (tooLate - fits > TimeSpan.FromMilliseconds(1))
        {
            var middle = new Instant(fits.UnixMilliseconds + ((tooLate.UnixMilliseconds - fits.UnixMilliseconds) / 2));
            if (DrawnAt(runs, middle) <= unheld) fits = middle;
            else tooLate = middle;
        }

        return fits;
    }

    private static GpuTime DrawnAt(ReadOnlySpan<Reservation> runs, Instant at)
    {
        var drawn = GpuTime.Zero;
        foreach (var run in runs) drawn += run.OwnHeldAt(at) - run.Own;
        return drawn;
    }

    private static Instant EndOf(Reservation run, GpuTime time) => run.Lease!.MeterStartsAt + run.Weight.Lasts(time);
}
