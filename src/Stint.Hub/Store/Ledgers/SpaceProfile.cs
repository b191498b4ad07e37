using Stint.Core.Spaces;
using Stint.Hub.Texts;

namespace Stint.Hub.Store.Ledgers;

/// <summary>How long a Space's functions take, for whoever declares their durations.</summary>
public sealed record ProfileAnswer(string Space, IReadOnlyList<FunctionProfile> Functions, string Rule);

/// <summary>How long one function takes. Null amounts where no run of it has ended by itself yet.</summary>
/// <param name="OverrunPercent">Of its runs, how many were stopped at the declared duration.</param>
/// <param name="SuggestedSeconds">What to declare: enough for nineteen runs of twenty and a quarter more.</param>
public sealed record FunctionProfile(
    string? Endpoint, string Size, decimal DeclaredSeconds, int Runs, int OtherEnds, decimal? P50Seconds, decimal? P95Seconds, decimal? MaxSeconds,
    decimal OverrunPercent, decimal? SuggestedSeconds);

/// <summary>Makes profiles of what was measured.</summary>
internal static class SpaceProfile
{
    private const long StepMilliseconds = 5_000;

    private static readonly string Rule =
        $"The suggested duration is what nineteen of twenty runs stay below, and a quarter more, in whole steps of {Amounts.Of(TimeSpan.FromMilliseconds(StepMilliseconds))}.";

    public static ProfileAnswer Of(SpaceId space, MeasuredRuns runs) => new(space.ToString(), [.. runs.Of(space).Select(Of)], Rule);

    /// <summary>The sorted value that so many of a hundred do not pass: the nearest rank, so it is one that was measured.</summary>
    public static long Percentile(IReadOnlyList<long> sorted, int percent) => sorted[Math.Max(1, ((sorted.Count * percent) + 99) / 100) - 1];

    public static long Suggested(long p95) => ((p95 * 5 / 4) + StepMilliseconds - 1) / StepMilliseconds * StepMilliseconds;

    private static FunctionProfile Of(MeasuredFunction function)
    {
        var (runs, known) = (function.Milliseconds, function.Milliseconds.Count > 0);
        return new(
            function.Endpoint is "" ? null : function.Endpoint, Amounts.Of(function.Size), function.DeclaredMilliseconds / 1000m, runs.Count, function.OtherEnds,
            known ? Percentile(runs, 50) / 1000m : null, known ? Percentile(runs, 95) / 1000m : null, known ? runs[^1] / 1000m : null,
            known ? Math.Round(100m * function.Overruns / runs.Count, 1) : 0, known ? Math.Max(StepMilliseconds, Suggested(Percentile(runs, 95))) / 1000m : null);
    }
}
