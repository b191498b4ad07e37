using Stint.Core.Identities;
using Stint.Core.Leasing;
using Stint.Core.Quota.Purses;
using Stint.Hub.Engine;

namespace Stint.Hub.Layout.Live;

/// <summary>
/// Tells open pages that something they show has changed, and never what: a page reads that itself, as its reader may. Each
/// signal has a number greater than the one before, also after a restart, so that a page which was away can be told whether it
/// missed one. Nothing here reads the database, and nothing waits: the engine's own thread rings.
/// </summary>
public sealed class LiveSignals : IEffects
{
    /// <summary>Of so many identities the last signal is remembered; past it all are taken to have had one.</summary>
    private const int MostRemembered = 50_000;

    private static readonly LiveTopics[] EveryonesTopics = [LiveTopics.Spaces, LiveTopics.Pool];

    private readonly Lock gate = new();
    private readonly Dictionary<(LiveTopics Topic, IdentityId Of), HashSet<LiveListener>> listening = [];
    private readonly Dictionary<(LiveTopics Topic, IdentityId Of), long> rungAt = [];
    private long last;
    private long forgotten;

    public LiveSignals(TimeProvider time) => last = forgotten = time.GetUtcNow().ToUnixTimeMilliseconds() * 1_000;

    /// <summary>The number of the latest signal. Taken before a page reads what it shows, it tells later what the page missed.</summary>
    public long Last
    {
        get
        {
            lock (gate) return last;
        }
    }

    public void After(StepResult result)
    {
        if (result.Entries.Count == 0) return;
        var touched = new HashSet<IdentityId>();
        foreach (var entry in result.Entries)
        {
            if (entry.OfIdentity is { } whose) touched.Add(whose);
            foreach (var share in SharesIn(entry)) touched.Add(share.Of);
        }

        lock (gate)
        {
            RingAll(LiveTopics.Own, touched);
            Ring((LiveTopics.Pool, default));
        }
    }

    /// <summary>Something changed that is everyone's.</summary>
    public void Ring(LiveTopics topics)
    {
        lock (gate)
            foreach (var topic in EveryonesTopics)
                if (topics.HasFlag(topic)) Ring((topic, default));
    }

    /// <summary>Something changed that is theirs alone.</summary>
    public void Ring(LiveTopics topic, IEnumerable<IdentityId> whose)
    {
        lock (gate) RingAll(topic, whose);
    }

    /// <summary>From here on this listener hears of these topics; at once where one of them rang since <paramref name="seen"/>.</summary>
    internal LiveListener Listen(IdentityId identity, LiveTopics topics, long seen)
    {
        List<(LiveTopics, IdentityId)> keys = [.. Enum.GetValues<LiveTopics>().Where(topic => topic != LiveTopics.None && topics.HasFlag(topic)).Select(topic => (topic, Of(topic, identity)))];
        LiveListener? listener = null;
        listener = new(() => Leave(listener!, keys));
        lock (gate)
        {
            foreach (var key in keys)
            {
                if (!listening.TryGetValue(key, out var others)) listening[key] = others = [];
                others.Add(listener);
                if (rungAt.GetValueOrDefault(key, forgotten) > seen) listener.Ring(key.Item1, last);
            }
        }

        return listener;
    }

    private static IdentityId Of(LiveTopics topic, IdentityId identity) => EveryonesTopics.Contains(topic) ? default : identity;

    private void Leave(LiveListener listener, List<(LiveTopics, IdentityId)> keys)
    {
        lock (gate)
            foreach (var key in keys)
                if (listening.TryGetValue(key, out var others) && others.Remove(listener) && others.Count == 0) listening.Remove(key);
    }

    private void RingAll(LiveTopics topic, IEnumerable<IdentityId> whose)
    {
        foreach (var identity in whose) Ring((topic, identity));
    }

    private void Ring((LiveTopics Topic, IdentityId Of) key)
    {
        last++;
        if (rungAt.Count >= MostRemembered)
        {
            rungAt.Clear();
            forgotten = last;
        }

        rungAt[key] = last;
        if (!listening.TryGetValue(key, out var listeners)) return;
        foreach (var listener in listeners) listener.Ring(key.Topic, last);
    }

    /// <summary>Others whose purses pay, besides the identity that an entry names.</summary>
    private static IEnumerable<Share> SharesIn(Entry entry) => entry switch
    {
        GpuTimeReserved made => made.Reservation.Shares,
        MoreHeld more => more.Shares,
        ReservationEnded { Ending.Further: { } paid } => paid,
        ChargeRefunded { Ended.Ending.Further: { } paid } => paid,
        _ => [],
    };
}

/// <summary>One open page's ear. What rings while nobody looks is kept, once each.</summary>
internal sealed class LiveListener(Action leave) : IDisposable
{
    private readonly SemaphoreSlim rang = new(0);
    private readonly Lock gate = new();
    private LiveTopics topics;
    private long number;

    public void Ring(LiveTopics topic, long at)
    {
        lock (gate)
        {
            if (topics == LiveTopics.None) rang.Release();
            (topics, number) = (topics | topic, at);
        }
    }

    /// <summary>False where nothing rang in that time.</summary>
    public Task<bool> WaitAsync(TimeSpan within, CancellationToken over) => rang.WaitAsync(within, over);

    /// <summary>What rang since the last call, and the number of the latest of it.</summary>
    public (LiveTopics Topics, long Number) Take()
    {
        lock (gate)
        {
            var taken = (topics, number);
            topics = LiveTopics.None;
            return taken;
        }
    }

    public void Dispose()
    {
        leave();
        rang.Dispose();
    }
}
