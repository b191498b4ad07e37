using Stint.Core.Quota;
using Stint.Core.Quota.Purses;
using Stint.Core.Spaces;

namespace Stint.Core.Leasing.Decisions;

/// <summary>
/// All the ways a reservation ends, each exactly once. A granted lease is charged for min(evidence, deadline) as its
/// <see cref="ExitClass"/> says; a ticket that never was granted is charged nothing.
/// </summary>
public static class Ends
{
    public static ReleaseLeaseReply Release(Books books, ReleaseLease command, Instant now)
    {
        if (Leased(books, command.Id, command.Space) is not { Lease: { } lease } reservation)
            return new(ReleaseLeaseOutcome.LeaseUnknown, null);
        if (!lease.IsAllowed)
        {
            var exit = now - lease.GrantedAt <= Lease.UnusedIsFreeFor ? ExitClass.NotUsed : ExitClass.NotAllowed;
            return new(ReleaseLeaseOutcome.DeviceNotUsed, End(books, reservation, exit, now));
        }

        return new(ReleaseLeaseOutcome.Released, End(books, reservation, command.Failed ? ExitClass.Failed : ExitClass.Completed, now, command.Failed ? command.Cause : null));
    }

    public static AllowWorkerReply Allow(Books books, AllowWorker command, Instant now)
    {
        if (Leased(books, command.Id, command.Space) is not { Lease: { } lease } reservation)
            return new(AllowWorkerOutcome.LeaseUnknown);
        if (command.Node is { } node && books.Pool.Slots[lease.Slot].Node != node) return new(AllowWorkerOutcome.LeaseUnknown);
        // It is over and only waits for its node to say how it ended.
        if (books.Pool.HasLost && now > books.EndOf(reservation)) return new(AllowWorkerOutcome.LeaseUnknown);
        if (lease.AllowedAt is not null)
            return new(lease.Worker == command.Worker ? AllowWorkerOutcome.AlreadyAllowed : AllowWorkerOutcome.AlreadyAllowedForAnotherWorker);
        books.Record(new WorkerAllowed(now, reservation.Identity, reservation.Id, command.Worker));
        return new(AllowWorkerOutcome.Allowed);
    }

    public static CancelReply Cancel(Books books, Cancel command, Instant now)
    {
        switch (books.Find(command.Id))
        {
            case { Node: var through } when command.Node is { } node && through != node:
                return new(CancelOutcome.Unknown);
            case { Phase: ReservationPhase.Queued } ticket:
                Leave(books, ticket, ReservationPhase.Voided, EndingCauses.VisitorLeft, now);
                return new(CancelOutcome.TicketLeft);
            case { Phase: ReservationPhase.Leased } when command.TicketOnly:
                return new(CancelOutcome.Unknown);
            case { Phase: ReservationPhase.Leased } run:
                End(books, run, command.Undelivered && run.Lease!.AllowedAt is null ? ExitClass.NotUsed : ExitClass.Cancelled, now);
                return new(CancelOutcome.LeaseEnded);
            default:
                return new(CancelOutcome.Unknown);
        }
    }

    public static void WorkerGone(Books books, ReportWorkerGone command, Instant now)
    {
        if (!books.Pool.Slots.TryGetValue(command.Slot, out var slot)) return;
        if (slot.Leaving == command.Worker && slot.Phase is SlotPhase.Draining or SlotPhase.Quarantined)
            books.Record(new SlotFreed(now, slot.Id));
        else if (slot.Forgotten.Contains(command.Worker))
            books.Record(new ForgottenWorkerGone(now, slot.Id, command.Worker));
        else if (slot.Warm?.Process == command.Worker)
            books.Record(new WarmWorkerGone(now, slot.Id));
        else if (slot.Lease is { } id && books.Find(id) is { } reservation && reservation.Lease!.Worker == command.Worker)
            End(books, reservation, ExitClass.WorkerDied, now, command.Cause);
        Nodes.LetLeave(books, command.Slot, now);
    }

    public static void Unstoppable(Books books, ReportUnstoppable command, Instant now)
    {
        if (books.Pool.Slots.TryGetValue(command.Slot, out var slot) && slot.Phase == SlotPhase.Draining)
            books.Record(new SlotQuarantined(now, slot.Id, command.Cause));
    }

    /// <summary>Ends what passed its moment before <paramref name="now"/>: earliest first, each at its own moment.</summary>
    public static void EndOverdue(Books books, Instant now)
    {
        if (!books.IsAnythingOverdueAt(now)) return;
        while (books.Agenda.OverdueAt(now) is { } id)
        {
            var reservation = books.Find(id)!;
            var due = books.Agenda.DueAt(id)!.Value;
            if (reservation.Lease is not { } lease)
                RefuseWaiting(books, reservation, new(RefusalCause.NoGpuInTime), books.LedgerOf(reservation.Identity).Read(books.LedgerOf(reservation.Identity).Plan!, now), now);
            else if (books.Pool.Slots[lease.Slot].Lost is { } loss)
                End(books, reservation, ExitClass.NodeFault, Instant.Max(due, loss.Since));
            else if (!lease.IsAllowed && due == lease.GrantedAt + Lease.AllowWithin)
                End(books, reservation, ExitClass.NotAllowed, due);
            else
                GoOnOrStop(books, reservation, due);
        }
    }

    /// <summary>A run has used up what it holds: it goes on as far as other purses and its caps have room, else it stops here.</summary>
    private static void GoOnOrStop(Books books, Reservation run, Instant due)
    {
        var end = books.LedgerOf(run.Identity).EndOf(run);
        if (end.Cause == StopCause.Ceiling) End(books, run, ExitClass.Overrun, due);
        else if (Extending.More(books, end, due) is { } more) books.Record(more);
        else if (Extending.MayBeGivenACourtesy(books, end)) books.Record(new CourtesyGiven(due, run.Identity, run.Id, Window.CourtesyLasts));
        else End(books, run, ExitClass.OutOfFunds, due, Extending.CapThatStops(books, end, due));
    }

    /// <summary>A ticket that waited and comes to nothing: it leaves, and the reason is kept under the id promised for it.</summary>
    public static void RefuseWaiting(Books books, Reservation ticket, RefusalReason reason, QuotaReading reading, Instant now)
    {
        var (phase, word) = reason.Cause == RefusalCause.NoGpuInTime
            ? (ReservationPhase.Expired, EndingCauses.NoGpuInTime)
            : (ReservationPhase.Voided, EndingCauses.QuotaExceeded);
        var declared = TimeSpan.FromMilliseconds(ticket.Function.DeclaredMilliseconds);
        var refusal = new Refusal(ticket.RefusalId, now, ticket.Identity, ticket.Function, declared, ticket.Weight, [reason], reading)
        {
            Recognition = ticket.Recognition,
            Event = ticket.Event,
        };
        books.Record(new RequestRefused(now, refusal));
        Leave(books, ticket, phase, word, now);
    }

    public static void Leave(Books books, Reservation ticket, ReservationPhase phase, string cause, Instant now)
    {
        var ending = new Ending(now, null, TimeSpan.Zero, GpuTime.Zero, cause);
        books.Record(new ReservationEnded(now, ticket.Identity, ticket.Id, phase, ending, null));
    }

    /// <summary>Ends a lease at <paramref name="at"/> and says what becomes of its slot.</summary>
    /// <param name="cause">The cap that stopped it; null where none did.</param>
    public static Reservation End(Books books, Reservation reservation, ExitClass exit, Instant at, string? cause = null)
    {
        if (exit.Charges() && books.Pool.Slots[reservation.Lease!.Slot].Lost is { } loss) (reservation, at) = Nodes.Measured(books, reservation, loss, at);
        var lease = reservation.Lease!;
        var measured = at > lease.MeterStartsAt ? at - lease.MeterStartsAt : TimeSpan.Zero;
        var charged = exit.Charges() ? GpuTime.Min(reservation.Weight.Charge(measured), MostCharged(books, reservation)) : GpuTime.Zero;
        var phase = exit.Charges() ? ReservationPhase.Settled : ReservationPhase.Voided;
        var ending = new Ending(at, exit, measured, charged, cause) { Further = PaidBeyondAllowance(books, reservation, charged) };
        books.Record(new ReservationEnded(at, reservation.Identity, reservation.Id, phase, ending, After(books.Pool.Slots[lease.Slot], lease, exit)));
        Nodes.LetLeave(books, lease.Slot, at);
        return books.FindKept(reservation.Id)!;
    }

    /// <summary>Never past the ceiling, and what the house gives is not charged.</summary>
    private static GpuTime MostCharged(Books books, Reservation run) => run.Courtesy == TimeSpan.Zero
        ? run.Ceiling
        : GpuTime.Min(run.Ceiling, books.LedgerOf(run.Identity).EndOf(run).Funded);

    private static SlotAfter After(Slot slot, Lease lease, ExitClass exit) => lease switch
    {
        { Worker: null } => SlotAfter.Free,
        _ when exit == ExitClass.WorkerDied => SlotAfter.Free,
        // No task will ever come for it.
        _ when slot.IsWithdrawn => SlotAfter.Draining,
        _ when exit.KeepsWorker() => SlotAfter.Warm,
        // The answer was lost before it reached the Space: its warm worker never heard of this lease.
        { Idle: true, AllowedAt: null } when exit == ExitClass.NotUsed => SlotAfter.Warm,
        _ => SlotAfter.Draining,
    };

    /// <summary>The allowance pays first, as much as it has for this run; what it holds of other purses pays the rest, in order and to the millisecond.</summary>
    private static IReadOnlyList<Share>? PaidBeyondAllowance(Books books, Reservation run, GpuTime charged) => run.Shares.Count == 0
        ? null
        : run.Shares.Take(GpuTime.Less(charged, books.LedgerOf(run.Identity).EndOf(run).FromAllowance)) is { Count: > 0 } paid ? paid : null;

    private static Reservation? Leased(Books books, ReservationId id, SpaceId space) =>
        books.Find(id) is { Phase: ReservationPhase.Leased } reservation && reservation.Function.Space == space ? reservation : null;
}
