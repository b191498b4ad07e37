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
    public const int Identities = 64;

    /// <summary>What so many people ran tells something of a function that nobody has run yet.</summary>
    public const int PeopleToGeneralise = 8;

    /// <summary>The weight of one's own newest run; each older one weighs four fifths of the next newer.</summary>
    private const long Newest = 1_000_000;

    /// <summary>What everybody else's runs weigh together: as much as two newest ones of one's own.</summary>
    private const long Others = 2 * Newest;

    private readonly Dictionary<IdentityId, List<TimeSpan>> runs = [];
    private readonly List<IdentityId> recent = [];

    /// <summary>The newest run of each identity, in milliseconds, shortest first: what everybody's estimate shares.</summary>
    private readonly List<long> newest = [];

    /// <summary>The empty list of whoever was forgotten last, for the next one who comes.</summary>
    private List<TimeSpan>? spare;

    public FunctionKey Function { get; } = function;

    public IReadOnlyDictionary<IdentityId, List<TimeSpan>> Runs => runs;

    /// <summary>What is known of all functions together: <see cref="FunctionKey.Everything"/>. Null where that is this history.</summary>
    public FunctionHistory? Elsewhere { get; set; }

    /// <returns>The identity whose runs are forgotten for it; null where there was room.</returns>
    public IdentityId? Learn(IdentityId identity, TimeSpan measured)
    {
        if (!runs.TryGetValue(identity, out var own)) (runs[identity], spare) = (own = spare ?? [], null);
        else newest.RemoveAt(newest.BinarySearch((long)own[^1].TotalMilliseconds));
        own.Add(measured);
        var at = newest.BinarySearch((long)measured.TotalMilliseconds);
        newest.Insert(at < 0 ? ~at : at, (long)measured.TotalMilliseconds);
        if (own.Count > PerIdentity) own.RemoveAt(0);
        if (recent.Count == 0 || recent[^1] != identity)
        {
            recent.Remove(identity);
            recent.Add(identity);
        }

        return recent.Count <= Identities ? null : ForgetOldest();
    }

    /// <summary>
    /// What the next run of this identity is thought to take: its own runs, the newest weighing most, beside one run each of
    /// everybody else (decision 0003). While nobody has run this function: the same of all functions together, once enough
    /// people have; before that nothing is known. What the author declares is never read.
    /// </summary>
    /// <param name="level">The share of runs that take no longer than the floor, between 0 and 1.</param>
    public Estimate? EstimateFor(IdentityId identity, double level)
    {
        if (runs.Count == 0) return Elsewhere?.runs.Count >= PeopleToGeneralise ? Elsewhere.EstimateFor(identity, level) : null;
        Span<Sample> space = stackalloc Sample[PerIdentity + Identities];
        var samples = SamplesFor(identity, space);
        return new(Quantile(samples, level), Quantile(samples, Estimate.LikelyLevel), Quantile(samples, 0.5));
    }

    private IdentityId ForgetOldest()
    {
        var oldest = recent[0];
        recent.RemoveAt(0);
        runs.Remove(oldest, out var theirs);
        newest.RemoveAt(newest.BinarySearch((long)theirs![^1].TotalMilliseconds));
        theirs.Clear();
        spare = theirs;
        return oldest;
    }

    /// <summary>Its own runs and everybody else's newest, shortest first, and of two as long as each other the lighter first.</summary>
    private Span<Sample> SamplesFor(IdentityId identity, Span<Sample> space)
    {
        var count = 0;
        var own = runs.GetValueOrDefault(identity);
        var weight = Newest;
        for (var i = (own?.Count ?? 0) - 1; i >= 0; i--, weight = weight * 4 / 5) space[count++] = new((long)own![i].TotalMilliseconds, weight);
        space[..count].Sort();
        // One sample a person, so that one person's thousand runs are not everybody's estimate.
        var others = runs.Count - (own is null ? 0 : 1);
        if (others == 0) return space[..count];
        var skip = own is null ? -1 : newest.BinarySearch((long)own[^1].TotalMilliseconds);
        // Both are in order: merged from behind, in place.
        for (int at = newest.Count - 1, mine = count - 1, to = count + others - 1; at >= 0; at--)
        {
            if (at == skip) continue;
            var other = new Sample(newest[at], Others / others);
            while (mine >= 0 && space[mine].CompareTo(other) > 0) space[to--] = space[mine--];
            space[to--] = other;
        }

        return space[..(count + others)];
    }

    /// <summary>Each sample stands at the middle of its weight; between two the quantile moves in proportion. In whole numbers, so that no rounding decides.</summary>
    private static TimeSpan Quantile(ReadOnlySpan<Sample> sorted, double level)
    {
        long sum = 0;
        foreach (var sample in sorted) sum += sample.Weight;
        var target = (long)(level * 2 * sum);
        long before = 0, lastAt = 0, last = sorted[0].Milliseconds;
        foreach (var (milliseconds, weight) in sorted)
        {
            var at = (2 * before) + weight;
            if (at >= target) return TimeSpan.FromMilliseconds(last + ((milliseconds - last) * (target - lastAt) / (at - lastAt)));
            (before, lastAt, last) = (before + weight, at, milliseconds);
        }

        return TimeSpan.FromMilliseconds(last);
    }

    private readonly record struct Sample(long Milliseconds, long Weight) : IComparable<Sample>
    {
        public int CompareTo(Sample other) => Milliseconds == other.Milliseconds ? Weight.CompareTo(other.Weight) : Milliseconds.CompareTo(other.Milliseconds);
    }

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

/// <summary>What a run is thought to take.</summary>
/// <param name="Floor">As long as the level asked for says.</param>
/// <param name="Likely">Hardly any run takes longer: <see cref="LikelyLevel"/>.</param>
/// <param name="Expected">As likely to be passed as not.</param>
public sealed record Estimate(TimeSpan Floor, TimeSpan Likely, TimeSpan Expected)
{
    public const double LikelyLevel = 0.9;
}

/// <summary>A history as a store keeps it.</summary>
public sealed record HistoryState(FunctionKey Function, IReadOnlyList<RunsOfIdentity> Runs);

/// <param name="Milliseconds">Measured runs, oldest first.</param>
public sealed record RunsOfIdentity(IdentityId Identity, IReadOnlyList<long> Milliseconds);
