using Stint.Hub.Spaces.Supervision;
using Xunit;

namespace Stint.Tests.Hub.Spaces;

public sealed class RestartPolicyTests
{
    private static readonly TimeSpan Apart = TimeSpan.FromMinutes(9);

    [Fact]
    public void Crashed_AgainAndAgain_WaitsTwiceAsLongUpToAMinute()
    {
        var policy = new RestartPolicy(() => 0);
        var waits = Enumerable.Range(0, 8).Select(i => policy.Crashed(i * Apart, TimeSpan.Zero).TotalSeconds);
        Assert.Equal([1, 2, 4, 8, 16, 32, 60, 60], waits);
        Assert.False(policy.IsLooping);
    }

    [Theory]
    [InlineData(59.999, 2)]
    [InlineData(60, 1)]
    public void Crashed_AfterAnsweringForAWhile_StartsOverFromAMinuteOn(double answeredSeconds, double expected)
    {
        var policy = new RestartPolicy(() => 0);
        policy.Crashed(TimeSpan.Zero, TimeSpan.Zero);
        Assert.Equal(expected, policy.Crashed(Apart, TimeSpan.FromSeconds(answeredSeconds)).TotalSeconds);
    }

    [Theory]
    [InlineData(600_000, true)]
    [InlineData(600_001, false)]
    public void Crashed_FiveTimes_IsALoopWithinTenMinutes(int fifthAtMilliseconds, bool expected)
    {
        var policy = new RestartPolicy(() => 0);
        for (var i = 0; i < 4; i++)
        {
            policy.Crashed(TimeSpan.FromSeconds(i), TimeSpan.Zero);
            Assert.False(policy.IsLooping);
        }

        var wait = policy.Crashed(TimeSpan.FromMilliseconds(fifthAtMilliseconds), TimeSpan.Zero);
        Assert.Equal(expected, policy.IsLooping);
        Assert.Equal(expected ? 60 : 16, wait.TotalSeconds);
    }

    [Fact]
    public void Crashed_HealthyAfterALoop_IsNoLoopAnyMore()
    {
        var policy = new RestartPolicy(() => 0);
        for (var i = 0; i < 5; i++) policy.Crashed(TimeSpan.FromSeconds(i), TimeSpan.Zero);
        Assert.True(policy.IsLooping);
        Assert.Equal(1, policy.Crashed(TimeSpan.FromSeconds(70), RestartPolicy.Healthy).TotalSeconds);
        Assert.False(policy.IsLooping);
        Assert.Equal(2, policy.Crashed(TimeSpan.FromSeconds(72), TimeSpan.Zero).TotalSeconds);
    }

    [Fact]
    public void Crashed_WithJitter_WaitsAtMostAFifthLongerAndNeverOverAMinute()
    {
        var policy = new RestartPolicy(() => 1);
        var waits = Enumerable.Range(0, 7).Select(i => policy.Crashed(i * Apart, TimeSpan.Zero).TotalSeconds).ToArray();
        Assert.Equal(1.2, waits[0], 6);
        Assert.Equal(38.4, waits[5], 6);
        Assert.Equal(60, waits[6]);
    }
}
