using Stint.Core.Leasing;
using Stint.Core.Spaces;
using Stint.Hub.Spaces.Care;
using Stint.Tests.Fakes;
using Xunit;

namespace Stint.Tests.Hub.Spaces.Care;

/// <summary>Real processes on a clock that the test moves.</summary>
public sealed class SleepTests : IAsyncLifetime
{
    private static readonly TimeSpan After = TimeSpan.FromMinutes(10);

    private readonly ManualTime time = new();
    private readonly SpaceUse use;
    private readonly RealSpaces spaces;
    private bool hasEvents;

    public SleepTests()
    {
        use = new SpaceUse(time, _ => hasEvents);
        spaces = RealSpaces.New(new() { IdleFor = use.IdleFor, Used = use.Used, SleepsAfter = After });
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => spaces.DisposeAsync().AsTask();

    [Fact]
    public async Task Space_ThatNobodyUses_FallsAsleepAndAVisitWakesIt()
    {
        var watch = spaces.Supervise("exec sleep 300", time, () => true);
        await Eventually.True(() => watch.Health.Stage == SpaceStage.Running, "it runs");
        var pid = watch.Health.RootPid;
        await PassAsync(After - TimeSpan.FromSeconds(1));
        Assert.Equal(SpaceStage.Running, watch.Health.Stage);
        await PassAsync(TimeSpan.FromSeconds(1));
        await Eventually.True(() => watch.Health.Stage == SpaceStage.Sleeping, "it sleeps");
        Assert.Equal((null, null, 0), (watch.Health.RootPid, watch.Health.Problem, watch.Health.Crashes));
        Assert.False(Directory.Exists($"/proc/{pid}"));
        watch.Wake();
        await Eventually.True(() => watch.Health is { Stage: SpaceStage.Running, IsWaking: false, RootPid: not null }, "it runs again");
        Assert.Contains(spaces.Log.Last(10), line => line.Contains("asleep, because nobody used it", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("visit")]
    [InlineData("event")]
    public async Task Space_ThatIsUsed_StaysAwakeAndBeginsToRestWhenThatEnds(string kind)
    {
        var watch = spaces.Supervise("exec sleep 300", time, () => true);
        await Eventually.True(() => watch.Health.Stage == SpaceStage.Running, "it runs");
        var visit = kind == "visit" ? use.Visit(RealSpaces.Id) : null;
        hasEvents = kind == "event";
        await PassAsync(2 * After);
        Assert.Equal(SpaceStage.Running, watch.Health.Stage);
        visit?.Dispose();
        (hasEvents, _) = (false, use.IdleFor(RealSpaces.Id));
        await PassAsync(After - TimeSpan.FromMinutes(1));
        Assert.Equal(SpaceStage.Running, watch.Health.Stage);
        await PassAsync(TimeSpan.FromMinutes(2));
        await Eventually.True(() => watch.Health.Stage == SpaceStage.Sleeping, "it sleeps");
    }

    [Fact]
    public void Use_WhileATaskWaitsOrRuns_LastsUntilItEnds()
    {
        var (step, now) = (Trial.WithSlots(1), RealSpaces.Id);
        step.Run("a", Samples.Ada, Samples.PlanOf(100), Samples.Function(space: now), request => request);
        Tell(step);
        time.Advance(After);
        Assert.Null(use.IdleFor(now));
        step.Release("a", now);
        Tell(step);
        Assert.Equal(TimeSpan.Zero, use.IdleFor(now));
    }

    [Fact]
    public async Task Space_ThatNeverSleeps_RunsOn()
    {
        var watch = spaces.Supervise(RealSpaces.Space("exec sleep 300") with { SleepAfterSeconds = 0 }, time, () => true);
        await Eventually.True(() => watch.Health.Stage == SpaceStage.Running, "it runs");
        time.Advance(10 * After);
        Assert.Equal(SpaceStage.Running, watch.Health.Stage);
    }

    private void Tell(Trial trial) => use.After(new([], trial.Store.Entries, trial.Now) { Books = trial.Books, Slots = new Dictionary<SlotId, Slot?>() });

    /// <summary>Moves in the steps in which the space looks, and waits each time until it has looked.</summary>
    private async Task PassAsync(TimeSpan span)
    {
        var step = TimeSpan.FromSeconds(30);
        for (; span > TimeSpan.Zero; span -= step)
        {
            await Task.Delay(5);
            time.Advance(span < step ? span : step);
        }

        await Task.Delay(50);
    }
}
