using Stint.Core.Spaces;
using Stint.Hub.Spaces.Supervision;
using Stint.Tests.Fakes;
using Xunit;

namespace Stint.Tests.Hub.Spaces;

/// <summary>Real processes on a clock that the test moves.</summary>
public sealed class SupervisedSpaceTests : IAsyncLifetime
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LateLook = TimeSpan.FromSeconds(5);

    private readonly RealSpaces spaces = RealSpaces.New();
    private readonly ManualTime time = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => spaces.DisposeAsync().AsTask();

    [Fact]
    public async Task Health_OfOneThatNeverAnswers_IsAnErrorAfterFiveMinutesAndNotBefore()
    {
        var answers = false;
        var watch = spaces.Supervise("exec sleep 300", time, () => answers);
        await WaitingAsync(Look);
        var pid = watch.Health.RootPid;
        await AdvanceAsync(SupervisedSpace.StartLimit - Look);
        await WaitingAsync(Look);
        time.Advance(Look - TimeSpan.FromMilliseconds(1));
        Assert.Equal(SpaceStage.AppStarting, watch.Health.Stage);
        time.Advance(TimeSpan.FromMilliseconds(1));
        await WaitingAsync(LateLook);
        Assert.Equal(SpaceStage.RuntimeError, watch.Health.Stage);
        Assert.Contains("GRADIO_SERVER_PORT", watch.Health.Problem, StringComparison.Ordinal);
        Assert.Equal(pid, watch.Health.RootPid);

        answers = true;
        time.Advance(LateLook);
        await Eventually.True(() => watch.Health is { Stage: SpaceStage.Running, Problem: null }, "it came late and is believed");
        Assert.Equal(pid, watch.Health.RootPid);
    }

    [Fact]
    public async Task Health_OfOneThatCrashes_SaysHowAndItIsStartedAgainWhenTheWaitIsOver()
    {
        var watch = spaces.Supervise("n=$(cat \"$HOME/n\" || echo 0); echo $((n+1)) > \"$HOME/n\"; [ $n = 0 ] && { echo last words; exit 9; }; exec sleep 300", time, () => false);
        await Eventually.True(() => watch.Health.Crashes == 1, "it crashed");
        await WaitingAsync(TimeSpan.FromSeconds(1));
        Assert.Equal((SpaceStage.AppStarting, 9, null, null), (watch.Health.Stage, watch.Health.LastExitCode, watch.Health.RootPid, watch.Health.Address));
        Assert.Contains(watch.Health.LastLines, line => line.EndsWith("last words", StringComparison.Ordinal));
        Assert.Equal("it ended with exit code 9", watch.Health.Problem);

        time.Advance(TimeSpan.FromMilliseconds(999));
        Assert.Null(watch.Health.RootPid);
        time.Advance(TimeSpan.FromMilliseconds(1));
        await Eventually.True(() => watch.Health.RootPid is not null, "it was started again");
        await Eventually.True(() => File.ReadAllText(Path.Combine(spaces.Files.Home, "n")) == "2\n", "it is the second run");
    }

    [Fact]
    public async Task Health_OfOneThatCrashesFiveTimes_IsAnErrorAndStillRetriedEachMinute()
    {
        var watch = spaces.Supervise("exit 1", time, () => false);
        foreach (var (crashes, wait) in ((int, int)[])[(1, 1), (2, 2), (3, 4), (4, 8)])
        {
            await Eventually.True(() => watch.Health.Crashes == crashes, $"crash {crashes}");
            Assert.Equal(SpaceStage.AppStarting, watch.Health.Stage);
            await WaitingAsync(TimeSpan.FromSeconds(wait));
            time.Advance(TimeSpan.FromSeconds(wait));
        }

        for (var crashes = 5; crashes < 8; crashes++)
        {
            await Eventually.True(() => watch.Health.Crashes == crashes, $"crash {crashes}");
            Assert.Equal(SpaceStage.RuntimeError, watch.Health.Stage);
            await WaitingAsync(RestartPolicy.Longest);
            time.Advance(RestartPolicy.Longest);
        }
    }

    [Fact]
    public async Task DisposeAsync_WhileItWaitsToStartAgain_StopsAtOnce()
    {
        var watch = spaces.Supervise("exit 1", time, () => false);
        await Eventually.True(() => watch.Health.Crashes == 1, "it crashed");
        await watch.DisposeAsync();
        Assert.Equal(SpaceStage.Stopped, watch.Health.Stage);
    }

    [Theory]
    [InlineData(true, SpaceStage.Running)]
    [InlineData(false, SpaceStage.RuntimeError)]
    public async Task Health_OfAnUpstream_FollowsWhatItAnswersWithinTenSeconds(bool answers, SpaceStage expected)
    {
        await using var watch = new UpstreamSpace(new("http://127.0.0.1:9"), (_, _) => Task.FromResult(answers), time);
        watch.Start(Task.CompletedTask);
        await WaitingAsync(UpstreamSpace.Every);
        Assert.Equal(expected, watch.Health.Stage);
        Assert.Equal(new Uri("http://127.0.0.1:9"), watch.Health.Address);
        answers = !answers;
        time.Advance(UpstreamSpace.Every - TimeSpan.FromMilliseconds(1));
        Assert.Equal(expected, watch.Health.Stage);
        time.Advance(TimeSpan.FromMilliseconds(1));
        await Eventually.True(() => watch.Health.Stage != expected, "the next look sees the change");
        Assert.Equal(answers, watch.Health.Problem is null);
    }

    /// <summary>The supervisor has done all it can without time going on, and wakes after exactly this.</summary>
    private Task WaitingAsync(TimeSpan wait) => Eventually.True(() => time.NextIn == wait, $"the supervisor waits for {wait}");

    private async Task AdvanceAsync(TimeSpan by)
    {
        for (var left = by; left >= Look; left -= Look)
        {
            await WaitingAsync(Look);
            time.Advance(Look);
        }
    }
}
