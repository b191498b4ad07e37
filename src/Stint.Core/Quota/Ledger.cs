using Stint.Core.Identities;
using Stint.Core.Leasing;
using Stint.Core.Plans;
using Stint.Core.Quota.Purses;
using Stint.Core.Spaces;

namespace Stint.Core.Quota;

/// <summary>
/// The GPU time of one identity: its window, what is spent, what is held and by which reservations. It is the fold of the
/// entries that name its identity, and changes by nothing else. Always: spent + held ≤ allowance, window by window. Beside the
/// allowance stand its credits, the ceilings its holder set, and, where it is the ledger of a cap, what was used under that.
/// </summary>
public sealed class Ledger(IdentityId identity)
{
    private readonly Dictionary<ReservationId, Reservation> queued = [];
    private readonly Dictionary<ReservationId, Reservation> leased = [];
    private readonly Dictionary<Instant, Window> earlier = [];
    private readonly EventUses events = new();

    public IdentityId Identity { get; } = identity;

    /// <summary>The version the store last committed; the next commit is refused if another writer got there first.</summary>
    public long Version { get; set; }

    /// <summary>The plan as last seen; null before the first request.</summary>
    public Plan? Plan { get; private set; }

    public Window? Current { get; private set; }
    public Dictionary<ReservationId, Reservation>.ValueCollection Queued => queued.Values;
    public Dictionary<ReservationId, Reservation>.ValueCollection Leased => leased.Values;
    public IEnumerable<Window> Earlier => earlier.Values;
    public EventUses Events => events;
    public Credits Credits { get; private init; } = new();
    public CapUse Under { get; private init; } = new();
    public Ceilings Ceilings { get; private set; } = Ceilings.None;

    /// <summary>GPU time that the identity's waiting and running tasks are expected to take.</summary>
    public GpuTime Outstanding { get; private set; }

    /// <summary>When a lease was last granted to this identity; the beginning of time where none ever was.</summary>
    public Instant LastServedAt { get; private set; }

    public Standing Standing => new(Outstanding, Current, LastServedAt);

    /// <summary>What the allowance holds for everything that waits; it counts against whatever window is current.</summary>
    public GpuTime QueuedFloors
    {
        get
        {
            var sum = GpuTime.Zero;
            foreach (var run in queued.Values) sum += run.Own;
            return sum;
        }
    }

    public Reservation? Find(ReservationId id) => leased.GetValueOrDefault(id) ?? queued.GetValueOrDefault(id);

    public Window? OpenWindow(Instant now) => Current is { } window && window.IsOpenAt(now) ? window : null;

    /// <summary>The one read of the one truth: gate, page, API and wire all show this.</summary>
    /// <param name="plan">The plan in force; a raised allowance counts at once, a lowered one from the next window.</param>
    public QuotaReading Read(Plan plan, Instant now)
    {
        var window = OpenWindow(now);
        var allowance = window is null ? plan.Allowance : GpuTime.Max(window.Allowance, plan.Allowance);
        var spent = window?.Spent ?? GpuTime.Zero;
        var held = GpuTime.Zero;
        foreach (var run in queued.Values) held += run.OwnHeldAt(now);
        foreach (var run in leased.Values)
            if (run.Lease!.WindowOpenedAt == window?.OpenedAt) held += run.OwnHeldAt(now);
        // A run past its deadline is charged to its deadline; until the engine has said so, its meter may read a moment more.
        var reserved = GpuTime.Min(held, GpuTime.Less(allowance, spent));
        return new(now, allowance, spent, reserved, GpuTime.Less(allowance, spent + reserved), window?.ResetsAt) { Purses = FurtherAt(now, window) is { Count: > 0 } further ? further : null };
    }

    /// <summary>What this ledger's credits can pay at this moment, in order: boosts, then credits as far as the ceiling lets them.</summary>
    /// <param name="window">The window in which what is paid would count; null where none is open.</param>
    public IReadOnlyList<Share> FurtherAt(Instant now, Window? window)
    {
        if (Credits.InOrder.Count == 0) return [];
        GpuTime? beyond = null;
        var further = new List<Share>();
        foreach (var credit in Credits.InOrder)
        {
            var left = credit.LeftAt(now);
            if (left == GpuTime.Zero) continue;
            if (credit.Kind == CreditKind.Credit)
            {
                left = GpuTime.Min(left, beyond ??= GpuTime.Less(Ceilings.Beyond, BeyondIn(window)));
                beyond -= left;
            }

            if (left > GpuTime.Zero) further.Add(new(Identity, credit.Id, credit.Kind, left));
        }

        return further;
    }

    /// <summary>Spent and held beyond the allowance in a window: what the ceiling is held against. What waits counts in whatever window is current.</summary>
    public GpuTime BeyondIn(Window? window) => queued.Values.Concat(LeasedIn(window)).SelectMany(run => run.Shares)
        .Where(IsBeyond).Aggregate(window?.Beyond ?? GpuTime.Zero, (sum, share) => sum + share.Amount);

    /// <summary>True where a window's allowance holds so much beside all that runs in it.</summary>
    public bool Fits(GpuTime own, Window? window, GpuTime allowance, Instant now)
    {
        var held = (window?.Spent ?? GpuTime.Zero) + own;
        foreach (var run in leased.Values)
            if (run.Lease!.WindowOpenedAt == window?.OpenedAt) held += run.OwnHeldAt(now);
        return held <= allowance || (window is not null && window.Spent + OwnHeldIn(window, now) + own <= allowance);
    }

    /// <summary>
    /// What a window's allowance has to hold at this moment for what runs in it: of no run more than it will ever pay. Other purses
    /// or the house pay what is past that, and a run of a lost machine may be over without anybody having said so.
    /// </summary>
    public GpuTime OwnHeldIn(Window window, Instant now)
    {
        var sum = GpuTime.Zero;
        foreach (var end in Ends(window)) sum += GpuTime.Min(end.FromAllowance, end.Run.OwnHeldAt(now));
        return sum;
    }

    /// <summary>What waits or runs and counts against the quota at this moment. A run counts in the window its lease began in and in no other.</summary>
    public IEnumerable<Reservation> Holds(Instant now) => queued.Values.Concat(LeasedIn(OpenWindow(now)));

    /// <summary>When each leased run must stop, and why.</summary>
    public RunEnd[] Deadlines() => leased.Count switch
    {
        0 => [],
        // Without an earlier window, all of them began in this one.
        _ when earlier.Count == 0 => Ends(Current!, [.. leased.Values]),
        _ => [.. leased.Values.GroupBy(run => run.Lease!.WindowOpenedAt).SelectMany(group => Ends(WindowOpenedAt(group.Key), [.. group]))],
    };

    /// <summary>When this leased run must stop, and why.</summary>
    public RunEnd EndOf(Reservation run) => Ends(WindowOpenedAt(run.Lease!.WindowOpenedAt)).Single(end => end.Run.Id == run.Id);

    private RunEnd[] Ends(Window window) => Ends(window, [.. LeasedIn(window)]);

    private RunEnd[] Ends(Window window, Reservation[] runs)
    {
        var committed = window.Spent;
        foreach (var run in runs) committed += run.Own;
        var unheld = GpuTime.Less(window.Allowance, committed);
        return Quota.Deadlines.Of(runs, GpuTime.Less(unheld, QueuedIn(window)), window.ResetsAt, unheld);
    }

    public Reservation GiveCourtesy(ReservationId id, TimeSpan lasts)
    {
        var window = WindowOpenedAt(leased[id].Lease!.WindowOpenedAt);
        window = window with { Courtesies = window.Courtesies + 1 };
        if (window.OpenedAt == Current?.OpenedAt) Current = window;
        else earlier[window.OpenedAt] = window;
        return Replace(leased[id] with { Courtesy = lasts });
    }

    public void SetCeiling(SpaceId? space, GpuTime? limit) => Ceilings = Ceilings.With(space, limit);

    public void Observe(Plan plan, GpuTime? raisedTo)
    {
        Plan = plan;
        if (raisedTo is { } allowance) Current = Current! with { Allowance = allowance };
    }

    /// <summary>Requests were refused for want of GPU time while this window was open.</summary>
    public void CountRefusals(int count) => Current = Current! with { Refusals = Current.Refusals + count };

    public void Hold(Reservation reservation)
    {
        queued.Add(reservation.Id, reservation);
        Outstanding += reservation.Expected;
    }

    /// <summary>Queued → Leased. Opens the window if none is open.</summary>
    public Reservation Grant(ReservationId id, Lease lease, GpuTime allowance, IReadOnlyList<CapHold> caps)
    {
        queued.Remove(id, out var reservation);
        Invariant.Holds(reservation is not null, $"a lease is granted to a reservation that waits, {id} does not");
        if (Current?.OpenedAt != lease.WindowOpenedAt)
        {
            if (Current is not null && IsAnyLeasedIn(Current)) earlier[Current.OpenedAt] = Current;
            Current = new Window(lease.WindowOpenedAt, allowance, GpuTime.Zero, 0);
        }

        Current = Current with { Grants = Current.Grants + 1, Overstay = GpuTime.Zero };
        LastServedAt = lease.GrantedAt;
        events.CountLease(reservation.Event, lease.GrantedAt);
        return leased[id] = reservation with { Phase = ReservationPhase.Leased, Lease = lease, Backing = caps.Count == 0 ? reservation.Backing : reservation.Backing! with { Caps = caps } };
    }

    public Reservation Replace(Reservation run) => leased[run.Id] = run;

    /// <summary>Ends a reservation: charges its window what <paramref name="ending"/> says and returns the rest.</summary>
    public Reservation End(ReservationId id, ReservationPhase phase, Ending ending)
    {
        if (!queued.Remove(id, out var reservation)) leased.Remove(id, out reservation);
        Invariant.Holds(reservation is not null, $"a reservation ends once, {id} is not open");
        Outstanding -= reservation.Expected;
        if (reservation.Lease is { } lease) Charge(reservation, lease, phase, ending);
        return reservation with { Phase = phase, Ending = ending };
    }

    private void Charge(Reservation reservation, Lease lease, ReservationPhase phase, Ending ending)
    {
        var window = WindowOpenedAt(lease.WindowOpenedAt);
        window = window with
        {
            Spent = window.Spent + ending.FromAllowance,
            Beyond = window.Beyond + BeyondOf(ending),
            Overstay = window.Overstay + GpuTime.Less(ending.Charged, new(reservation.Expected.Milliseconds * Window.OverstaysFrom)),
            Grants = phase == ReservationPhase.Voided ? window.Grants - 1 : window.Grants,
        };
        Invariant.Holds(window.Spent <= window.Allowance, $"{Identity} was charged {window.Spent} of {window.Allowance}");
        events.CountCharge(reservation.Event, ending.Charged);
        if (window.OpenedAt == Current?.OpenedAt)
            // A first run that ends void leaves no trace: the window it opened closes again, unless anything else was granted in it.
            Current = window.Grants == 0 ? null : window;
        else if (IsAnyLeasedIn(window)) earlier[window.OpenedAt] = window;
        else earlier.Remove(window.OpenedAt);
        // A token lives at most as long as a window; what it leased is remembered no longer.
        events.ForgetBefore(ending.At - Window.Length, leased.Values);
    }

    /// <summary>Takes a charge of the allowance back. False where the window it was charged to is over and nothing can come back to it.</summary>
    public bool Refund(Instant window, Ending ending, Instant now)
    {
        if (OpenWindow(now) is not { } open || open.OpenedAt != window) return false;
        Current = open with
        {
            Spent = open.Spent - ending.FromAllowance,
            Beyond = open.Beyond - BeyondOf(ending),
        };
        return true;
    }

    private GpuTime BeyondOf(Ending ending) => ending.Further is null ? GpuTime.Zero : ending.Further.Where(IsBeyond).Aggregate(GpuTime.Zero, (sum, share) => sum + share.Amount);

    private bool IsBeyond(Share share) => share.Kind == CreditKind.Credit && share.Of == Identity;

    private bool IsAnyLeasedIn(Window window) => leased.Count > 0 && LeasedIn(window).Any();

    private IEnumerable<Reservation> LeasedIn(Window? window) =>
        window is null ? [] : leased.Values.Where(run => run.Lease!.WindowOpenedAt == window.OpenedAt);

    /// <summary>What counts against a window while it waits: only what was admitted against it. What is asked after its end was held against nothing in it.</summary>
    private GpuTime QueuedIn(Window window)
    {
        var sum = GpuTime.Zero;
        if (window != Current) return sum;
        foreach (var ticket in queued.Values)
            if (ticket.ReservedAt < window.ResetsAt) sum += ticket.Own;
        return sum;
    }

    /// <summary>The window in which a live lease counts.</summary>
    public Window WindowOpenedAt(Instant openedAt) => Current?.OpenedAt == openedAt ? Current : earlier[openedAt];

    /// <summary>Puts back what a store kept; the entries before it are already folded in.</summary>
    public static Ledger Restore(LedgerState state, IEnumerable<Reservation> open)
    {
        var ledger = new Ledger(state.Identity)
        {
            Version = state.Version, Plan = state.Plan, Current = state.Current, LastServedAt = state.LastServedAt,
            Credits = Credits.Restore(state.Further?.Credits ?? []), Under = CapUse.Restore(state.Further?.Under), Ceilings = state.Further?.Ceilings ?? Ceilings.None,
        };
        foreach (var window in state.Earlier) ledger.earlier[window.OpenedAt] = window;
        foreach (var (key, use) in state.Events.OrderBy(pair => pair.Value.FirstAt)) ledger.events.Add(key, use);
        foreach (var reservation in open)
        {
            (reservation.Phase == ReservationPhase.Queued ? ledger.queued : ledger.leased).Add(reservation.Id, reservation);
            ledger.Outstanding += reservation.Expected;
        }

        return ledger;
    }

    /// <param name="withEvents">False for a store that finds what events were used for in the reservations it keeps.</param>
    public LedgerState Save(bool withEvents = true) => new(
        Identity, Version, Plan, Current, [.. earlier.Values.OrderBy(w => w.OpenedAt)],
        withEvents ? new SortedDictionary<string, EventUse>(events.All.ToDictionary(), StringComparer.Ordinal) : [], LastServedAt) { Further = SaveFurther() };

    private FurtherState? SaveFurther() => Credits.InOrder.Count == 0 && Ceilings == Ceilings.None && Under.Save() is null
        ? null
        : new([.. Credits.InOrder], Ceilings == Ceilings.None ? null : Ceilings, Under.Save());
}

/// <summary>A ledger as a store keeps it, without its open reservations: those are kept one by one.</summary>
public sealed record LedgerState(
    IdentityId Identity, long Version, Plan? Plan, Window? Current, IReadOnlyList<Window> Earlier, IReadOnlyDictionary<string, EventUse> Events,
    Instant LastServedAt = default)
{
    /// <summary>Null for nearly all ledgers: they have no credit, no ceiling and are no cap's.</summary>
    public FurtherState? Further { get; init; }
}

/// <summary>What a ledger has beside its allowance, as a store keeps it.</summary>
/// <param name="Ceilings">Null where none is set.</param>
/// <param name="Under">Null where it is no cap's, or nothing is used under it.</param>
public sealed record FurtherState(IReadOnlyList<Credit> Credits, Ceilings? Ceilings, CapState? Under);
