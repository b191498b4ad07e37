using Stint.Core;
using Stint.Core.Quota;
using Xunit;

namespace Stint.Tests.Core.Quota;

public sealed class AmountTests
{
    [Fact]
    public void GpuTime_BelowNothing_IsAProgrammersError()
    {
        Assert.Throws<InvariantBrokenException>(() => new GpuTime(-1));
        Assert.Throws<InvariantBrokenException>(() => new GpuTime(1) - new GpuTime(2));
        Assert.Equal(GpuTime.Zero, new GpuTime(2) - new GpuTime(2));
    }

    [Fact]
    public void GpuTime_PastItsLargest_OverflowsLoudly()
    {
        Assert.Throws<OverflowException>(() => new GpuTime(long.MaxValue) + new GpuTime(1));
        Assert.Throws<OverflowException>(() => GpuTime.FromSeconds(long.MaxValue / 1000 + 1));
    }

    [Theory]
    [InlineData(5, 5, 0)]
    [InlineData(6, 5, 1)]
    [InlineData(5, 6, 0)]
    public void Less_OfTwoAmounts_IsNeverBelowNothing(long a, long b, long expected) =>
        Assert.Equal(new GpuTime(expected), GpuTime.Less(new(a), new(b)));

    [Theory]
    [InlineData(999, 0)]
    [InlineData(1000, 1)]
    [InlineData(1999, 1)]
    [InlineData(2000, 2)]
    public void WholeSeconds_OfMilliseconds_RoundsDown(long milliseconds, long seconds) =>
        Assert.Equal(seconds, new GpuTime(milliseconds).WholeSeconds);

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public void Weight_NotPositive_IsAProgrammersError(int thousandths) =>
        Assert.Throws<InvariantBrokenException>(() => new Weight(thousandths));

    [Theory]
    [InlineData(1000, 1, 1)]
    [InlineData(1500, 1, 1)]
    [InlineData(1500, 2, 3)]
    [InlineData(1500, 3, 4)]
    [InlineData(2000, 3, 6)]
    [InlineData(1, 999, 0)]
    [InlineData(1, 1000, 1)]
    [InlineData(1500, -5, 0)]
    public void Charge_OfMeasuredTime_RoundsDown(int thousandths, long milliseconds, long charged) =>
        Assert.Equal(new GpuTime(charged), new Weight(thousandths).Charge(TimeSpan.FromMilliseconds(milliseconds)));

    [Theory]
    [InlineData(1000, 1, 1)]
    [InlineData(1500, 1, 2)]
    [InlineData(1500, 2, 3)]
    [InlineData(1500, 3, 5)]
    [InlineData(1, 1, 1)]
    [InlineData(1, 1000, 1)]
    [InlineData(1, 1001, 2)]
    public void Hold_OfAskedTime_RoundsUp(int thousandths, long milliseconds, long held) =>
        Assert.Equal(new GpuTime(held), new Weight(thousandths).Hold(TimeSpan.FromMilliseconds(milliseconds)));

    [Theory]
    [InlineData(1000, 7, 7)]
    [InlineData(1500, 1, 0)]
    [InlineData(1500, 2, 1)]
    [InlineData(1500, 3, 2)]
    [InlineData(2000, 3, 1)]
    public void Lasts_OnAnAmount_RoundsDown(int thousandths, long amount, long milliseconds) =>
        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), new Weight(thousandths).Lasts(new(amount)));

    [Theory]
    [InlineData(1)]
    [InlineData(333)]
    [InlineData(1000)]
    [InlineData(1500)]
    [InlineData(2000)]
    public void Weight_OfAnySize_NeverChargesMoreThanWhatARunLastsOn(int thousandths)
    {
        var weight = new Weight(thousandths);
        for (var amount = 0; amount < 5000; amount++)
        {
            Assert.True(weight.Charge(weight.Lasts(new(amount))) <= new GpuTime(amount));
            Assert.True(weight.Lasts(weight.Hold(TimeSpan.FromMilliseconds(amount))) >= TimeSpan.FromMilliseconds(amount));
        }
    }

    [Theory]
    [InlineData(1500, 2999, 1)]
    [InlineData(1500, 3000, 2)]
    [InlineData(2000, 59_999, 29)]
    [InlineData(2000, 60_000, 30)]
    public void WholeSecondsOf_AnAmount_RoundsDownAsTheWireDoes(int thousandths, long amount, long seconds) =>
        Assert.Equal(seconds, new Weight(thousandths).WholeSecondsOf(new(amount)));

    [Fact]
    public void Instant_Never_IsAfterEverything() => Assert.True(new Instant(253_402_300_799_999) < Instant.Never);
}
