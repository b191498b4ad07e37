using Stint.Hub.Accounts;
using Stint.Tests.Fakes;
using Xunit;

namespace Stint.Tests.Hub.Accounts;

public sealed class SignInThrottleTests
{
    private readonly ManualTime time = new();
    private readonly SignInThrottle throttle;

    public SignInThrottleTests() => throttle = new(time);

    [Fact]
    public void Enter_OfOneAccountFromManyAddresses_EndsAtItsBound()
    {
        for (var i = 0; i < SignInThrottle.TriesOfAccount; i++) Assert.Null(throttle.Enter($"10.0.0.{i}", i % 2 == 0 ? "ada" : "ADA"));
        Assert.Equal(SignInThrottle.OneMoreAfter, throttle.Enter("10.0.1.1", "ada"));
        Assert.Null(throttle.Enter("10.0.1.1", "bob"));
    }

    [Fact]
    public void Enter_OfManyAccountsFromOneAddress_EndsAtItsBound()
    {
        for (var i = 0; i < SignInThrottle.TriesOfAddress; i++) Assert.Null(throttle.Enter("10.0.0.1", $"name{i}"));
        Assert.Equal(SignInThrottle.OneMoreAfter / 3, throttle.Enter("10.0.0.1", "ada"));
        Assert.Null(throttle.Enter("10.0.0.2", "ada"));
    }

    [Theory]
    [InlineData(-1, false)]
    [InlineData(0, true)]
    public void Enter_AroundItsWait_IsPossibleOnlyAfter(int milliseconds, bool possible)
    {
        for (var i = 0; i < SignInThrottle.TriesOfAccount; i++) throttle.Enter("10.0.0.1", "ada");
        time.Advance(SignInThrottle.OneMoreAfter + TimeSpan.FromMilliseconds(milliseconds));
        Assert.Equal(possible, throttle.Enter("10.0.0.1", "ada") is null);
    }

    [Fact]
    public void Succeeded_AfterTries_ForgetsThemForTheAccountAlone()
    {
        for (var i = 0; i < SignInThrottle.TriesOfAccount; i++) throttle.Enter("10.0.0.1", "ada");
        throttle.Succeeded("10.0.0.1", "ada");
        Assert.Null(throttle.Enter("10.0.0.1", "ada"));
        for (var i = 0; i < SignInThrottle.TriesOfAddress - SignInThrottle.TriesOfAccount; i++) throttle.Enter("10.0.0.1", $"name{i}");
        Assert.NotNull(throttle.Enter("10.0.0.1", "carol"));
    }

    [Fact]
    public void Enter_UnderAFloodOfNames_RemembersNoMoreThanItsBoundAndKeepsWhoTriedMost()
    {
        for (var i = 0; i < SignInThrottle.TriesOfAccount; i++) throttle.Enter("10.9.9.9", "ada");
        for (var i = 0; i < (SignInThrottle.Remembered / 2) + 500; i++) throttle.Enter($"10.{i / 65536}.{i / 256 % 256}.{i % 256}", $"{i}{new string('x', 100)}");
        Assert.InRange(throttle.Count, 1, SignInThrottle.Remembered);
        Assert.NotNull(throttle.Enter("10.200.0.1", "ada"));
    }
}
