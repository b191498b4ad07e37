using Stint.Core.Identities;
using Stint.Core.Quota;
using Stint.Core.Spaces;

namespace Stint.Core.Leasing;

/// <summary>
/// The order in which waiting tasks get slots: aged fair share. A ticket's key is its arrival, or the moment its identity was
/// last served where that is later, plus a penalty for the GPU time that identity has outstanding, queued and running,
/// divided by the plan's priority. The penalty is capped, so whoever was not served for longer than the cap stands before
/// every newcomer: nobody starves. And because being served begins the wait anew, one person's thousand tasks delay that
/// person only, however long they take.
/// </summary>
/// <remarks>All tickets of an identity carry the same penalty, so within a lane arrival decides and only heads compete: a change costs O(lanes of that identity × log lanes).</remarks>
/// <param name="order">Another order to compare ours with; null for ours.</param>
public sealed class Queue(IQueueOrder? order = null)
{
    /// <summary>How much of an identity's outstanding GPU time counts as delay.</summary>
    public const double PenaltyPerGpuTime = 1.0;

    public static readonly TimeSpan PenaltyCap = TimeSpan.FromMinutes(30);

    private readonly Dictionary<LaneKey, Lane> lanes = [];
    private readonly Dictionary<IdentityId, HashSet<LaneKey>> lanesOf = [];
    private readonly SortedSet<Head> heads = new(HeadOrder.Instance);

    public int Count { get; private set; }

    /// <param name="standing">The identity's own, this ticket included.</param>
    public void Add(Reservation ticket, Standing standing)
    {
        var key = LaneKey.Of(ticket);
        if (!lanes.TryGetValue(key, out var lane))
        {
            lanes[key] = lane = new Lane();
            if (!lanesOf.TryGetValue(key.Identity, out var own)) lanesOf[key.Identity] = own = [];
            own.Add(key);
        }

        lane.Tickets.Add(ticket);
        Count++;
        Rekey(key.Identity, standing);
    }

    public void Remove(Reservation ticket, Standing standing)
    {
        var key = LaneKey.Of(ticket);
        var lane = lanes[key];
        Invariant.Holds(lane.Tickets.Remove(ticket), $"a ticket leaves the queue once, {ticket.Id} was not in it");
        Count--;
        if (lane.Tickets.Count == 0)
        {
            heads.Remove(lane.Head!);
            lanes.Remove(key);
            lanesOf[key.Identity].Remove(key);
            if (lanesOf[key.Identity].Count == 0) lanesOf.Remove(key.Identity);
        }

        Rekey(key.Identity, standing);
    }

    /// <summary>Puts the identity's lanes where its standing now says.</summary>
    public void Rekey(IdentityId identity, Standing standing)
    {
        if (!lanesOf.TryGetValue(identity, out var own)) return;
        foreach (var key in own)
        {
            var lane = lanes[key];
            var first = lane.Tickets.Min!;
            var head = new Head(order?.KeyOf(first, standing) ?? KeyOf(Instant.Max(first.ArrivedAt, standing.LastServedAt), standing.Outstanding, first.Priority), first);
            if (lane.Head == head) continue;
            if (lane.Head is not null) heads.Remove(lane.Head);
            heads.Add(head);
            lane.Head = head;
        }
    }

    /// <summary>The heads of all lanes, best first. A lane holds tickets of one identity, Space and size, so if its head does not fit, none behind it does.</summary>
    public IEnumerable<Reservation> InOrder() => heads.Select(head => head.Ticket);

    public int WaitingOf(IdentityId identity) =>
        lanesOf.TryGetValue(identity, out var own) ? own.Sum(key => lanes[key].Tickets.Count) : 0;

    /// <summary>The lower, the sooner.</summary>
    /// <param name="waitsSince">Its arrival, or when its identity was last served where that is later.</param>
    /// <param name="outstanding">The identity's outstanding GPU time, the ticket's own included.</param>
    public static Instant KeyOf(Instant waitsSince, GpuTime outstanding, int priority) => waitsSince + Penalty(outstanding, priority);

    private static TimeSpan Penalty(GpuTime outstanding, int priority)
    {
        var milliseconds = (long)(PenaltyPerGpuTime * outstanding.Milliseconds / priority);
        return TimeSpan.FromMilliseconds(Math.Min(milliseconds, (long)PenaltyCap.TotalMilliseconds));
    }

    private sealed record LaneKey(IdentityId Identity, SpaceId Space, SlotSize Size)
    {
        public static LaneKey Of(Reservation ticket) => new(ticket.Identity, ticket.Function.Space, ticket.Size);
    }

    private sealed class Lane
    {
        public SortedSet<Reservation> Tickets { get; } = new(ArrivalOrder.Instance);
        public Head? Head { get; set; }
    }

    private sealed record Head(Instant Key, Reservation Ticket);

    private sealed class ArrivalOrder : IComparer<Reservation>
    {
        public static readonly ArrivalOrder Instance = new();

        public int Compare(Reservation? x, Reservation? y)
        {
            var byArrival = x!.ArrivedAt.CompareTo(y!.ArrivedAt);
            return byArrival != 0 ? byArrival : x.Id.CompareTo(y.Id);
        }
    }

    private sealed class HeadOrder : IComparer<Head>
    {
        public static readonly HeadOrder Instance = new();

        public int Compare(Head? x, Head? y)
        {
            var byKey = x!.Key.CompareTo(y!.Key);
            return byKey != 0 ? byKey : ArrivalOrder.Instance.Compare(x.Ticket, y.Ticket);
        }
    }
}

/// <summary>Who goes first, where it is not the hub's own order: what a replay holds that order against.</summary>
public interface IQueueOrder
{
    /// <summary>The lower, the sooner. Asked for the head of a lane whenever its identity's standing changed, and on <see cref="Queue.Rekey"/>.</summary>
    Instant KeyOf(Reservation ticket, Standing standing);
}
