using Stint.Core.Leasing;
using Stint.Core.Leasing.Forecasts;
using Stint.Core.Quota;
using Stint.Core.Spaces;

namespace Stint.Hub.Store.Ledgers;

/// <summary>
/// How long runs of an identity would wait that came now and were as runs of their Spaces are as a rule, by the forecast of
/// tickets. Runs that are about as long as each other are reckoned with once.
/// </summary>
public sealed class UsualWaits(PoolReading pool, QuotaSnapshot quota)
{
    /// <summary>A run of no Space in particular meets no Space's own bound.</summary>
    private static readonly SpaceId Anywhere = new("any", "where");

    private readonly Dictionary<(SlotSize Size, long Expected, int? Limit, SpaceId? Space), TimeSpan?> known = [];

    /// <param name="space">Null for a run of no Space in particular.</param>
    /// <param name="typical">Null where nothing of the Space was measured: it is taken to last as long as what declares nothing.</param>
    /// <returns>Null where no slot serves it or too much is open to look at.</returns>
    public TimeSpan? Of(Space? space, TypicalRun? typical)
    {
        var function = typical?.Function ?? new FunctionKey(space?.Id ?? Anywhere, "", SlotSize.Large, (long)FunctionKey.DeclaredByDefault.TotalMilliseconds);
        var weight = function.Size.Weight();
        var ceiling = weight.Hold(TimeSpan.FromMilliseconds(function.DeclaredMilliseconds));
        // In powers of two: a forecast says no more of the difference, and a page of Spaces takes a few of them.
        var expected = GpuTime.Min(ceiling, new((long)System.Numerics.BitOperations.RoundUpToPowerOf2((ulong)Math.Max(1, (typical?.Cost ?? ceiling).Milliseconds))));
        var key = (function.Size, expected.Milliseconds, space?.Concurrency, space?.Concurrency is null ? (SpaceId?)null : space.Id);
        if (known.TryGetValue(key, out var wait)) return wait;
        var newcomer = new Newcomer(quota.Identity, function, weight, expected, expected, ceiling, quota.Plan.Priority, space?.Concurrency);
        return known[key] = pool.WaitOf(newcomer, quota.Ledger.Standing, quota.Now);
    }
}
