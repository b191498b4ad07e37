using Stint.Core.Identities;
using Stint.Core.Quota;
using Stint.Core.Spaces;

namespace Stint.Core.Leasing;

/// <summary>
/// The order in which waiting tasks get slots: aged fair share. A ticket's key is its arrival, or the moment its identity was
/// last served where that is later, plus a delay (decision 0004). The delay grows with the GPU time that identity has
/// outstanding and has spent in its window, and with what the ticket itself is expected to take, all divided by the plan's
/// priority; it never reaches <see cref="PenaltyCap"/>. Who took more than twice what was expected is expected to take that
/// much longer the next time.
/// </summary>
/// <remarks>
/// Nobody waits for ever. Proof: let T be a ticket that a slot would fit, and its identity last served, or T if later arrived,
/// at time t. (1) T's key is below t + cap until its identity is served again: no delay reaches the cap. (2) Who arrives from
/// t + cap on has a greater key, for no key is below its arrival. (3) So has every other identity once it was served after
/// t + cap, for no key is below that moment. (4) By 2 and 3 at most the identities that wait at t + cap are served before T's,
/// each once, and their leases end, for each has a deadline: so T's identity is served again and again while T waits. (5) From
/// the first time after T's arrival + cap on, nothing of T's own length counts (<see cref="Length"/>), and no ticket of its
/// identity that came later has a smaller key: burden and priority are the same for all, and a draw goes to who came first.
/// (Where its window ends while it waits, what came since is not burdened by it: until the next of them is served, for that
/// opens a window anew, in which all of them stand.) (6) So but for one a window, only those of its identity that came before T
/// can still go before it. They are finitely many. ∎ What no slot fits, or its own Space's limit holds back, waits for that and
/// not for its turn; its wait limit ends it.
/// A burden is the same for all tickets of an identity, so only heads of lanes compete: a change costs O(lanes of that identity × log lanes).
/// </remarks>
/// <param name="order">Another order to compare ours with; null for ours.</param>
public sealed class Queue(IQueueOrder? order = null)
{
    /// <summary>Delay for each second of GPU time that the identity has outstanding or has spent in its window.</summary>
    public const int DelayPerBurden = 1;

    /// <summary>Delay for each second that the ticket itself is expected to take: short ones first, whoever's they are.</summary>
    public const int DelayPerExpected = 150;

    /// <summary>No delay reaches this; half of it is where the rest of the sum weighs as much as the cap.</summary>
    public static readonly TimeSpan PenaltyCap = TimeSpan.FromHours(2);

    /// <summary>Empty lanes that are kept for the next ones.</summary>
    private const int MostSpare = 1_024;

    /// <summary>The first of each identity's lanes; the others hang on it.</summary>
    private readonly Dictionary<IdentityId, Lane> lanesOf = [];
    private readonly Dictionary<(string? Node, SlotSize Size), SortedSet<Head>> heads = [];
    private readonly Stack<Lane> spare = new();

    public int Count { get; private set; }

    /// <param name="standing">The identity's own, this ticket included.</param>
    public void Add(Reservation ticket, Standing standing)
    {
        var key = LaneKey.Of(ticket);
        var lane = Find(key) ?? Open(key);
        lane.Tickets.Add(ticket);
        Count++;
        Rekey(key.Identity, standing);
    }

    public void Remove(Reservation ticket, Standing standing)
    {
        var lane = Find(LaneKey.Of(ticket))!;
        Invariant.Holds(lane.Tickets.Remove(ticket), $"a ticket leaves the queue once, {ticket.Id} was not in it");
        Count--;
        if (lane.Tickets.Count == 0) Close(lane);
        Rekey(ticket.Identity, standing);
    }

    /// <summary>Puts the identity's lanes where its standing now says.</summary>
    public void Rekey(IdentityId identity, Standing standing)
    {
        if (!lanesOf.TryGetValue(identity, out var own)) return;
        // A plan that was raised counts for everything that waits, or what was asked on it would go before the rest for ever.
        var priority = int.MinValue;
        for (var lane = own; lane is not null; lane = lane.Next) priority = Math.Max(priority, lane.Tickets.Min!.Priority);
        for (var lane = own; lane is not null; lane = lane.Next)
        {
            var first = lane.Tickets.Min!;
            var head = new Head(order?.KeyOf(first, standing) ?? KeyOf(first.ArrivedAt, standing, first.Expected, priority), first);
            if (lane.Head == head) continue;
            if (lane.Head is { } before) RemoveHead(lane.Key, before);
            if (!heads.TryGetValue((lane.Key.Node, lane.Key.Size), out var same)) heads[(lane.Key.Node, lane.Key.Size)] = same = new(HeadOrder.Instance);
            same.Add(head);
            lane.Head = head;
        }
    }

    /// <summary>The best ticket of all; null where none waits.</summary>
    /// <param name="fits">Leaves out what nothing is free for: a node, or null for any, and a size.</param>
    public Reservation? First(Func<string?, SlotSize, bool> fits)
    {
        Head? best = null;
        foreach (var (kind, same) in heads)
            if (same.Count > 0 && fits(kind.Node, kind.Size) && (best is not { } other || HeadOrder.Instance.Compare(same.Min, other) < 0)) best = same.Min;
        return best?.Ticket;
    }

    /// <summary>
    /// The heads of all lanes, best first. A lane holds tickets of one identity, Space, node and size, so if its head does not
    /// fit, none behind it does.
    /// </summary>
    /// <param name="fits">Leaves out what nothing is free for: a node, or null for any, and a size.</param>
    public IEnumerable<Reservation> InOrder(Func<string?, SlotSize, bool>? fits = null)
    {
        var kinds = heads.Where(kind => fits?.Invoke(kind.Key.Node, kind.Key.Size) ?? true).Select(kind => kind.Value).ToList();
        return (kinds.Count == 1 ? kinds[0] : Merged(kinds)).Select(head => head.Ticket);
    }

    private static IEnumerable<Head> Merged(List<SortedSet<Head>> kinds)
    {
        var open = new List<IEnumerator<Head>>();
        foreach (var kind in kinds)
            if (kind.GetEnumerator() is IEnumerator<Head> each && each.MoveNext()) open.Add(each);
        while (open.Count > 0)
        {
            var first = open[0];
            for (var i = 1; i < open.Count; i++)
                if (HeadOrder.Instance.Compare(open[i].Current, first.Current) < 0) first = open[i];
            yield return first.Current;
            if (!first.MoveNext()) open.Remove(first);
        }
    }

    private void RemoveHead(LaneKey key, Head head)
    {
        var same = heads[(key.Node, key.Size)];
        same.Remove(head);
        // Nodes come and go; for those that may run anywhere there will be others.
        if (same.Count == 0 && key.Node is not null) heads.Remove((key.Node, key.Size));
    }

    private Lane? Find(LaneKey key)
    {
        var lane = lanesOf.GetValueOrDefault(key.Identity);
        while (lane is not null && lane.Key != key) lane = lane.Next;
        return lane;
    }

    private Lane Open(LaneKey key)
    {
        var lane = spare.TryPop(out var empty) ? empty : new Lane();
        (lane.Key, lane.Next) = (key, lanesOf.GetValueOrDefault(key.Identity));
        return lanesOf[key.Identity] = lane;
    }

    private void Close(Lane lane)
    {
        RemoveHead(lane.Key, lane.Head!.Value);
        var before = lanesOf[lane.Key.Identity];
        if (before != lane)
        {
            while (before.Next != lane) before = before.Next!;
            before.Next = lane.Next;
        }
        else if (lane.Next is null) lanesOf.Remove(lane.Key.Identity);
        else lanesOf[lane.Key.Identity] = lane.Next;
        (lane.Next, lane.Head) = (null, null);
        if (spare.Count < MostSpare) spare.Push(lane);
    }

    /// <summary>Everything that waits, in no order.</summary>
    public IEnumerable<Reservation> Tickets()
    {
        foreach (var first in lanesOf.Values)
            for (var lane = first; lane is not null; lane = lane.Next)
                foreach (var ticket in lane.Tickets) yield return ticket;
    }

    public int WaitingOf(IdentityId identity)
    {
        var waiting = 0;
        for (var lane = lanesOf.GetValueOrDefault(identity); lane is not null; lane = lane.Next) waiting += lane.Tickets.Count;
        return waiting;
    }

    /// <summary>The lower, the sooner.</summary>
    /// <param name="standing">Its identity's, with this ticket in it.</param>
    /// <param name="expected">What the ticket itself is expected to take.</param>
    public static Instant KeyOf(Instant arrivedAt, Standing standing, GpuTime expected, int priority)
    {
        var from = Instant.Max(arrivedAt, standing.LastServedAt);
        return from + Delay(standing.BurdenOn(arrivedAt), Length(expected, from - arrivedAt) + standing.OverstayOn(arrivedAt), priority);
    }

    /// <summary>
    /// What counts of a ticket's own length: all of it at first, and nothing once its identity was served that long after it
    /// came. Otherwise one's own short tasks could keep one's own long one waiting for ever.
    /// </summary>
    private static GpuTime Length(GpuTime expected, TimeSpan passedOver)
    {
        var (cap, passed) = ((long)PenaltyCap.TotalMilliseconds, (long)passedOver.TotalMilliseconds);
        return passed >= cap ? GpuTime.Zero : new((long)((Int128)expected.Milliseconds * (cap - passed) / cap));
    }

    /// <summary>Bends towards the cap and never reaches it: a greater burden is a greater delay, however great both are.</summary>
    private static TimeSpan Delay(GpuTime burden, GpuTime length, int priority)
    {
        Int128 cap = (long)PenaltyCap.TotalMilliseconds;
        var sum = ((DelayPerBurden * (Int128)burden.Milliseconds) + (DelayPerExpected * (Int128)length.Milliseconds)) / priority;
        return TimeSpan.FromMilliseconds((long)(cap * sum / (cap + sum)));
    }

    private readonly record struct LaneKey(IdentityId Identity, SpaceId Space, string? Node, SlotSize Size)
    {
        public static LaneKey Of(Reservation ticket) => new(ticket.Identity, ticket.Function.Space, ticket.Node, ticket.Size);
    }

    private sealed class Lane
    {
        public LaneKey Key { get; set; }

        /// <summary>Another one of the same identity.</summary>
        public Lane? Next { get; set; }

        public SortedSet<Reservation> Tickets { get; } = new(ArrivalOrder.Instance);
        public Head? Head { get; set; }
    }

    private readonly record struct Head(Instant Key, Reservation Ticket);

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

        public int Compare(Head x, Head y)
        {
            var byKey = x.Key.CompareTo(y.Key);
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
