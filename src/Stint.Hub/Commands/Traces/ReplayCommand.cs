using System.CommandLine;
using System.Globalization;
using Stint.Hub.Replay;
using Stint.Hub.Replay.Charts;

namespace Stint.Hub.Commands.Traces;

/// <summary><c>stint replay</c>: what quotas and the queue would have come to for a recorded workload. Needs no data directory and changes none.</summary>
internal static class ReplayCommand
{
    private const int LargestQuota = 31 * 86_400;
    private const int MostSlots = 1_000;
    private const double LargestLoad = 10;
    private const string DefaultChart = "replay.svg";

    public static Command Create(Shell shell)
    {
        var trace = new Argument<FileInfo>("TRACE.csv") { Description = "CSV with the columns arrival_s, identity, model, gpu_s and, if it likes, outcome." };
        var quota = Numbers("--quota", "Replays the quota: seconds of GPU time a window, as in 120,210,1500.", "SECONDS", 1, LargestQuota, whole: true);
        var mode = new Option<QuotaMode?>("--mode") { Description = "One way to admit instead of all: a blanket hold of 60 s, a check without a hold, perfect knowledge, or the hub's own." };
        var slots = new Option<int>("--slots") { Description = "Replays the queue: how many slots.", HelpName = "N", DefaultValueFactory = _ => 4 };
        var load = Numbers("--load", "Replays the queue: GPU time asked ÷ slots × span of arrivals, as in 0.2,0.4.", "SHARE", 0.001, LargestLoad, whole: false);
        var policy = new Option<QueuePolicy?>("--policy") { Description = "One order of the queue instead of all: first come, least served, shortest by estimate, shortest by perfect knowledge, or the hub's own." };
        var seed = new Option<int>("--seed") { Description = "Shuffles requests that arrive at the same moment.", HelpName = "K" };
        var svg = new Option<FileInfo?>("--svg") { Description = $"Where the chart is written; without --json {DefaultChart} unless said.", HelpName = "FILE" };
        var command = shell.Noun("replay", "Replays a recorded workload through the hub's own rules in virtual time.");
        command.Add(trace);
        foreach (var option in new Option[] { quota, mode, slots, load, policy, seed, svg }) command.Add(option);
        command.Validators.Add(result =>
        {
            if (result.GetResult(quota) is null == result.GetResult(load) is null) result.AddError("Say what to replay: --quota SECONDS, or --load SHARE with --slots N.");
            if (result.GetResult(slots) is not null && result.GetValue(slots) is < 1 or > MostSlots) result.AddError($"--slots is 1 to {MostSlots}.");
        });
        command.SetAction(parsed =>
        {
            var terminal = shell.TerminalOf(parsed);
            var chart = parsed.GetValue(svg)?.FullName ?? (terminal.IsForPrograms ? null : DefaultChart);
            return Run(terminal, parsed.GetRequiredValue(trace), chart, requests => parsed.GetValue(quota) is { Length: > 0 } quotas
                ? Quotas(terminal, requests, quotas, parsed.GetValue(mode), chart is not null)
                : Queues(terminal, requests, parsed.GetValue(slots), parsed.GetValue(load)!, parsed.GetValue(policy), parsed.GetValue(seed), chart is not null));
        });
        return command;
    }

    private static int Run(Terminal terminal, FileInfo file, string? chart, Func<Trace, string?> replay)
    {
        try
        {
            using var text = file.OpenText();
            var drawn = replay(Trace.Read(text, file.Name));
            if (chart is null || drawn is null) return 0;
            File.WriteAllText(chart, drawn);
            terminal.Note($"The chart is in {chart}.");
            return 0;
        }
        catch (TraceFormatException e)
        {
            return terminal.Refuse(e.Message);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return terminal.Refuse(e.Message);
        }
    }

    /// <returns>The chart, where one is wanted.</returns>
    private static string? Quotas(Terminal terminal, Trace trace, double[] quotas, QuotaMode? only, bool draws)
    {
        QuotaMode[] modes = only is { } one ? [one] : Enum.GetValues<QuotaMode>();
        var figures = InParallel(from quota in quotas from mode in modes select (quota, mode), each => QuotaReplay.Run(trace, (int)each.quota, each.mode));
        Table(
            terminal, figures,
            ("quota", row => $"{row.Quota} s"),
            ("mode", row => Word(row.Mode)),
            ("refused", row => Percent(row.RefusedPercent)),
            ("would have fitted", row => $"{Percent(row.WouldHaveFittedPercent)} of refusals"),
            ("stopped", row => Percent(row.StoppedPercent)),
            ("served", row => $"{row.ServedGpuHours:0.00} GPU h"),
            ("over-admissions", row => $"{row.OverAdmissions}"));
        if (!draws) return null;
        var curve = InParallel(
            from quota in quotas from level in QuotaChart.Levels select (quota, level),
            each => QuotaReplay.Run(trace, (int)each.quota, QuotaMode.Stint, QuotaReplay.AtLevel(each.level)));
        return QuotaChart.Draw(figures, curve);
    }

    /// <returns>The chart, where one is wanted.</returns>
    private static string? Queues(Terminal terminal, Trace trace, int slots, double[] loads, QueuePolicy? only, int seed, bool draws)
    {
        QueuePolicy[] policies = only is { } one ? [one] : Enum.GetValues<QueuePolicy>();
        var played = InParallel(from load in loads from policy in policies select (load, policy), each =>
        {
            var workload = QueueReplay.Play(trace, slots, each.load, each.policy, seed, foretells: each.policy == QueuePolicy.Stint);
            return (Figures: QueueReplay.Measure(workload, each.policy, each.load, slots, seed), Workload: workload);
        });
        Table(
            terminal, [.. played.Select(each => each.Figures)],
            ("load", row => $"{row.Load:0.##}"),
            ("policy", row => Word(row.Policy)),
            ("wait mean", row => $"{row.MeanWaitSeconds:0} s"),
            ("p50", row => $"{row.P50WaitSeconds:0} s"),
            ("p95", row => $"{row.P95WaitSeconds:0} s"),
            ("p99", row => $"{row.P99WaitSeconds:0} s"),
            ("longest", row => $"{row.MaxWaitSeconds:0} s"),
            ("response ÷ bound", row => $"{row.MeanResponseSeconds:0} s ÷ {row.LowerBoundSeconds:0} s = {row.ResponseOverBound:0.00}"),
            ("slowdown mean", row => $"{row.PersonSlowdownMean:0.00}"),
            ("p99", row => $"{row.PersonSlowdownP99:0.0}"),
            ("jain", row => $"{row.JainIndex:0.00}"),
            ("used", row => Percent(100 * row.Utilisation)),
            ("starts in range", row => row.StartsInRangePercent is { } share ? $"{Percent(share)}, range ÷ wait {row.RangeOverWait:0.0}" : ""));
        var shown = only ?? QueuePolicy.Stint;
        return draws ? SlotsChart.Draw([.. played.Where(each => each.Figures.Policy == shown)], slots) : null;
    }

    /// <summary>A table for people; for programs one object where one was asked for, else an array.</summary>
    private static void Table<T>(Terminal terminal, List<T> rows, params (string Header, Func<T, string> Cell)[] columns) where T : notnull
    {
        if (rows.Count == 1 && terminal.IsForPrograms) terminal.Say(rows[0]);
        else terminal.Table(rows, row => row, columns);
    }

    private static List<TResult> InParallel<T, TResult>(IEnumerable<T> items, Func<T, TResult> run) => [.. items.ToList().AsParallel().AsOrdered().Select(run)];

    private static string Percent(double percent) => $"{percent:0.00} %";

    private static string Word<T>(T word) where T : struct, Enum => word.ToString().ToLowerInvariant();

    private static Option<double[]> Numbers(string name, string says, string unit, double least, double most, bool whole) => new(name)
    {
        Description = says,
        HelpName = unit,
        CustomParser = result =>
        {
            var numbers = new List<double>();
            foreach (var text in result.Tokens[0].Value.Split(','))
                if (double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
                    && number >= least && number <= most && (!whole || number == Math.Floor(number)))
                    numbers.Add(number);
                else
                    result.AddError($"'{text}' does not fit {name}: write {(whole ? "whole numbers" : "numbers")} from {least} to {most}, separated by commas");
            return [.. numbers];
        },
    };
}
