using System.Globalization;
using Spectre.Console;
using Stint.Bench.Overview;

namespace Stint.Bench.Latency;

/// <summary>How soon a slot that came free is in use again, beside a bare durable commit; and a step of the scheduler over sizes.</summary>
internal static class LatencyBench
{
    private const int Rounds = 5;
    private const int Slots = 10_000;
    private const int Steps = 5_000;

    /// <summary>About what the commit of a release and a grant carries.</summary>
    private const long Bytes = 2_000;

    public static async Task<int> RunAsync(IReadOnlyList<string> arguments)
    {
        var length = TimeSpan.FromSeconds(arguments is [var text, ..] ? double.Parse(text, CultureInfo.InvariantCulture) : 3);
        await CompareAsync(length);
        StepOverSizes();
        return 0;
    }

    private static async Task CompareAsync(TimeSpan length)
    {
        var folders = Enumerable.Range(0, 2).Select(_ => Directory.CreateTempSubdirectory("stint-bench-").FullName).ToList();
        try
        {
            using var handOver = await HandOver.StartAsync(folders[0]);
            using var bare = new BareCommit(folders[1]);
            await handOver.RunAsync(length);
            await bare.RunAsync(length / 2, Bytes);
            var rounds = new List<(Measured Bare, double[] HandOver)>();
            for (var round = 0; round < Rounds; round++) rounds.Add((await bare.RunAsync(length, Bytes), await handOver.RunAsync(length)));
            var table = new Table().AddColumns($"Median of {Rounds} rounds", "p50 ms", "p99 ms", "p99 to bare commit");
            table.AddRow("bare durable commit", $"{Of(r => r.Bare.P50Milliseconds):0.00}", $"{Of(r => r.Bare.P99Milliseconds):0.00}", "");
            table.AddRow(
                "/release to the next /schedule answer, over HTTP", $"{Of(r => At(r.HandOver, 0.5)):0.00}", $"{Of(r => At(r.HandOver, 0.99)):0.00}",
                $"{Of(r => At(r.HandOver, 0.99) / r.Bare.P99Milliseconds):0.00} x");
            AnsiConsole.Write(table);

            double Of(Func<(Measured Bare, double[] HandOver), double> figure) => Measured.Median(rounds.Select(figure));
        }
        finally
        {
            foreach (var folder in folders) Directory.Delete(folder, recursive: true);
        }
    }

    private static void StepOverSizes()
    {
        var table = new Table().AddColumns($"Tickets before {Slots:N0} slots", "a step, median us", "p99 us", "to the first", "log n to the first");
        int[] sizes = [100, 1_000, 10_000, 100_000];
        // All sizes are there at once and take turns, so that whatever else the machine does falls on all of them.
        var steps = sizes.Select(size => new SchedulingSteps(Slots, size)).ToList();
        var rounds = Enumerable.Range(0, Rounds).Select(_ => steps.ConvertAll(each => each.Run(Steps))).ToList();
        for (var i = 0; i < sizes.Length; i++)
        {
            var own = i;
            var median = Measured.Median(rounds.Select(round => At(round[own], 0.5)));
            var ratio = Measured.Median(rounds.Select(round => At(round[own], 0.5) / At(round[0], 0.5)));
            table.AddRow(
                $"{sizes[i]:N0}", $"{median:0.0}", $"{Measured.Median(rounds.Select(round => At(round[own], 0.99))):0.0}", $"{ratio:0.00} x",
                $"{Math.Log2(sizes[i]) / Math.Log2(sizes[0]):0.00} x");
        }

        AnsiConsole.Write(table);
    }

    private static double At(double[] sorted, double quantile) => sorted.Length == 0 ? double.NaN : sorted[(int)(quantile * (sorted.Length - 1))];
}
