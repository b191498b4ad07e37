using Stint.Core.Identities;
using Stint.Core.Quota;

namespace Stint.Core.Leasing.Forecasts;

/// <summary>
/// The tickets of a pool as their owners may see them: place, expected start, and the reason of each move. A fold of pictures of the
/// pool and of what departed between them; the same pictures always come to the same book. Bounded by <see cref="PoolPicture.MostWaiting"/>
/// and <see cref="KeptDeparted"/>.
/// </summary>
public sealed class TicketBook
{
    public const int KeptDeparted = 1_000;

    private readonly ForecastRecord record = new();
    private readonly Queue<ReservationId> departed = new();
    private Dictionary<ReservationId, Ticket> tickets = [];
    private List<Reservation> order = [];
    private int? slots;

    /// <summary>Everything that waits, and what departed last; never changes once handed out.</summary>
    public IReadOnlyDictionary<ReservationId, Ticket> Tickets => tickets;

    /// <summary>When a ticket that came now would start, by how earlier ones turned out.</summary>
    public StartRange RangeOf(TimeSpan middle, Instant now) => record.RangeOf(middle, now);

    public void Look(PoolPicture picture, IReadOnlyList<Departed> gone)
    {
        tickets = new(tickets);
        foreach (var one in gone) Depart(one);
        var forecast = Forecast.Of(picture);
        var usable = picture.Usable.Count();
        var crossings = new Crossings(order, forecast.Order, gone, before: id => tickets.TryGetValue(id, out var ticket) && ticket.Phase == TicketPhase.Waiting);
        for (var i = 0; i < forecast.Order.Count; i++) See(forecast, forecast.Order[i], picture, crossings, usable - (slots ?? usable));
        var waiting = forecast.Order.Select(ticket => ticket.Id).ToHashSet();
        // What the picture has no room for is not told anything; what is gone without a word is forgotten.
        foreach (var (id, ticket) in tickets)
            if (ticket.Phase == TicketPhase.Waiting && !waiting.Contains(id)) tickets.Remove(id);
        (order, slots) = ([.. forecast.Order], usable);
    }

    private void See(Forecast forecast, Reservation reservation, PoolPicture picture, Crossings crossings, int slotsMore)
    {
        var turn = forecast.Of(reservation.Id)!;
        StartRange? range = turn.Middle is { } middle ? record.RangeOf(middle, picture.At) : null;
        if (!tickets.TryGetValue(reservation.Id, out var before))
        {
            tickets[reservation.Id] = new(reservation, picture.At, TicketPhase.Waiting, turn.Place, forecast.Order.Count + picture.Unseen, turn.Middle, range, range, [])
            {
                MiddleFirst = turn.Middle,
            };
            return;
        }

        var now = before with { At = picture.At, Place = turn.Place, Waiting = forecast.Order.Count + picture.Unseen, Middle = turn.Middle, Range = range };
        var reasons = crossings.Of(reservation, before.Place, turn.Place);
        if (slotsMore != 0) reasons.Add(new(slotsMore < 0 ? MoveCause.SlotsLost : MoveCause.SlotsBack, Math.Abs(slotsMore)));
        tickets[reservation.Id] = reasons.Count > 0 && (before.Place != turn.Place || slotsMore != 0)
            ? now.Moved(new(picture.At, before.Place, turn.Place, reasons))
            : now;
    }

    private void Depart(Departed gone)
    {
        if (!tickets.TryGetValue(gone.Id, out var ticket) || ticket.Phase != TicketPhase.Waiting) return;
        tickets[gone.Id] = ticket with { At = gone.At, Phase = gone.Cause is null ? TicketPhase.Started : TicketPhase.Left, EndedAt = gone.At, Cause = gone.Cause, Middle = null, Range = null };
        if (gone.Cause is null && ticket.MiddleFirst is { } middle) record.Learn(middle, gone.At - ticket.Reservation.ReservedAt);
        departed.Enqueue(gone.Id);
        if (departed.Count > KeptDeparted) tickets.Remove(departed.Dequeue());
    }
}

/// <summary>Who went past whom between two orders: what makes the reasons of moves. Each question costs O(1).</summary>
internal sealed class Crossings
{
    private readonly Dictionary<ReservationId, int> before = [];
    private readonly int[] started;
    private readonly int[] left;
    private readonly int[] came;
    private readonly HashSet<IdentityId> served = [];

    /// <param name="before">Whether a ticket waited before.</param>
    public Crossings(List<Reservation> old, IReadOnlyList<Reservation> now, IReadOnlyList<Departed> gone, Func<ReservationId, bool> before)
    {
        var departed = gone.ToDictionary(one => one.Id, one => one.Cause);
        (started, left, came) = (new int[old.Count + 1], new int[old.Count + 1], new int[now.Count + 1]);
        for (var i = 0; i < old.Count; i++)
        {
            this.before[old[i].Id] = i;
            var isGone = departed.TryGetValue(old[i].Id, out var cause);
            started[i + 1] = started[i] + (isGone && cause is null ? 1 : 0);
            left[i + 1] = left[i] + (isGone && cause is not null ? 1 : 0);
            if (isGone && cause is null) served.Add(old[i].Identity);
        }

        for (var i = 0; i < now.Count; i++) came[i + 1] = came[i] + (before(now[i].Id) ? 0 : 1);
    }

    public List<MoveReason> Of(Reservation ticket, int from, int to)
    {
        var reasons = new List<MoveReason>();
        if (!before.TryGetValue(ticket.Id, out var place)) return reasons;
        Add(MoveCause.StartedAhead, started[place]);
        Add(MoveCause.LeftAhead, left[place]);
        Add(MoveCause.CameAhead, came[to - 1]);
        // What neither came nor went crossed: its identity's standing changed, or this one's did.
        var crossed = to - from + started[place] + left[place] - came[to - 1];
        if (crossed > 0 && served.Contains(ticket.Identity)) Add(MoveCause.OwnServed, 1);
        else if (crossed > 0) Add(MoveCause.PutAhead, crossed);
        else Add(MoveCause.SetBack, -crossed);
        return reasons;

        void Add(MoveCause cause, int count)
        {
            if (count > 0) reasons.Add(new(cause, count));
        }
    }
}
