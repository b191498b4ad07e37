using Stint.Core.Identities;
using Stint.Core.Quota;
using Stint.Core.Quota.Purses;
using Stint.Core.Spaces;

namespace Stint.Core.Leasing;

/// <summary>
/// The state that decisions read: one pool and the ledgers and histories they touch, fetched when first needed. It changes
/// only by <see cref="Record"/>, entry by entry, and knows what a store has to keep of it.
/// </summary>
/// <param name="ledgers">Reads one ledger, without effects.</param>
/// <param name="histories">Reads one history, without effects.</param>
/// <param name="reservations">Reads one reservation, open or ended, without effects; null where there is none.</param>
/// <param name="asking">Another rule of what a request asks for, to compare ours with; null for ours.</param>
/// <param name="order">Another order of the queue to compare ours with; null for ours.</param>
public sealed class Books(
    Func<IdentityId, Ledger> ledgers, Func<FunctionKey, FunctionHistory> histories, Func<ReservationId, Reservation?> reservations,
    AskRule? asking = null, IQueueOrder? order = null)
{
    private readonly Dictionary<IdentityId, Ledger> ledgerOf = [];
    private readonly Dictionary<FunctionKey, FunctionHistory> historyOf = [];
    private readonly Dictionary<ReservationId, IdentityId> open = [];
    private readonly Agenda agenda = new();
    private readonly HashSet<Ledger> unscheduled = [];
    private Instant? clearAt;
    private Changes changes = new();

    /// <summary><see cref="LedgerOf"/>, made once: who decides hands it on.</summary>
    public Func<IdentityId, Ledger> Ledgers => field ??= LedgerOf;
    public Pool Pool { get; } = new(order);

    /// <summary>What a request asks for.</summary>
    public AskRule Asking { get; } = asking ?? Ask.Of;

    /// <summary>When something is due: a wait limit, a worker that should have been named, a deadline.</summary>
    public Agenda Agenda
    {
        get
        {
            foreach (var ledger in unscheduled) Schedule(ledger);
            unscheduled.Clear();
            return agenda;
        }
    }

    public Ledger LedgerOf(IdentityId identity)
    {
        if (!ledgerOf.TryGetValue(identity, out var ledger)) ledgerOf[identity] = ledger = ledgers(identity);
        return ledger;
    }

    public FunctionHistory HistoryOf(FunctionKey function)
    {
        if (historyOf.TryGetValue(function, out var history)) return history;
        historyOf[function] = history = histories(function);
        if (function != FunctionKey.Everything) history.Elsewhere = HistoryOf(FunctionKey.Everything);
        return history;
    }

    /// <summary>An open reservation by its id; null once it has ended or if it never was.</summary>
    public Reservation? Find(ReservationId id) => open.TryGetValue(id, out var identity) ? LedgerOf(identity).Find(id) : null;

    /// <summary>A reservation by its id, open or ended: an id is used for one reservation only.</summary>
    public Reservation? FindKept(ReservationId id) => Find(id) ?? changes.Reservations.GetValueOrDefault(id) ?? reservations(id);

    public IEnumerable<Reservation> Open => open.Select(pair => LedgerOf(pair.Value).Find(pair.Key)!);

    /// <summary>False where nothing is overdue. What is decided at a moment makes nothing overdue at that same moment, so each is looked at once.</summary>
    public bool IsAnythingOverdueAt(Instant now)
    {
        if (clearAt == now) return false;
        clearAt = Agenda.OverdueAt(now) is null ? now : null;
        return clearAt is null;
    }

    /// <summary>Takes an entry into the state and among the changes to be kept.</summary>
    public void Record(Entry entry)
    {
        changes.Entries.Add(entry);
        Apply(entry);
    }

    /// <summary>What has to be kept since the last call.</summary>
    public Changes TakeChanges()
    {
        (var taken, changes) = (changes, new(before: changes));
        return taken;
    }

    /// <summary>Puts a reservation back that was open when the hub stopped. Its ledger must hold it already.</summary>
    public void Restore(Reservation reservation)
    {
        open[reservation.Id] = reservation.Identity;
        var ledger = LedgerOf(reservation.Identity);
        if (reservation.Phase == ReservationPhase.Queued) Pool.Queue.Add(reservation, ledger.Standing);
        else Pool.Restore(reservation);
        if (reservation.Phase == ReservationPhase.Queued) agenda.Put(reservation.Id, reservation.WaitUntil);
        else unscheduled.Add(ledger);
        clearAt = null;
    }

    /// <summary>Lets go of ledgers and histories that nothing open needs, so that memory follows what runs, not who ever came.</summary>
    public void Trim(int keep)
    {
        if (ledgerOf.Count > keep)
            foreach (var (identity, ledger) in ledgerOf)
                if (ledger.Queued.Count + ledger.Leased.Count == 0) ledgerOf.Remove(identity);
        if (historyOf.Count > keep) historyOf.Clear();
    }

    private void Apply(Entry entry)
    {
        switch (entry)
        {
            case PlanObserved e: Touch(e.Identity).Observe(e.Plan, e.RaisedTo); break;
            case CourtesyGiven e: Keep(Touch(e.Identity).GiveCourtesy(e.Reservation, e.Lasts)); break;
            case GpuTimeReserved e: Apply(e); break;
            case LeaseGranted e: Apply(e); break;
            case ReservationEnded e: Apply(e); break;
            case WorkerAllowed e: Apply(e); break;
            case DowntimeForgiven e when RunOf(e) is var run: Change(run with { Lease = run.Lease! with { Forgiven = run.Lease.Forgiven + e.Downtime } }); break;
            case RequestRefused e: Apply(e); break;
            case RefusalsCounted e: Touch(e.Identity).CountRefusals(e.Count); break;
            case MoreHeld e: Apply(e); break;
            case ChargeRefunded e: Apply(e); break;
            case CreditGranted e: Touch(e.Identity).Credits.Grant(e.Credit); break;
            case CreditWithdrawn e: Touch(e.Identity).Credits.Withdraw(e.Credit); break;
            case CeilingSet e: Touch(e.Identity).SetCeiling(e.Space, e.Limit); break;
            case SlotJoined or SlotFreed or SlotQuarantined or WarmWorkerGone or ForgottenWorkerGone or SlotWithdrawn or NodeDrained: KeepSlots(entry); break;
            case NodeLost e: Apply(e, e.Node); break;
            case NodeReturned e: Apply(e, e.Node); break;
            case SlotLeft e:
                Pool.Remove(e.Slot);
                changes.Slots[e.Slot] = null;
                break;
            default: throw new InvariantBrokenException($"no fold for {entry.GetType().Name}");
        }
    }

    private void Apply(GpuTimeReserved e)
    {
        var ledger = Touch(e.Reservation.Identity);
        ledger.Hold(e.Reservation);
        foreach (var share in e.Reservation.Shares) Touch(share.Of).Credits.Hold(share.Credit, share.Amount);
        foreach (var cap in e.Reservation.Caps) Touch(cap.Cap.Ledger).Under.Wait(cap.Held);
        open[e.Reservation.Id] = e.Reservation.Identity;
        if (e.Reservation.ArrivedAt < e.Reservation.ReservedAt) Pool.Reclaim(e.Reservation);
        Pool.Queue.Add(e.Reservation, ledger.Standing);
        Keep(e.Reservation);
        changes.Created.Add(e.Reservation.Id);
        agenda.Put(e.Reservation.Id, e.Reservation.WaitUntil);
    }

    private void Apply(RequestRefused e)
    {
        changes.Refusals.Add(e.Refusal);
        if (e.Refusal.Identity is { } identity && e.Refusal.Reasons.Any(reason => reason.IsForFunds)
            && LedgerOf(identity).OpenWindow(e.At) is not null)
            Touch(identity).CountRefusals(1);
    }

    private void Apply(LeaseGranted e)
    {
        var ledger = Touch(e.Identity);
        var ticket = ledger.Find(e.Reservation)!;
        var reservation = ledger.Grant(e.Reservation, e.Lease, e.Allowance, ticket.Caps.Count == 0 ? [] : Begin(ticket.Caps, e.At));
        Pool.Queue.Remove(ticket, ledger.Standing);
        Keep(Pool.Grant(reservation));
        Keep(reservation);
    }

    private CapHold[] Begin(IReadOnlyList<CapHold> caps, Instant at) =>
        [.. caps.Select(hold => hold with { WindowOpenedAt = Touch(hold.Cap.Ledger).Under.Begin(hold.Held, at) })];

    /// <summary>A Space that was told to go on with its warm worker may start another one: then the first is nobody's.</summary>
    private void Apply(WorkerAllowed e)
    {
        var (run, before) = (RunOf(e), RunOf(e).Lease!);
        Change(run with { Lease = before with { Worker = e.Worker, AllowedAt = e.At } });
        if (before.Worker is { } other && other != e.Worker) Keep(Pool.Put(Pool.Slots[before.Slot].Forgetting(other)));
    }

    /// <summary>A node is lost, or back: the leases on it get patience, or lose it, and are due at other moments.</summary>
    private void Apply(Entry entry, string node)
    {
        KeepSlots(entry);
        foreach (var run in Open.Where(open => open.Lease is { } lease && Pool.Slots[lease.Slot].Node == node)) unscheduled.Add(LedgerOf(run.Identity));
        // The end of a patience makes overdue at once what it was kept for.
        clearAt = null;
    }

    private void Apply(ReservationEnded e)
    {
        var ledger = Touch(e.Identity);
        var before = ledger.Find(e.Reservation);
        var reservation = ledger.End(e.Reservation, e.Phase, e.Ending);
        Settle(reservation, e.Ending);
        open.Remove(e.Reservation);
        agenda.Remove(e.Reservation);
        if (reservation.Lease is null)
        {
            Pool.Queue.Remove(before!, ledger.Standing);
            Pool.Depart(reservation, e.At);
        }
        else
        {
            Keep(Pool.End(reservation, e.Slot!.Value));
            Pool.Queue.Rekey(e.Identity, ledger.Standing);
        }

        Keep(reservation);
        Learn(reservation, e.Ending);
    }

    /// <summary>What it held of other purses and under caps goes back, less what of it was charged.</summary>
    private void Settle(Reservation ended, Ending ending)
    {
        foreach (var share in ended.Shares)
        {
            var paid = (ending.Further ?? []).Where(part => part.Of == share.Of && part.Credit == share.Credit).Aggregate(GpuTime.Zero, (sum, part) => sum + part.Amount);
            Touch(share.Of).Credits.Settle(share.Credit, share.Amount, paid);
        }

        foreach (var hold in ended.Caps)
            if (hold.WindowOpenedAt is { } window) Touch(hold.Cap.Ledger).Under.End(window, hold.Held, ending.Charged, ended.Phase == ReservationPhase.Voided);
            else Touch(hold.Cap.Ledger).Under.Leave(hold.Held);
    }

    private void Apply(MoreHeld e)
    {
        foreach (var share in e.Shares) Touch(share.Of).Credits.Hold(share.Credit, share.Amount);
        foreach (var cap in e.Caps) Touch(cap.Cap.Ledger).Under.Take(cap.WindowOpenedAt!.Value, cap.Held);
        var run = RunOf(e);
        Change(run with { Floor = run.Floor + e.Shares.Sum(), Backing = Backing.More(run.Backing, e.Shares, e.Caps) });
    }

    private void Apply(ChargeRefunded e)
    {
        var (run, ending) = (e.Ended, e.Ended.Ending!);
        var ledger = Touch(run.Identity);
        ledger.Refund(run.Lease!.WindowOpenedAt, ending, e.At);
        foreach (var share in ending.Further ?? [])
            if (LedgerOf(share.Of).Credits.Find(share.Credit) is not null) Touch(share.Of).Credits.Refund(share.Credit, share.Amount);
        foreach (var hold in run.Caps) Touch(hold.Cap.Ledger).Under.Refund(hold.WindowOpenedAt!.Value, ending.Charged);
        if (run.Refund!.Boost is { } boost) ledger.Credits.Grant(boost);
        Pool.Queue.Rekey(run.Identity, ledger.Standing);
        Keep(run);
    }

    private void Learn(Reservation reservation, Ending ending)
    {
        if (ending.Exit is not ExitClass.Completed) return;
        Learn(HistoryOf(reservation.Function), reservation, ending);
        Learn(HistoryOf(FunctionKey.Everything), reservation, ending);
    }

    private void Learn(FunctionHistory history, Reservation reservation, Ending ending)
    {
        if (history.Learn(reservation.Identity, ending.Measured) is { } forgotten) changes.Learned[(history.Function, forgotten)] = new(history, 0);
        changes.Learned[(history.Function, reservation.Identity)] = new(history, ++changes.Learnings);
    }

    /// <summary>The last moment of a lease, whatever became of its node: its deadline, or the moment by which a worker must be named.</summary>
    public Instant EndOf(Reservation leased) => DueOf(LedgerOf(leased.Identity).EndOf(leased));

    private Reservation RunOf(ReservationEntry e) => LedgerOf(e.Identity).Find(e.Reservation)!;

    private void Change(Reservation run) => Keep(Touch(run.Identity).Replace(run));

    private void Schedule(Ledger ledger)
    {
        foreach (var end in ledger.Deadlines()) agenda.Put(end.Run.Id, DueOf(end) + PatienceWith(end.Run.Lease!.Slot));
    }

    private static Instant DueOf(RunEnd end) =>
        end.Run.Lease!.IsAllowed ? end.Deadline : Instant.Min(end.Deadline, end.Run.Lease.GrantedAt + Lease.AllowWithin);

    /// <summary>A node that is lost may still report how a lease ended.</summary>
    private TimeSpan PatienceWith(SlotId id) =>
        Pool.HasLost && Pool.Slots.TryGetValue(id, out var slot) && slot.Lost is { } lost ? lost.Patience : TimeSpan.Zero;

    private Ledger Touch(IdentityId identity)
    {
        var ledger = LedgerOf(identity);
        changes.Ledgers[identity] = ledger;
        // Whatever changes a ledger may move its deadlines; they are reckoned once, when somebody asks what is due.
        unscheduled.Add(ledger);
        return ledger;
    }

    private void Keep(Reservation reservation) => changes.Reservations[reservation.Id] = reservation;

    private void KeepSlots(Entry entry)
    {
        foreach (var slot in Pool.Fold(entry)) Keep(slot);
    }

    private void Keep(Slot slot) => changes.Slots[slot.Id] = slot;
}
