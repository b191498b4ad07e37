using Stint.Core.Quota;
using Stint.Hub.Engine;
using Xunit;

namespace Stint.Tests.Hub.Engine;

/// <summary>Ledger time against a wall clock that is moved: no step gives or takes a second.</summary>
public sealed class LedgerClockTests
{
    private static readonly DateTimeOffset Start = new(2026, 3, 29, 0, 59, 50, TimeSpan.Zero);

    [Theory, Trait("Behaviour", "B35")]
    [InlineData(0, false)]
    [InlineData(-3_600, true)]
    [InlineData(3_600, true)]
    [InlineData(300, false)]
    [InlineData(301, true)]
    [InlineData(-300, false)]
    [InlineData(-301, true)]
    [InlineData(86_400 * 400, true)]
    public void Clock_WhenTheWallIsMoved_GoesOnByTheSecondAndSaysSo(double step, bool isOff)
    {
        var time = new Wall();
        var clock = new LedgerClock(time, null);
        time.Elapse(10);
        time.Step(step);
        Assert.Equal((Instant.From(Start) + TimeSpan.FromSeconds(10), isOff), (clock.Now, clock.IsOff));
    }

    [Theory]
    [InlineData(-5, 0)]
    [InlineData(0, 0)]
    [InlineData(5, 5)]
    public void Clock_OfAHubThatComesBack_NeverStartsBeforeWhatIsKept(double keptSecondsLater, double startsAt)
    {
        var clock = new LedgerClock(new Wall(), Instant.From(Start.AddSeconds(keptSecondsLater)));
        Assert.Equal(Instant.From(Start.AddSeconds(startsAt)), clock.Now);
    }

    private sealed class Wall : TimeProvider
    {
        private TimeSpan elapsed, stepped;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public void Elapse(double seconds) => elapsed += TimeSpan.FromSeconds(seconds);

        public void Step(double seconds) => stepped += TimeSpan.FromSeconds(seconds);

        public override long GetTimestamp() => elapsed.Ticks;

        public override DateTimeOffset GetUtcNow() => Start + elapsed + stepped;
    }
}
