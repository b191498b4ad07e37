using Stint.Hub.Accounts;
using Stint.Tests.Fakes;
using Xunit;

namespace Stint.Tests.Hub.Accounts;

public sealed class SignInThrottleTests : IDisposable
{
    private readonly ManualTime time = new();
    private readonly SignInThrottle throttle;

    public SignInThrottleTests() => throttle = new(time);

    public void Dispose() => throttle.Dispose();

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

    /// <summary>From all over the world, each with a name of its own: what is remembered stays bounded, and so does the work of it.</summary>
    [Fact]
    public void Enter_OfAFloodFromEverywhere_StaysBoundedAndQuick()
    {
        for (var i = 0; i < SignInThrottle.TriesOfAccount; i++) throttle.Enter("10.9.9.9", "ada");
        var started = System.Diagnostics.Stopwatch.GetTimestamp();
        for (var i = 0; i < 100_000; i++)
        {
            throttle.Enter($"2001:db8:{i / 65536:x}:{i % 65536:x}::/64", $"name{i}");
            Assert.InRange(throttle.Count, 1, SignInThrottle.Remembered);
        }

        Assert.NotNull(throttle.Enter("10.200.0.1", "ada"));
        Assert.InRange(System.Diagnostics.Stopwatch.GetElapsedTime(started), TimeSpan.Zero, TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task InTurn_PastTheMostThatWait_IsRefusedAtOnce()
    {
        using var held = new ManualResetEventSlim();
        var waiting = Enumerable.Range(0, SignInThrottle.MostWaiting).Select(_ => Task.Run(() => throttle.InTurnAsync(held.Wait, CancellationToken.None))).ToList();
        await Fakes.Eventually.True(() => throttle.Waiting == SignInThrottle.MostWaiting);

        Assert.False(await throttle.InTurnAsync(() => Assert.Fail("looked at though it was not its turn"), CancellationToken.None));
        held.Set();

        Assert.All(await Task.WhenAll(waiting), Assert.True);
        Assert.Equal(0, throttle.Waiting);
        Assert.True(await throttle.InTurnAsync(() => { }, CancellationToken.None));
    }

    [Fact]
    public async Task InTurn_OfWhoeverGoesAway_LeavesNoTrace()
    {
        using var held = new ManualResetEventSlim();
        var busy = Enumerable.Range(0, Environment.ProcessorCount).Select(_ => Task.Run(() => throttle.InTurnAsync(held.Wait, CancellationToken.None))).ToList();
        await Fakes.Eventually.True(() => throttle.Waiting == busy.Count);
        using var gone = new CancellationTokenSource();
        var waits = throttle.InTurnAsync(() => { }, gone.Token);
        await gone.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waits);
        held.Set();
        await Task.WhenAll(busy);

        Assert.Equal(0, throttle.Waiting);
    }
}
