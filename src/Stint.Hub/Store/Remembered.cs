using System.Collections.Concurrent;

namespace Stint.Hub.Store;

/// <summary>
/// What was read of the catalogue, for as long as nobody has written to it since, in this process or in any other: after a
/// write of anyone all of it is read anew. Bounded; past its bound it begins again, empty.
/// </summary>
/// <param name="read">Reads one thing; null is remembered too.</param>
internal sealed class Remembered<TKey, TValue>(Catalogue catalogue, Func<TKey, TValue> read, int most = 10_000)
    where TKey : notnull
{
    private volatile Page page = new(long.MinValue);

    public TValue Of(TKey key)
    {
        // Asked before the read: what is written between makes it worth nothing at the next look.
        var version = catalogue.Version();
        var known = page;
        if (known.Version != version || known.Count >= most) page = known = new(version);
        if (known.ByKey.TryGetValue(key, out var value)) return value;
        value = read(key);
        if (known.ByKey.TryAdd(key, value)) Interlocked.Increment(ref known.Count);
        return value;
    }

    /// <summary>Everything that was read at one version.</summary>
    private sealed class Page(long version)
    {
        public int Count;
        public readonly long Version = version;
        public readonly ConcurrentDictionary<TKey, TValue> ByKey = new();
    }
}
