using System.Globalization;
using Spectre.Console;

namespace Stint.Bench.Ledgers;

/// <summary>
/// Ours beside Redis and PostgreSQL: the contenders take turns in every round, first on the disk as it is and then with time
/// added to every fsync, and medians of the rounds are compared.
/// </summary>
internal static class LedgerBench
{
    private const int Rounds = 5;
    private const int Callers = 256;
    private static readonly TimeSpan Slower = TimeSpan.FromMilliseconds(2);

    public static async Task<int> RunAsync(IReadOnlyList<string> arguments)
    {
        using var delay = FsyncDelay.Loaded;
        if (delay is null) return FsyncDelay.RunAgain(Path.Combine(AppContext.BaseDirectory, "Ledgers", "fsync_delay.c"), ["ledger", .. arguments]);
        var length = TimeSpan.FromSeconds(arguments is [var text, ..] ? double.Parse(text, CultureInfo.InvariantCulture) : 2);
        var folder = Directory.CreateTempSubdirectory("stint-bench-").FullName;
        File.SetUnixFileMode(folder, (UnixFileMode)0b111_101_101);
        try
        {
            await using var stint = await StintContender.StartAsync(Under(folder, "stint"), Callers);
            await using var redis = await RedisContender.StartAsync(Under(folder, "redis"));
            await using var postgres = await PostgresContender.StartAsync(Under(folder, "postgres"), Callers);
            Turn[] turns = [new(stint, IsHot: false), new(redis, IsHot: false), new(postgres, IsHot: false), new(stint, IsHot: true), new(redis, IsHot: true)];
            foreach (var turn in turns) await turn.RunAsync(length / 2);
            foreach (var added in new[] { TimeSpan.Zero, Slower })
            {
                delay.Each = added;
                for (var round = 0; round < Rounds; round++)
                    foreach (var turn in turns) turn.Took(added, await turn.RunAsync(length));
            }

            Print(turns);
            return 0;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void Print(Turn[] turns)
    {
        foreach (var added in new[] { TimeSpan.Zero, Slower })
        {
            var table = new Table().Title(added == TimeSpan.Zero ? "The disk as it is" : $"{added.TotalMilliseconds:0} ms more for each fsync")
                .AddColumns($"{Callers} callers, median of {Rounds} rounds", "calls a second", "p50 ms", "p99 ms", "Stint is");
            foreach (var turn in turns)
            {
                var own = turn.Of(added);
                // A pair is two calls.
                table.AddRow(
                    $"{turn.Contender.Name}, {(turn.IsHot ? "one account" : $"{Callers} accounts")}", $"{2 * Median(own, m => m.PerSecond):0}",
                    $"{Median(own, m => m.P50Milliseconds) / 2:0.00}", $"{Median(own, m => m.P99Milliseconds) / 2:0.00}",
                    turn == turns[0] ? "" : $"{Ratio(turns[0].Of(added), own):0.00} x");
            }

            AnsiConsole.Write(table);
            AnsiConsole.WriteLine($"One hot account is at {Ratio(turns[3].Of(added), turns[0].Of(added)):0.00} of spread.");
        }
    }

    private static double Median(IEnumerable<Measured> rounds, Func<Measured, double> of) => Measured.Median(rounds.Select(of));

    private static double Ratio(List<Measured> ours, List<Measured> theirs) => Measured.Median(ours.Zip(theirs, (a, b) => a.PerSecond / b.PerSecond));

    private static string Under(string folder, string name) => Directory.CreateDirectory(Path.Combine(folder, name)).FullName;

    /// <summary>One contender with one choice of accounts: whose turn it is within a round.</summary>
    private sealed record Turn(IContender Contender, bool IsHot)
    {
        private readonly Dictionary<TimeSpan, List<Measured>> rounds = [];

        public Task<Measured> RunAsync(TimeSpan length) => Measured.RunAsync(Callers, length, caller => Contender.PairAsync(caller, IsHot ? 0 : caller));

        public void Took(TimeSpan added, Measured measured)
        {
            if (!rounds.TryGetValue(added, out var own)) rounds[added] = own = [];
            own.Add(measured);
        }

        public List<Measured> Of(TimeSpan added) => rounds[added];
    }
}
