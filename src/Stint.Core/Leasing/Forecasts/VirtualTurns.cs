using Stint.Core.Identities;
using Stint.Core.Quota;
using Stint.Core.Spaces;

namespace Stint.Core.Leasing.Forecasts;

/// <summary>
/// The order in which what waits is served if nothing else comes and every run takes what is expected: by the queue's own keys,
/// each identity set back as it is served.
/// </summary>
internal sealed class VirtualTurns
{
    private readonly PoolPicture picture;
    private readonly Dictionary<IdentityId, List<Lane>> lanesOf = [];
    private readonly Dictionary<IdentityId, Standing> standings;
    private readonly PriorityQueue<(Lane Lane, Instant Key), (Instant Key, Instant ArrivedAt, ReservationId Id)> heads = new();

    private VirtualTurns(PoolPicture picture)
    {
        (this.picture, standings) = (picture, new(picture.Standings));
        var lanes = new Dictionary<(IdentityId, SpaceId, string?, SlotSize), Lane>();
        foreach (var ticket in picture.Waiting)
        {
            var key = (ticket.Identity, ticket.Function.Space, ticket.Node, ticket.Size);
            if (!lanes.TryGetValue(key, out var lane))
            {
                lanes[key] = lane = new();
                if (!lanesOf.TryGetValue(ticket.Identity, out var own)) lanesOf[ticket.Identity] = own = [];
                own.Add(lane);
            }

            lane.Tickets.Enqueue(ticket);
        }

        foreach (var identity in lanesOf.Keys) Put(identity);
    }

    /// <param name="until">Nothing behind this one is asked for; null for all.</param>
    public static List<Reservation> Of(PoolPicture picture, ReservationId? until = null) => new VirtualTurns(picture).Serve(until);

    private List<Reservation> Serve(ReservationId? until)
    {
        var served = new List<Reservation>(picture.Waiting.Count);
        var free = new SlotTimes(picture);
        free.Begin(run => new RunSpread(run).LeftAt(RunSpread.Levels / 2, (picture.At - run.Lease!.MeterStartsAt).TotalMilliseconds));
        while (heads.TryDequeue(out var head, out var place))
        {
            // It stands elsewhere since its identity was served, or was served itself.
            if (!head.Lane.Tickets.TryPeek(out var ticket) || ticket.Id != place.Id || head.Lane.Key != head.Key) continue;
            head.Lane.Tickets.Dequeue();
            served.Add(ticket);
            if (ticket.Id == until) return served;
            if (free.Take(ticket, ticket.Weight.Lasts(ticket.Expected).TotalMilliseconds) is { } start)
                standings[ticket.Identity] = standings[ticket.Identity] with { LastServedAt = picture.At + TimeSpan.FromMilliseconds(start) };
            Put(ticket.Identity);
        }

        return served;
    }

    private void Put(IdentityId identity)
    {
        var own = lanesOf[identity];
        own.RemoveAll(lane => lane.Tickets.Count == 0);
        if (own.Count == 0) return;
        var priority = own.Max(lane => lane.Tickets.Peek().Priority);
        foreach (var lane in own)
        {
            var first = lane.Tickets.Peek();
            lane.Key = Queue.KeyOf(first.ArrivedAt, standings[identity], first.Expected, priority);
            heads.Enqueue((lane, lane.Key), (lane.Key, first.ArrivedAt, first.Id));
        }
    }

    private sealed class Lane
    {
        public Queue<Reservation> Tickets { get; } = new();
        public Instant Key { get; set; }
    }
}
