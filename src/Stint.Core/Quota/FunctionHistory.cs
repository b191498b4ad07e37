using Stint.Core.Identities;
using Stint.Core.Spaces;

namespace Stint.Core.Quota;

/// <summary>
/// Measured runs of one function: what estimates are learned from, at completion only. Bounded: the last
/// <see cref="PerIdentity"/> runs of each of the last <see cref="Identities"/> identities.
/// </summary>
public sealed class FunctionHistory(FunctionKey function)
{
    public const int PerIdentity = 16;
    public const int Identities = 128;

    /// <summary>Own runs needed before they speak louder than everybody's.</summary>
    public const int OwnRunsNeeded = 3;

    private readonly Dictionary<IdentityId, List<TimeSpan>> runs = [];
    private readonly List<IdentityId> recent = [];

    public FunctionKey Function { get; } = function;

    public IReadOnlyDictionary<IdentityId, List<TimeSpan>> Runs => runs;

    public void Learn(IdentityId identity, TimeSpan measured)
    {
        if (!runs.TryGetValue(identity, out var own)) runs[identity] = own = [];
        own.Add(measured);
        if (own.Count > PerIdentity) own.RemoveAt(0);
        recent.Remove(identity);
        recent.Add(identity);
        if (recent.Count <= Identities) return;
        runs.Remove(recent[0]);
        recent.RemoveAt(0);
    }

    /// <summary>What the next run of this identity is thought to take. Without any history: the declared duration, as ZeroGPU does.</summary>
    public Estimate EstimateFor(IdentityId identity, TimeSpan declared)
    {
        var own = runs.GetValueOrDefault(identity);
        // One sample per identity in the shared history, so that one person's thousand runs are not everybody's estimate.
        var samples = own?.Count >= OwnRunsNeeded ? own : [.. runs.Values.Select(list => list[^1])];
        if (samples.Count == 0) return new(declared, declared);
        var sorted = samples.Order().ToList();
        return new(Least(Quantile(sorted, 0.2), declared), Least(Quantile(sorted, 0.5), declared));
    }

    private static TimeSpan Quantile(List<TimeSpan> sorted, double q) => sorted[(int)(q * (sorted.Count - 1))];

    private static TimeSpan Least(TimeSpan a, TimeSpan b) => a < b ? a : b;

    /// <summary>Puts back what a store kept, oldest identity first.</summary>
    public static FunctionHistory Restore(HistoryState state)
    {
        var history = new FunctionHistory(state.Function);
        foreach (var (identity, measured) in state.Runs)
            foreach (var run in measured) history.Learn(identity, TimeSpan.FromMilliseconds(run));
        return history;
    }

    public HistoryState Save() =>
        new(Function, [.. recent.Select(identity => new RunsOfIdentity(identity, [.. runs[identity].Select(run => (long)run.TotalMilliseconds)]))]);
}

/// <param name="Floor">Admission needs this much: most runs take at least as long.</param>
/// <param name="Expected">As likely to be passed as not.</param>
public sealed record Estimate(TimeSpan Floor, TimeSpan Expected);

/// <summary>A history as a store keeps it.</summary>
public sealed record HistoryState(FunctionKey Function, IReadOnlyList<RunsOfIdentity> Runs);

/// <param name="Milliseconds">Measured runs, oldest first.</param>
public sealed record RunsOfIdentity(IdentityId Identity, IReadOnlyList<long> Milliseconds);
