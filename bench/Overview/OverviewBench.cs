using System.Globalization;
using Spectre.Console;

namespace Stint.Bench.Overview;

/// <summary>What the hub makes of the disk it has: the contenders take turns in every round, and medians over the rounds are compared.</summary>
internal static class OverviewBench
{
    private const int Rounds = 5;
    private const int Lanes = 64;

    public static async Task<int> RunAsync(IReadOnlyList<string> arguments)
    {
        var length = TimeSpan.FromSeconds(arguments is [var text, ..] ? double.Parse(text, CultureInfo.InvariantCulture) : 2);
        var folders = Enumerable.Range(0, 3).Select(_ => Directory.CreateTempSubdirectory("stint-bench-").FullName).ToList();
        try
        {
            await using var inProcess = new InProcess(folders[0], Lanes);
            await inProcess.PrepareAsync();
            using var bare = new BareCommit(folders[0]);
            using var overHttp = await OverHttp.StartAsync(folders[1], Lanes);
            var warm = await inProcess.RunAsync(length);
            await overHttp.RunAsync(length);
            var rounds = new List<(Measured Bare, Measured InProcess, Measured OverHttp, double StartSeconds)>();
            for (var round = 0; round < Rounds; round++)
            {
                var (hub, took) = await HubProcess.StartAsync(folders[2], slots: 2);
                hub.Dispose();
                rounds.Add((await bare.RunAsync(length, warm.BytesEach), await inProcess.RunAsync(length), await overHttp.RunAsync(length), took.TotalSeconds));
            }

            var table = new Table().AddColumns("Median of 5 rounds", "a second", "p50 ms", "p99 ms", "to bare commit");
            table.AddRow(Row($"bare durable commit of {warm.BytesEach} bytes, one at a time", round => round.Bare));
            table.AddRow(Row($"reserve+settle in process, {Lanes} at once", round => round.InProcess));
            table.AddRow(Row($"/schedule+/release over HTTP, {Lanes} connections", round => round.OverHttp));
            AnsiConsole.Write(table);
            AnsiConsole.WriteLine($"start until it answers: {Measured.Median(rounds.Select(round => round.StartSeconds)):0.00} s; resident memory after the HTTP rounds: {overHttp.ResidentMebibytes:0} MiB");

            string[] Row(string what, Func<(Measured Bare, Measured InProcess, Measured OverHttp, double StartSeconds), Measured> of)
            {
                string Median(Func<Measured, double> figure, string format) => Measured.Median(rounds.Select(round => figure(of(round)))).ToString(format);
                var ratio = Measured.Median(rounds.Select(round => of(round).PerSecond / round.Bare.PerSecond));
                return [what, Median(m => m.PerSecond, "0"), Median(m => m.P50Milliseconds, "0.00"), Median(m => m.P99Milliseconds, "0.00"), $"{ratio:0.00} ×"];
            }
        }
        finally
        {
            foreach (var folder in folders) Directory.Delete(folder, recursive: true);
        }

        return 0;
    }
}
