using Stint.Core.Identities;
using Stint.Core.Leasing;
using Stint.Core.Quota;

namespace Stint.Hub.Replay;

/// <summary>An order of the queue that ours is held against. Like ours it keeps one person's tasks for one Space in order of arrival.</summary>
internal abstract class Policy : IQueueOrder
{
    public abstract Instant KeyOf(Reservation ticket, Standing standing);

    public virtual void Watch(Books books) { }

    /// <summary>Time has come to <paramref name="now"/>, and what ran until now has run that long; nothing of this moment has happened yet.</summary>
    public virtual void Elapse(Instant now) { }

    /// <summary>A request is about to reach the hub.</summary>
    public virtual void Arriving(IdentityId identity) { }
}

/// <summary>Whoever came first.</summary>
internal sealed class FirstCome : Policy
{
    public override Instant KeyOf(Reservation ticket, Standing standing) => ticket.ArrivedAt;
}

/// <summary>The run thought to be shortest; with true durations for estimates it is what perfect knowledge would do.</summary>
internal sealed class ShortestFirst : Policy
{
    public override Instant KeyOf(Reservation ticket, Standing standing) => new(ticket.Expected.Milliseconds);
}

/// <summary>
/// The virtual token counter (Sheng and others, OSDI 2024): whoever has received least service goes first, counted as it is
/// rendered. Who comes back from idleness is lifted to the least of those who are active, so that nobody saves up a claim.
/// </summary>
internal sealed class TokenCounter : Policy
{
    private readonly Dictionary<IdentityId, long> received = [];
    private readonly HashSet<IdentityId> active = [];
    private Books? books;
    private Instant counted;

    public override Instant KeyOf(Reservation ticket, Standing standing) => new(received.GetValueOrDefault(ticket.Identity));

    public override void Watch(Books books) => this.books = books;

    public override void Elapse(Instant now)
    {
        var milliseconds = now.UnixMilliseconds - counted.UnixMilliseconds;
        counted = now;
        foreach (var identity in active)
        {
            var ledger = books!.LedgerOf(identity);
            if (ledger.Leased.Count + ledger.Queued.Count == 0) active.Remove(identity);
            if (ledger.Leased.Count == 0) continue;
            received[identity] += ledger.Leased.Count * milliseconds;
            books.Pool.Queue.Rekey(identity, ledger.Standing);
        }
    }

    public override void Arriving(IdentityId identity)
    {
        if (active.Contains(identity)) return;
        var least = active.Count == 0 ? 0 : active.Min(other => received[other]);
        received[identity] = Math.Max(received.GetValueOrDefault(identity), least);
        active.Add(identity);
    }
}
