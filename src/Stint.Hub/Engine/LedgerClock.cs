using Stint.Core.Quota;

namespace Stint.Hub.Engine;

/// <summary>
/// Ledger time: begins at the wall clock, never before the last moment already kept, and from there follows the monotonic
/// clock alone. So no step of the wall clock, daylight saving included, gives or takes a second; a wall clock that is off by
/// more than <see cref="Tolerance"/> is reported.
/// </summary>
public sealed class LedgerClock
{
    public static readonly TimeSpan Tolerance = TimeSpan.FromMinutes(5);

    private readonly TimeProvider time;
    private readonly long startTicks;
    private readonly DateTimeOffset start;

    public LedgerClock(TimeProvider time, Instant? notBefore)
    {
        this.time = time;
        startTicks = time.GetTimestamp();
        start = Instant.Max(Instant.From(time.GetUtcNow()), notBefore ?? new Instant(0)).ToUtc();
    }

    public Instant Now => Instant.From(start + time.GetElapsedTime(startTicks));

    /// <summary>Wall clock less ledger clock.</summary>
    public TimeSpan Drift => Instant.From(time.GetUtcNow()) - Now;

    /// <summary>True where an operator has to look at the machine's clock.</summary>
    public bool IsOff => Drift.Duration() > Tolerance;
}
