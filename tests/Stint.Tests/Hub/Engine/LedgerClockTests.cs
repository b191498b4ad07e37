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

    /// <summary>One second in, one second out, however often the wall is moved in between; and none is seen twice.</summary>
    [Theory, Trait("Behaviour", "B35")]
    [InlineData(1)]
    [InlineData(-1)]
    [InlineData(-3_600)]
    [InlineData(3_600)]
    [InlineData(86_400)]
    public void Clock_WhileTheWallIsMovedAgainAndAgain_GivesNoSecondTwiceAndLosesNone(double step)
    {
        var time = new Wall();
        var clock = new LedgerClock(time, null);
        var seen = new List<Instant> { clock.Now };
        for (var i = 0; i < 1_000; i++)
        {
            time.Elapse(1);
            time.Step(i % 2 == 0 ? step : i % 3 == 0 ? 2 * step : -step);
            seen.Add(clock.Now);
        }

        Assert.Equal(Enumerable.Range(0, 1_001).Select(i => Instant.From(Start) + TimeSpan.FromSeconds(i)), seen);
    }

    /// <summary>Clocks go forward and back in this zone within the hours looked at; ledger time does not know of it.</summary>
    [Theory]
    [InlineData("2026-03-29T00:30:00Z")]
    [InlineData("2026-10-25T00:30:00Z")]
    public void Instant_AroundAChangeToOrFromSummerTime_IsUtcAndGoesOnByTheSecond(string from)
    {
        var berlin = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin");
        var start = DateTimeOffset.Parse(from);
        Assert.NotEqual(berlin.GetUtcOffset(start), berlin.GetUtcOffset(start.AddHours(1)));
        for (var second = 0; second <= 7_200; second++)
        {
            var local = TimeZoneInfo.ConvertTime(start.AddSeconds(second), berlin);
            Assert.Equal(Instant.From(start) + TimeSpan.FromSeconds(second), Instant.From(local));
        }
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
