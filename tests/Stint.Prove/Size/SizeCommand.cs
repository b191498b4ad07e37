using System.CommandLine;
using Microsoft.Data.Sqlite;

namespace Stint.Prove.Size;

/// <summary><c>stint prove size</c>: grows a small and a large data file, starts the hub on the large one, and reserves on both in turns.</summary>
internal static class SizeCommand
{
    private const double MostStartSeconds = 5, MostMebibytes = 500, MostSlower = 1.5;
    private const int Rounds = 5;
    private static readonly TimeSpan Round = TimeSpan.FromSeconds(3);

    public static Command Create()
    {
        var accounts = new Option<long>("--accounts") { Description = "Accounts of the large ledger.", HelpName = "N", DefaultValueFactory = _ => 1_000_000 };
        var entries = new Option<long>("--entries") { Description = "Entries of the large ledger; the small one has a thousandth.", HelpName = "N", DefaultValueFactory = _ => 50_000_000 };
        var under = new Option<string>("--under") { Description = "Where the data files are made; they are deleted afterwards.", HelpName = "DIR", DefaultValueFactory = _ => Path.GetTempPath() };
        var command = new Command("size", "A large ledger starts fast, stays small in memory and reserves as fast as a small one.") { accounts, entries, under };
        command.SetAction((parsed, _) => RunAsync(parsed.GetValue(accounts), parsed.GetValue(entries), parsed.GetValue(under)!));
        return command;
    }

    private static async Task<int> RunAsync(long accounts, long entries, string under)
    {
        var folders = Enumerable.Range(0, 2).Select(_ => Directory.CreateDirectory(Path.Combine(under, $"stint-size-{Guid.NewGuid():N}")).FullName).ToList();
        try
        {
            var small = GrownLedger.Grow(folders[0], Math.Max(16, accounts / 1000), Math.Max(GrownLedger.EntriesPerRun, entries / 1000), _ => { });
            var large = GrownLedger.Grow(folders[1], accounts, entries, Console.Error.WriteLine);
            Console.WriteLine($"{accounts:N0} accounts, {entries:N0} entries, {large.Runs:N0} receipts: {large.Bytes / 1e9:0.00} GB");
            var (start, mebibytes) = await StartedHub.MeasureAsync(large.Directory);
            var (ofSmall, ofLarge) = await ReserveAsync(small, large);
            var own = StartedHub.ResidentMebibytes(Environment.ProcessId);
            var ratios = ofSmall.Zip(ofLarge, (s, l) => At(l, 0.99) / At(s, 0.99)).Order().ToArray();
            var holds = Says("start until it answers", start.TotalSeconds, MostStartSeconds, "s")
                & Says("resident memory of the hub after its start", mebibytes, MostMebibytes, "MiB")
                & Says("resident memory after reserving, both ledgers open", own, MostMebibytes, "MiB")
                & Says($"p99 of a reservation, large to small, median of {Rounds} rounds", ratios[Rounds / 2], MostSlower, "x");
            Console.WriteLine($"reservation p50/p99 ms: small {Median(ofSmall, 0.5):0.00}/{Median(ofSmall, 0.99):0.00}, large {Median(ofLarge, 0.5):0.00}/{Median(ofLarge, 0.99):0.00}");
            return holds ? 0 : 1;
        }
        finally
        {
            SqliteConnection.ClearAllPools();
            foreach (var folder in folders) Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<(List<double[]> Small, List<double[]> Large)> ReserveAsync(GrownLedger small, GrownLedger large)
    {
        await using var onSmall = await ReserveRounds.OverAsync(small);
        await using var onLarge = await ReserveRounds.OverAsync(large);
        await onSmall.RunAsync(Round);
        await onLarge.RunAsync(Round);
        var (ofSmall, ofLarge) = (new List<double[]>(), new List<double[]>());
        for (var round = 0; round < Rounds; round++)
        {
            ofSmall.Add(await onSmall.RunAsync(Round));
            ofLarge.Add(await onLarge.RunAsync(Round));
        }

        return (ofSmall, ofLarge);
    }

    private static bool Says(string what, double figure, double most, string unit)
    {
        Console.WriteLine($"{(figure <= most ? "ok    " : "FAILED")} {what}: {figure:0.00} {unit} (at most {most} {unit})");
        return figure <= most;
    }

    private static double Median(List<double[]> rounds, double quantile) => rounds.Select(round => At(round, quantile)).Order().ElementAt(rounds.Count / 2);

    private static double At(double[] sorted, double quantile) => sorted[(int)(quantile * (sorted.Length - 1))];
}
