using Stint.Core.Identities;
using Stint.Core.Leasing;
using Stint.Core.Leasing.Instructions;
using Stint.Core.Plans;
using Stint.Core.Quota;
using Stint.Core.Quota.Purses;
using Stint.Prove.Simulation.Predicting;

namespace Stint.Prove.Simulation;

/// <summary>What really happened, in the words the predictor uses, so that the two can be laid side by side.</summary>
internal static class Words
{
    public static string Of(Reply reply) => reply switch
    {
        RequestLeaseReply { Outcome: RequestLeaseOutcome.Queued } queued => $"Queued space={queued.WaitsForItsSpace}",
        RequestLeaseReply { Outcome: RequestLeaseOutcome.AlreadyRequested } already => $"AlreadyRequested {already.Before!.Phase} space={already.WaitsForItsSpace}",
        RequestLeaseReply { Refusal: { } refusal } => $"Refused [{Reasons(refusal)}]",
        RequestLeaseReply other => other.Outcome.ToString(),
        AllowWorkerReply allow => allow.Outcome.ToString(),
        ReleaseLeaseReply { Ended.Ending: { } ending } release => $"{release.Outcome} {ending.Exit} {(long)ending.Measured.TotalMilliseconds} {ending.Charged.Milliseconds}",
        ReleaseLeaseReply release => release.Outcome.ToString(),
        CancelReply cancel => cancel.Outcome.ToString(),
        NodeReply node => node.Outcome.ToString(),
        InstructionReply instructed => instructed.Outcome.ToString(),
        Done => "done",
        _ => throw new InvalidOperationException(reply.ToString()),
    };

    public static string Of(Entry entry) => $"@{entry.At.UnixMilliseconds} " + entry switch
    {
        PlanObserved e => $"plan {e.Identity} {e.Plan.Name}" + (e.RaisedTo is { } raised ? $" raised={raised.Milliseconds}" : ""),
        GpuTimeReserved { Reservation: var r } => $"reserved {r.Id} floor={r.Floor.Milliseconds} expected={r.Expected.Milliseconds} ceiling={r.Ceiling.Milliseconds}"
            + $" arrived={r.ArrivedAt.UnixMilliseconds} until={r.WaitUntil.UnixMilliseconds} [{Of(r.Shares)}] [{Of(r.Caps)}]",
        LeaseGranted { Lease: var l } e => $"granted {e.Reservation} on {l.Slot} window={l.WindowOpenedAt.UnixMilliseconds} of {e.Allowance.Milliseconds}"
            + $" idle={l.Idle} worker={l.Worker?.Pid} forgets={e.Forgotten?.Pid}",
        MoreHeld e => $"more {e.Reservation} [{Of(e.Shares)}] [{Of(e.Caps)}]",
        CreditGranted { Credit: var c } e => $"credit {c.Id} of {e.Identity} {c.Kind} {c.Amount.Milliseconds} until {c.ExpiresAt.UnixMilliseconds} {c.Reason} {c.Approver}",
        CreditWithdrawn e => $"credit {e.Credit} of {e.Identity} withdrawn {e.Unspent.Milliseconds} {e.Reason} {e.Approver}",
        CeilingSet e => $"ceiling of {e.Identity} at {e.Space} {e.Limit?.Milliseconds}",
        ChargeRefunded { Ended: { Refund: { } back } ended } => $"refunded {ended.Id} {back.Amount.Milliseconds} {back.Reason} {back.By}"
            + (back.Boost is { } boost ? $" boost={boost.Amount.Milliseconds} until {boost.ExpiresAt.UnixMilliseconds}" : ""),
        WorkerAllowed e => $"allowed {e.Reservation} {e.Worker.Pid}",
        CourtesyGiven e => $"courtesy {e.Reservation} {(long)e.Lasts.TotalMilliseconds}",
        DowntimeForgiven e => $"forgiven {e.Reservation} {(long)e.Downtime.TotalMilliseconds}",
        ReservationEnded { Ending: var end } e => $"ended {e.Reservation} {e.Phase} {end.Exit?.ToString() ?? end.Cause} {(long)end.Measured.TotalMilliseconds} {end.Charged.Milliseconds}"
            + (end.Exit is null ? "" : " " + end.Cause) + $" [{Of(end.Further ?? [])}]" + (e.Slot is { } after ? $" {after}" : ""),
        RequestRefused { Refusal: var r } => $"refused {r.Id} {r.Identity} [{Reasons(r)}]" + (r.Reading is { } reading ? $" {Of(reading)}" : ""),
        SlotJoined e => $"slot {e.Slot.Id} joined",
        SlotLeft e => $"slot {e.Slot} left",
        SlotFreed e => $"slot {e.Slot} freed",
        SlotQuarantined e => $"slot {e.Slot} quarantined",
        WarmWorkerGone e => $"slot {e.Slot} cold",
        ForgottenWorkerGone e => $"slot {e.Slot} rid of {e.Worker.Pid}",
        SlotWithdrawn e => $"slot {e.Slot} withdrawn={e.IsWithdrawn}",
        NodeLost e => $"node {e.Node} lost",
        NodeReturned e => $"node {e.Node} returned {e.Epoch}",
        NodeDrained e => $"node {e.Node} drained={e.IsDrained}",
        _ => throw new InvalidOperationException(entry.ToString()),
    };

    public static string Of(QuotaReading reading) =>
        $"{reading.Spent.Milliseconds}+{reading.Reserved.Milliseconds}+{reading.Left.Milliseconds}={reading.Allowance.Milliseconds} resets={reading.ResetsAt?.UnixMilliseconds} [{Of(reading.Further)}]";

    /// <summary>The whole state that anybody can see, line by line.</summary>
    /// <param name="predictor">Whose credits and caps are looked at; null for none of them.</param>
    public static List<string> Of(Books books, IReadOnlyDictionary<IdentityId, Plan> plans, Instant now, Predictor? predictor = null)
    {
        var lines = plans.Select(plan => $"{plan.Key}: {Of(books.LedgerOf(plan.Key).Read(plan.Value, now))}").ToList();
        foreach (var (who, _) in predictor?.Credits ?? [])
            lines.AddRange(books.LedgerOf(new(who)).Credits.InOrder.Select(credit =>
                Credit(who, credit.Id.Value, credit.Amount.Milliseconds, credit.Spent.Milliseconds, credit.Held.Milliseconds, credit.Withdrawn)));
        foreach (var cap in predictor?.Caps ?? []) lines.Add(Of(cap.Cap.Ledger, books.LedgerOf(new(cap.Cap.Ledger)).Under.Read(AnyCap, now)));
        lines.AddRange(books.Pool.Slots.Values.Select(slot => Slot(slot.Id.Value, slot.Phase.ToString(), slot.Lease?.Value, slot.Warm?.Process, slot.Leaving, slot.Forgotten, slot.IsOpen)));
        lines.AddRange(books.Open.OrderBy(task => task.Id).Select(task => $"{task.Id} {task.Phase} due={books.Agenda.DueAt(task.Id)!.Value.UnixMilliseconds}"));
        lines.Add($"next due {books.Agenda.Next.UnixMilliseconds}");
        return lines;
    }

    /// <summary>And what only the queue sees.</summary>
    public static List<string> OfAll(Books books, IReadOnlyDictionary<IdentityId, Plan> plans, Instant now)
    {
        var lines = Of(books, plans, now);
        lines.AddRange(plans.Keys.Select(identity => $"{identity} stands at {books.LedgerOf(identity).Standing}"));
        lines.AddRange(books.Open.OrderBy(task => task.Id).Select(task => task.ToString()));
        lines.AddRange(books.Pool.Queue.InOrder().Select(ticket => "waits " + ticket.Id));
        return lines;
    }

    public static string Phase(SlotPhase phase) => phase switch
    {
        SlotPhase.Free => "Free",
        SlotPhase.Leased => "Leased",
        SlotPhase.Draining => "Draining",
        SlotPhase.Quarantined => "Quarantined",
    };

    public static List<string> Of(Predictor predictor, IReadOnlyDictionary<IdentityId, Plan> plans)
    {
        var lines = plans.Select(plan => (plan.Key, Reading: predictor.Read(plan.Key.Value, plan.Value)))
            .Select(pair => $"{pair.Key}: {pair.Reading.Spent}+{pair.Reading.Reserved}+{pair.Reading.Left}={pair.Reading.Allowance} resets={pair.Reading.ResetsAt} [{string.Join(", ", pair.Reading.Further)}]").ToList();
        lines.AddRange(predictor.Credits.SelectMany(of => of.Credits.Select(credit =>
            Credit(of.Who, credit.Id, credit.Amount, credit.Spent, predictor.HeldOf(of.Who, credit), credit.Withdrawn))));
        lines.AddRange(predictor.Caps.Select(cap => $"{cap.Cap.Ledger} used {cap.Used} resets={cap.ResetsAt}"));
        lines.AddRange(predictor.Slots.Select(slot => Slot(slot.Id, slot.Phase, slot.Lease, slot.Warm?.Process, slot.Leaving, slot.Forgotten, slot.IsOpen)));
        lines.AddRange(predictor.Open.OrderBy(task => task.Id, StringComparer.Ordinal).Select(task => $"{task.Id} {task.Phase} due={predictor.DueAt(task)}"));
        lines.Add($"next due {predictor.NextDue}");
        return lines;
    }

    public static string Of(Command command) => command switch
    {
        RequestLease r => $"request {r.Id} {r.Identity} {r.Function} task={r.TaskId} weight={r.Weight} event={r.Event} wait={r.WaitLimit} plan={r.Plan.Name} node={r.Node}{(r.Strict ? " strict" : "")} device={r.Device} sponsors={string.Join(",", r.Sponsors)}",
        Instruction i => i.ToString(),
        AllowWorker a => $"allow {a.Id} {a.Space} {a.Worker.Pid}",
        ReleaseLease r => $"release {r.Id} {r.Space}{(r.Failed ? " failed" : "")}",
        Cancel c => $"cancel {c.Id}{(c.Undelivered ? " undelivered" : "")}{(c.TicketOnly ? " ticket-only" : "")}",
        ReportWorkerGone g => $"gone {g.Slot} {g.Worker.Pid}",
        ReportUnstoppable u => $"unstoppable {u.Slot}",
        LoseNode l => $"lose {l.Node} {l.Epoch} grace={l.Grace}",
        ReturnNode r => $"return {r.Node} {r.Epoch} {string.Join(",", r.Slots.Select(slot => slot.Id))} leases {string.Join(",", r.Leases.Select(lease => $"{lease.Id} {lease.Worker?.Pid} {lease.AllowedAgo} {lease.Exit} {lease.EndedAgo}"))} gone {string.Join(",", r.Gone.Select(gone => gone.Worker.Pid))}",
        DrainNode d => $"drain {d.Node} {d.IsDrained}",
        JoinSlots j => $"join {j.Node} {j.Epoch} {string.Join(",", j.Slots.Select(slot => slot.Id))}",
        ResumeLeases r => $"resume {r.Here} since {r.LastEvidence.UnixMilliseconds} alive {string.Join(",", r.Alive.Select(worker => worker.Pid))}",
        ObservePlan o => $"observe {o.Identity} {o.Plan.Name}",
        RecordRefusal r => $"record {r.Id} {r.Cause}",
        _ => throw new InvalidOperationException(command.ToString()),
    };

    private static string Slot(string id, string phase, string? lease, WorkerProcess? warm, WorkerProcess? leaving, IReadOnlyList<WorkerProcess> forgotten, bool isOpen) =>
        $"{id} {phase} open={isOpen} lease={lease} warm={warm?.Pid} leaving={leaving?.Pid} forgotten={string.Join(",", forgotten.Select(worker => worker.Pid))}";

    /// <summary>What is used under a cap is the same whatever its limit says.</summary>
    public static readonly Cap AnyCap = new(CapKind.Space, new("any"), GpuTime.Zero);

    private static string Of(string ledger, CapReading cap) => $"{ledger} used {cap.Used.Milliseconds} resets={cap.ResetsAt?.UnixMilliseconds}";

    private static string Credit(string who, string id, long amount, long spent, long held, bool withdrawn) => $"{who}/{id}: {spent}+{held} of {amount} withdrawn={withdrawn}";

    private static string Of(IReadOnlyList<Share> shares) => string.Join(", ", shares.Select(share => $"{share.Of}/{share.Credit}:{share.Kind}:{share.Amount.Milliseconds}"));

    private static string Of(IReadOnlyList<CapHold> holds) => string.Join(", ", holds.Select(hold => $"{hold.Cap.Kind}:{hold.Held.Milliseconds}"));

    private static string Reasons(Refusal refusal) => string.Join("; ", refusal.Reasons.Select(reason => $"{reason.Cause} "
        + (reason.Required is { } required ? $"{required.Milliseconds}>{reason.Left!.Value.Milliseconds}" : "")
        + (reason.Limit is { } limit ? $" of {limit.Milliseconds}" : "")
        + (reason.RetryAt is { } at ? $" retry={at.UnixMilliseconds}" : "")));
}
