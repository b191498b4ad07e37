using System.Threading.Channels;
using Stint.Core.Identities;
using Stint.Core.Leasing;
using Stint.Core.Leasing.Forecasts;
using Stint.Core.Quota;
using Stint.Hub.Engine;
using Stint.Hub.Layout.Live;
using Stint.Hub.Telemetry;

namespace Stint.Hub.Tickets;

/// <summary>
/// Keeps the book of tickets up to date, off the engine's thread: after a commit it takes a picture of the pool, a few times a
/// second and seldom where much waits, and reckons with it elsewhere. What it shows is advice and at most a second or two old.
/// </summary>
internal sealed class TicketWatch(ILogger<TicketWatch> log, LiveSignals? live = null) : BackgroundService, IEffects
{
    /// <summary>With so few waiting, every commit is looked at until a <see cref="Rush"/> is spent.</summary>
    private const int Few = 50;

    private const int Many = 500;
    private const int MostDepartures = 10_000;

    /// <summary>As often as anybody is told. A look takes about as long as a commit, and from whoever is to be answered next.</summary>
    private static readonly TimeSpan Often = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan Seldom = TimeSpan.FromSeconds(1);

    /// <summary>Looks that come sooner than that borrow from those after them, up to so much: whoever arrives at an ordinary pool has a place at once.</summary>
    private static readonly TimeSpan Rush = TimeSpan.FromSeconds(4);

    private static readonly TimeSpan Shortly = TimeSpan.FromMilliseconds(50);

    private readonly Channel<(PoolPicture Picture, List<Departed> Gone)> pictures =
        Channel.CreateBounded<(PoolPicture, List<Departed>)>(new BoundedChannelOptions(4) { SingleReader = true });

    private readonly TicketBook book = new();
    private List<Departed> gone = [];
    private Instant taken, spent;
    private Instant due = Instant.Never;
    private bool somethingWaited;
    private volatile IReadOnlyDictionary<ReservationId, Ticket> tickets = new Dictionary<ReservationId, Ticket>();
    private TaskCompletionSource changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes at the next change; taken before a look, it misses none.</summary>
    public Task Changed => Volatile.Read(ref changed).Task;

    /// <summary>Null for one that never waited here, or long ago.</summary>
    public Ticket? Find(ReservationId id) => tickets.GetValueOrDefault(id);

    /// <summary>Everyone's waiting tickets, next first.</summary>
    public IEnumerable<Ticket> Waiting => tickets.Values.Where(ticket => ticket.Phase == TicketPhase.Waiting).OrderBy(ticket => ticket.Place);

    /// <summary>An identity's waiting tickets, next first.</summary>
    public IReadOnlyList<Ticket> WaitingOf(IdentityId identity) =>
        [.. tickets.Values.Where(ticket => ticket.Phase == TicketPhase.Waiting && ticket.Reservation.Identity == identity).OrderBy(ticket => ticket.Place)];

    /// <summary>The last commits of a rush are looked at too, although none follows them.</summary>
    public Instant Due => due;

    public void After(StepResult result)
    {
        foreach (var entry in result.Entries)
            if (gone.Count < MostDepartures && DepartedIn(entry) is { } departed) gone.Add(departed);
        var waiting = result.Books.Pool.Queue.Count;
        if (waiting == 0 && !somethingWaited)
        {
            gone.Clear();
            return;
        }

        var gap = waiting > Many ? Seldom : Often;
        var next = waiting > Few ? taken + gap : Instant.Min(taken + gap, spent - Rush);
        if (result.Now < next || !pictures.Writer.TryWrite((PoolPicture.Of(result.Books, result.Now), gone)))
        {
            due = Instant.Max(next, result.Now + Shortly);
            return;
        }

        (gone, taken, spent, due, somethingWaited) = ([], result.Now, Instant.Max(spent, result.Now) + gap, Instant.Never, waiting > 0);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await foreach (var (picture, left) in pictures.Reader.ReadAllAsync(stoppingToken).ConfigureAwait(false))
            try
            {
                Look(picture, left);
            }
#pragma warning disable CA1031 // Advice that cannot be given now may be at the next picture; nobody's lease may suffer from it.
            catch (Exception e)
#pragma warning restore CA1031
            {
                log.TicketsUnread(e);
            }
    }

    internal void Look(PoolPicture picture, IReadOnlyList<Departed> left)
    {
        var before = tickets;
        book.Look(picture, left);
        tickets = book.Tickets;
        live?.Ring(LiveTopics.Queue, before.Values.Concat(tickets.Values).Where(ticket => ticket.Phase == TicketPhase.Waiting).Select(ticket => ticket.Reservation.Identity).ToHashSet());
        Interlocked.Exchange(ref changed, new(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
    }

    private static Departed? DepartedIn(Entry entry) => entry switch
    {
        LeaseGranted granted => new(granted.Reservation, granted.At, null),
        ReservationEnded { Ending: { Exit: null } ending } ended => new(ended.Reservation, ended.At, ending.Cause ?? ""),
        _ => null,
    };
}
