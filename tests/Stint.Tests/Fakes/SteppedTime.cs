using Stint.Core.Quota;

namespace Stint.Tests.Fakes;

/// <summary>Time that moves only when a test says so; wall clock and monotonic clock together.</summary>
internal sealed class SteppedTime(Instant start) : TimeProvider
{
    private TimeSpan elapsed;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public void Advance(TimeSpan by) => elapsed += by;

    public override long GetTimestamp() => elapsed.Ticks;

    public override DateTimeOffset GetUtcNow() => start.ToUtc() + elapsed;
}
