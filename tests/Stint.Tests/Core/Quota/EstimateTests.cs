using Stint.Core.Identities;
using Stint.Core.Leasing;
using Stint.Core.Quota;
using Stint.Tests.Fakes;
using Xunit;
using static Stint.Tests.Fakes.Samples;

namespace Stint.Tests.Core.Quota;

[Trait("Behaviour", "B19")]
public sealed class EstimateTests
{
    [Fact]
    public void Ask_WhereNothingEverRan_IsTheDeclaredDuration()
    {
        var declared = GpuTime.FromSeconds(300);
        Assert.Null(new FunctionHistory(Function(300)).EstimateFor(Ada, 0.5));
        Assert.Equal(new Ask(declared, declared, declared, declared), Ask.Of(new Ledger(Ada), new FunctionHistory(Function(300)), Request("a", Ada, PlanOf(900), Function(300)), Start));
    }

    [Theory]
    [InlineData(0, 30)]
    [InlineData(1, 30)]
    [InlineData(6, 2)]
    public void Estimate_OfSomeone_FollowsItsOwnRunsTheMoreThereAre(int ownRuns, long expectedFloor)
    {
        var history = new FunctionHistory(Function());
        for (var i = 0; i < 10; i++) Learn(history, "other" + i, 30);
        for (var i = 0; i < ownRuns; i++) history.Learn(Ada, TimeSpan.FromSeconds(2));
        Assert.Equal(TimeSpan.FromSeconds(expectedFloor), history.EstimateFor(Ada, 0.5)!.Floor);
    }

    [Fact]
    public void Estimate_OfEverybody_TakesOneSampleEach()
    {
        var history = new FunctionHistory(Function());
        for (var i = 0; i < 16; i++) history.Learn(Bob, TimeSpan.FromSeconds(50));
        for (var i = 0; i < 5; i++) Learn(history, "other" + i, 3);
        Assert.Equal(TimeSpan.FromSeconds(3), history.EstimateFor(Ada, 0.5)!.Expected);
    }

    [Theory]
    [InlineData(10, 20, 20)]
    [InlineData(20, 10, 10)]
    public void Estimate_OfSomeoneWhoChanged_FollowsTheNewestRuns(long before, long now, long expected)
    {
        var history = new FunctionHistory(Function());
        for (var i = 0; i < 8; i++) history.Learn(Ada, TimeSpan.FromSeconds(before));
        for (var i = 0; i < 8; i++) history.Learn(Ada, TimeSpan.FromSeconds(now));
        Assert.Equal(TimeSpan.FromSeconds(expected), history.EstimateFor(Ada, 0.5)!.Expected);
    }

    [Theory]
    [InlineData(0.0, 10_000)]
    [InlineData(0.25, 10_000)]
    [InlineData(0.5, 20_000)]
    [InlineData(0.7, 28_000)]
    [InlineData(1.0, 30_000)]
    public void Estimate_AtALevel_LiesBetweenTheSamplesAroundIt(double level, long milliseconds)
    {
        // Two people weigh alike: their runs stand at a quarter and at three quarters.
        var history = new FunctionHistory(Function());
        Learn(history, "a", 10);
        Learn(history, "b", 30);
        Assert.Equal(milliseconds, (long)history.EstimateFor(Ada, level)!.Floor.TotalMilliseconds);
    }

    [Theory]
    [InlineData(7, null)]
    [InlineData(8, 4L)]
    public void Estimate_OfAFunctionNobodyRan_IsWhatManyPeopleRanElsewhere(int people, long? expected)
    {
        var trial = Trial.WithSlots(1);
        for (var i = 0; i < people; i++)
        {
            trial.Run("r" + i, Named("p" + i), PlanOf(100), Function(10));
            trial.Pass(4);
            trial.Release("r" + i);
        }

        var cold = Function(120, space: Sing);
        Assert.Equal(expected, (long?)trial.Books.HistoryOf(cold).EstimateFor(Ada, 0.5)?.Expected.TotalSeconds);
        trial.Teach(Bob, cold, 7);
        Assert.Equal(TimeSpan.FromSeconds(7), trial.Books.HistoryOf(cold).EstimateFor(Ada, 0.5)!.Expected);
    }

    [Fact]
    public void Ask_OfRunsLongerThanDeclared_StopsAtTheDeclared()
    {
        var history = new FunctionHistory(Function());
        for (var i = 0; i < 5; i++) history.Learn(Ada, TimeSpan.FromSeconds(90));
        var minute = GpuTime.FromSeconds(60);
        Assert.Equal(new Ask(minute, minute, minute, minute), Ask.Of(new Ledger(Ada), history, Request("a", Ada, PlanOf(100), Function()), Start));
    }

    [Fact]
    public void Ask_AfterManyRefusalsInOneWindow_IsLessUntilTheNext()
    {
        var trial = Trial.WithSlots(1);
        foreach (var (name, seconds) in new[] { ("a", 20.0), ("b", 30.0), ("c", 40.0) }) trial.Teach(Named(name), Function(), seconds);
        trial.Run("first", Ada, PlanOf(60), Function());
        trial.Pass(35);
        trial.Release("first", failed: true);
        long Floor() => Ask.Of(trial.Books.LedgerOf(Ada), trial.Books.HistoryOf(Function()), Request("x", Ada, PlanOf(60), Function()), trial.Now).Floor.Milliseconds;
        var before = Floor();
        var refused = 0;
        for (; refused < 100 && trial.Request("r" + refused, Ada, PlanOf(60), Function()).Outcome == RequestLeaseOutcome.Refused; refused++) Assert.True(Floor() <= before);
        Assert.InRange(refused, 1, 99);
        Assert.True(Floor() < before);
        trial.Pass(86_400);
        Assert.Equal(before, Floor());
    }

    [Theory]
    [InlineData(100, 50)]
    [InlineData(45, 45)]
    public void Reservation_OnceAdmitted_HoldsWhatIsLikelyAsFarAsItIsThere(long left, long held)
    {
        var trial = Trial.WithSlots(1);
        for (var i = 0; i < 10; i++) trial.Teach(Named("p" + i), Function(), i < 8 ? 10 : 50);
        trial.Request("a", Ada, PlanOf(left), Function());
        Assert.Equal(GpuTime.FromSeconds(held), trial["a"].Floor);
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
        for (var i = 0; i < 200; i++) Assert.Equal(history.EstimateFor(Named("p" + i), 0.5), again.EstimateFor(Named("p" + i), 0.5));
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
