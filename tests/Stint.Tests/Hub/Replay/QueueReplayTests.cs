using Stint.Hub.Replay;
using Stint.Tests.Fakes;
using Xunit;

namespace Stint.Tests.Hub.Replay;

public sealed class QueueReplayTests
{
    /// <summary>One slot, taken for 100 s by a; then b wants 30 s, c wants 10 s and a once more 10 s.</summary>
    private static readonly Trace FourTasks = Traces.Of((0, "a", 100), (10, "b", 30), (20, "c", 10), (5, "a", 10));

    [Theory]
    [InlineData(QueuePolicy.Fcfs, "a a b c")]
    [InlineData(QueuePolicy.Vtc, "a b c a")]
    [InlineData(QueuePolicy.Sjf, "a a b c")]
    [InlineData(QueuePolicy.Oracle, "a a c b")]
    [InlineData(QueuePolicy.Stint, "a b c a")]
    public void Replay_OfFourTasks_ServesThemInThePolicysOrder(QueuePolicy policy, string order) =>
        Assert.Equal(order, string.Join(' ', Served(FourTasks, policy)));

    [Fact]
    public void Replay_OfOneTask_HasFiguresThatCanBeReckonedByHand()
    {
        var trace = Traces.Of((0, "a", 5), (100, "b", 20), (100, "b", 20));
        var figures = QueueReplay.Run(trace, 1, LoadAsRecorded(trace, 1), QueuePolicy.Fcfs, 0);
        Assert.Equal((0.0, 20.0, 20.0 / 3), (figures.P50WaitSeconds, figures.MaxWaitSeconds, Math.Round(figures.MeanWaitSeconds, 9)), Within);
        Assert.Equal(65.0 / 3, figures.MeanResponseSeconds, 6);
        // a: 5 s ÷ 10 s. b: the mean of 20 ÷ 20 and 40 ÷ 20.
        Assert.Equal((0.5 + 1.5) / 2, figures.PersonSlowdownMean, 6);
        Assert.Equal(1.5, figures.PersonSlowdownP99, 6);
        Assert.Equal(45.0 / 140, figures.Utilisation, 6);
        Assert.Equal(4 / (2 * (0.25 + 2.25)), figures.JainIndex, 6);
        Assert.Equal(65.0 / 3, figures.LowerBoundSeconds, 6);
    }

    [Fact]
    public void Token_OfSomeoneWhoWasIdle_IsLiftedToTheLeastOfTheActive()
    {
        // Without the lift b, who had 10 s to a's 200 s, would go before both of a's waiting tasks three times.
        var trace = Traces.Of((0, "b", 10), (10, "a", 200), (20, "a", 10), (21, "a", 10), (200, "b", 30), (201, "b", 30), (202, "b", 30));
        Assert.Equal("b a b a a b b", string.Join(' ', Served(trace, QueuePolicy.Vtc)));
    }

    [Theory]
    [InlineData(QueuePolicy.Vtc)]
    [InlineData(QueuePolicy.Stint)]
    public void Replay_WithTheSameSeed_IsTheSame(QueuePolicy policy)
    {
        var trace = Traces.Of([.. Enumerable.Range(0, 300).Select(i => ((double)(i / 10), "p" + (i % 7), 1.0 + (i * 13 % 40)))]);
        Assert.Equal(QueueReplay.Run(trace, 3, 0.8, policy, 5), QueueReplay.Run(trace, 3, 0.8, policy, 5));
    }

    [Theory]
    [InlineData(1, 20, 20, 20)]
    [InlineData(2, 10, 13.75, 15)]
    public void LowerBound_OfTwoJobs_IsTheLargestOfThree(int slots, double remaining, double busy, double bound)
    {
        (double, double)[] jobs = [(0, 10), (0, 20)];
        Assert.Equal((remaining, busy, bound), (LowerBound.ShortestRemaining(jobs, slots), LowerBound.MeanBusyTime(jobs, slots), LowerBound.MeanResponse(jobs, slots)), Within);
    }

    [Fact]
    public void LowerBound_WhereAShortJobComesLate_LetsItInterrupt()
    {
        (double, double)[] jobs = [(0, 10), (1, 2)];
        Assert.Equal(7, LowerBound.ShortestRemaining(jobs, 1), 9);
        // Mean busy times 7.1 − … : the long job works 0–1 and 3–12, the short one 1–3.
        Assert.Equal((((0.5 * 1) + (7.5 * 9)) / 10 + 5 + 2 + 1 - 1) / 2, LowerBound.MeanBusyTime(jobs, 1), 9);
    }

    [SharedTheory]
    [InlineData(0.2)]
    [InlineData(0.4)]
    public void Replay_OfTheRealTrace_SlowsPeopleLessThanATokenCounterDoes(double load)
    {
        var trace = Traces.Real();
        var runs = Enumerable.Range(1, 5).SelectMany(seed => new[] { (seed, policy: QueuePolicy.Stint), (seed, policy: QueuePolicy.Vtc) })
            .AsParallel().Select(each => QueueReplay.Run(trace, 4, load, each.policy, each.seed)).ToList();
        double Mean(QueuePolicy policy, Func<QueueFigures, double> of) => runs.Where(run => run.Policy == policy).Average(of);
        Assert.InRange(Mean(QueuePolicy.Stint, run => run.PersonSlowdownMean) / Mean(QueuePolicy.Vtc, run => run.PersonSlowdownMean), 0, 0.72);
        Assert.InRange(Mean(QueuePolicy.Stint, run => run.PersonSlowdownP99) / Mean(QueuePolicy.Vtc, run => run.PersonSlowdownP99), 0, 0.95);
        Assert.InRange(Mean(QueuePolicy.Stint, run => run.ResponseOverBound), 1, 1.7);
    }

    [SharedTheory, Trait("Behaviour", "B47")]
    [InlineData(0.2)]
    [InlineData(0.4)]
    public void Replay_OfTheRealTrace_StartsFourOfFiveWithinWhatTheyWereTold(double load)
    {
        var workload = QueueReplay.Play(Traces.Real(), 4, load, QueuePolicy.Stint, 1, foretells: true);
        var figures = QueueReplay.Measure(workload, QueuePolicy.Stint, load, 4, 1);
        Assert.InRange(figures.StartsInRangePercent!.Value, 80, 92);
        Assert.InRange(figures.RangeOverWait!.Value, 0, 3);
    }

    private static IEnumerable<string> Served(Trace trace, QueuePolicy policy) => QueueReplay.Play(trace, 1, LoadAsRecorded(trace, 1), policy, 0).Courses
        .OrderBy(course => course.Lease!.GrantedAt).Select(course => course.Request.Identity.Account!.Value.Value);

    /// <summary>The load at which arrivals stay where they are.</summary>
    private static double LoadAsRecorded(Trace trace, int slots) => trace.GpuTime / (slots * trace.Span);

    private static bool Within((double, double, double) a, (double, double, double) b) =>
        Math.Abs(a.Item1 - b.Item1) + Math.Abs(a.Item2 - b.Item2) + Math.Abs(a.Item3 - b.Item3) < 1e-6;
}
