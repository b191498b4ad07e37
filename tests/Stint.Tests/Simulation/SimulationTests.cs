using System.Globalization;
using Xunit;
using Xunit.Abstractions;

namespace Stint.Tests.Simulation;

/// <summary>
/// Many seeds, each a small world that runs for some hundred steps. <c>SIM_SEED</c> replays one seed; <c>SIM_SEEDS</c> and
/// <c>SIM_STEPS</c> make the run longer.
/// </summary>
public sealed class SimulationTests(ITestOutputHelper output)
{
    private const int Chunks = 10;

    private static int Steps => Number("SIM_STEPS") ?? 500;

    public static TheoryData<int> EveryChunk => [.. Number("SIM_SEED") is null ? Enumerable.Range(0, Chunks) : [0]];

    [Theory, MemberData(nameof(EveryChunk))]
    [Trait("Behaviour", "B63"), Trait("Behaviour", "B64")]
    public void Simulation_OfManySeeds_IsWhatThePredictorSays(int chunk)
    {
        if (Number("SIM_SEED") is { } one)
        {
            output.WriteLine(new SimulationRun(one).Go(Steps));
            return;
        }

        var each = (Number("SIM_SEEDS") ?? 200) / Chunks;
        for (var seed = 1 + (chunk * each); seed <= (chunk + 1) * each; seed++) new SimulationRun(seed).Go(Steps);
    }

    [Fact]
    public void Simulation_OfOneSeed_IsTheSameEveryTime()
    {
        Assert.Equal(new SimulationRun(7).Go(200), new SimulationRun(7).Go(200));
        Assert.NotEqual(new SimulationRun(7).Go(200), new SimulationRun(8).Go(200));
    }

    [Fact]
    public void Simulation_OfSomeSeeds_MeetsEveryRule()
    {
        var seen = new Dictionary<string, int>();
        for (var seed = 1; seed <= 40; seed++)
        {
            var run = new SimulationRun(seed);
            run.Go(Steps);
            foreach (var (kind, times) in run.Seen) seen[kind] = seen.GetValueOrDefault(kind) + times;
        }

        foreach (var (kind, times) in seen.OrderBy(pair => pair.Key)) output.WriteLine($"{times,7} {kind}");
        string[] rules =
        [
            "reserved", "granted", "allowed", "forgiven", "ended", "plan", "slot", "Completed", "Failed", "WorkerDied", "Cancelled", "Overrun", "OutOfFunds",
            "NotAllowed", "NotUsed", "HubFault", "visitor-left", "no-gpu-in-time", "quota-exceeded", "hub-restarted",
            "DurationNeverAllowed", "SizeNotInPool", "QuotaExceeded", "NoGpuInTime", "TokenExpired",
        ];
        Assert.All(rules, rule => Assert.Contains(rule, seen.Keys));
    }

    private static int? Number(string name) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.Integer, CultureInfo.InvariantCulture, out var number) ? number : null;
}
