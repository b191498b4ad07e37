using Stint.Core.Identities;
using Stint.Core.Quota;
using Stint.Tests.Fakes;
using Xunit;
using static Stint.Tests.Fakes.Samples;

namespace Stint.Tests.Core.Quota;

[Trait("Behaviour", "B19")]
public sealed class EstimateTests
{
    private static readonly TimeSpan Declared = TimeSpan.FromSeconds(60);

    [Fact]
    public void Estimate_WithoutAnyRun_IsTheDeclaredDuration() =>
        Assert.Equal(new Estimate(Declared, Declared), new FunctionHistory(Function()).EstimateFor(Ada, Declared));

    [Theory]
    [InlineData(2, 30)]
    [InlineData(3, 2)]
    public void Estimate_OfSomeone_SpeaksForItselfFromTheThirdRunOn(int ownRuns, long expectedFloor)
    {
        var history = new FunctionHistory(Function());
        for (var i = 0; i < 10; i++) Learn(history, "other" + i, 30);
        for (var i = 0; i < ownRuns; i++) history.Learn(Ada, TimeSpan.FromSeconds(2));
        Assert.Equal(TimeSpan.FromSeconds(expectedFloor), history.EstimateFor(Ada, Declared).Floor);
    }

    [Fact]
    public void Estimate_OfEverybody_TakesOneSampleEach()
    {
        var history = new FunctionHistory(Function());
        for (var i = 0; i < 16; i++) history.Learn(Bob, TimeSpan.FromSeconds(50));
        for (var i = 0; i < 5; i++) Learn(history, "other" + i, 3);
        Assert.Equal(new Estimate(TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(3)), history.EstimateFor(Ada, Declared));
    }

    [Fact]
    public void Estimate_OfManyRuns_IsALowQuantileAndTheMiddle()
    {
        var history = new FunctionHistory(Function());
        foreach (var seconds in new[] { 9, 1, 5, 3, 7, 2, 8, 4, 6, 10, 11 }) history.Learn(Ada, TimeSpan.FromSeconds(seconds));
        Assert.Equal(new Estimate(TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(6)), history.EstimateFor(Ada, Declared));
    }

    [Fact]
    public void Estimate_OfRunsLongerThanDeclared_StopsAtTheDeclared()
    {
        var history = new FunctionHistory(Function());
        for (var i = 0; i < 5; i++) history.Learn(Ada, TimeSpan.FromSeconds(90));
        Assert.Equal(new Estimate(Declared, Declared), history.EstimateFor(Ada, Declared));
    }

    [Fact]
    public void History_OfOnePerson_ForgetsTheOldestPastItsBound()
    {
        var history = new FunctionHistory(Function());
        for (var i = 1; i <= FunctionHistory.PerIdentity + 1; i++) history.Learn(Ada, TimeSpan.FromSeconds(i));
        Assert.Equal(TimeSpan.FromSeconds(2), history.Runs[Ada][0]);
        Assert.Equal(FunctionHistory.PerIdentity, history.Runs[Ada].Count);
    }

    [Fact]
    public void History_OfManyPeople_ForgetsWhoRanLongestAgo()
    {
        var history = new FunctionHistory(Function());
        for (var i = 0; i < FunctionHistory.Identities; i++) Learn(history, "p" + i, 1);
        Learn(history, "p0", 1);
        Learn(history, "new", 1);
        Assert.Equal(FunctionHistory.Identities, history.Runs.Count);
        Assert.True(history.Runs.ContainsKey(Named("p0")));
        Assert.False(history.Runs.ContainsKey(Named("p1")));
    }

    [Fact]
    public void History_SavedAndRestored_EstimatesTheSame()
    {
        var history = new FunctionHistory(Function());
        var random = new Random(1);
        for (var i = 0; i < 1000; i++) Learn(history, "p" + random.Next(200), random.Next(1, 50));
        var again = FunctionHistory.Restore(history.Save());
        for (var i = 0; i < 200; i++) Assert.Equal(history.EstimateFor(Named("p" + i), Declared), again.EstimateFor(Named("p" + i), Declared));
        Learn(history, "new", 9);
        Learn(again, "new", 9);
        Assert.Equal(history.Runs.Keys.Order(), again.Runs.Keys.Order());
    }

    [Theory]
    [InlineData(ExitClass.Completed, true)]
    [InlineData(ExitClass.Failed, false)]
    [InlineData(ExitClass.Cancelled, false)]
    [InlineData(ExitClass.Overrun, false)]
    public void History_LearnsAtCompletionOnly(ExitClass exit, bool learns)
    {
        var trial = Trial.WithSlots(1);
        trial.Run("a", Ada, PlanOf(100), Function(10));
        trial.Pass(5);
        switch (exit)
        {
            case ExitClass.Completed: trial.Release("a"); break;
            case ExitClass.Failed: trial.Release("a", failed: true); break;
            case ExitClass.Cancelled: trial.Cancel("a"); break;
            default: trial.Pass(10); break;
        }

        Assert.Equal(exit, trial["a"].Ending!.Exit);
        Assert.Equal(learns, trial.Store.LoadHistory(Function(10)).Runs.Count > 0);
    }

    [Fact]
    public void Floor_OfVeryShortRuns_IsTheLeastThatIsWorthStarting()
    {
        var trial = Trial.WithSlots(1);
        trial.Teach(Ada, Function(), 0.01, 0.01, 0.01);
        trial.Request("a", Ada, PlanOf(100), Function());
        Assert.Equal((1_000L, 10L), (trial["a"].Floor.Milliseconds, trial["a"].Expected.Milliseconds));
        trial.Request("short", Ada, PlanOf(100), Function() with { DeclaredMilliseconds = 300 });
        Assert.Equal(300, trial["short"].Floor.Milliseconds);
    }

    private static IdentityId Named(string name) => IdentityId.Of(new AccountId(name));

    private static void Learn(FunctionHistory history, string name, long seconds) => history.Learn(Named(name), TimeSpan.FromSeconds(seconds));
}
