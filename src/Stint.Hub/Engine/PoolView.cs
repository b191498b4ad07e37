using Stint.Core.Leasing;

namespace Stint.Hub.Engine;

/// <summary>The pool as last committed, for readers on other threads. Advice, never a gate.</summary>
public sealed record PoolView(int Waiting, int Slots, int Free)
{
    public static readonly PoolView Empty = new(0, 0, 0);

    public static PoolView Of(Pool pool) => new(pool.Queue.Count, pool.Slots.Count, pool.FreeCount);
}
