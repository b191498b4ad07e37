using Stint.Core.Leasing.Instructions;
using Stint.Core.Quota;

namespace Stint.Core.Leasing.Decisions;

/// <summary>
/// What a node brings when it comes, what becomes of its leases while nothing is heard of it, and what the pool does with
/// what it finds after a restart. Nothing is granted on a slot whose node has not said what is left on it.
/// </summary>
public static class Nodes
{
    public static NodeReply Join(Books books, JoinSlots command, Instant now)
    {
        if (IsOver(books, command.Node, command.Epoch)) return NodeReply.EpochIsOver;
        foreach (var offered in command.Slots)
            if (!books.Pool.Slots.TryGetValue(offered.Id, out var known))
                books.Record(new SlotJoined(now, offered with { Epoch = command.Epoch }));
            else if (known.Phase == SlotPhase.Free && !SameDevice(known, offered))
                books.Record(new SlotJoined(now, (offered with { Epoch = command.Epoch, Forgotten = known.Forgotten, Lost = known.Lost }).Forgetting(known.Warm?.Process)));
            else if (known.IsWithdrawn)
                books.Record(new SlotWithdrawn(now, known.Id, false));
        var gone = books.Pool.SlotsOf(command.Node).Where(slot => !slot.IsWithdrawn && command.Slots.All(offered => offered.Id != slot.Id));
        foreach (var slot in gone.ToList())
        {
            if (slot is { Phase: SlotPhase.Free, Warm: null, Forgotten.Count: 0 }) books.Record(new SlotLeft(now, slot.Id));
            else books.Record(new SlotWithdrawn(now, slot.Id, true));
            LetLeave(books, slot.Id, now);
        }

        return NodeReply.Taken;
    }

    /// <summary>A slot that was withdrawn leaves once nothing holds it.</summary>
    public static void LetLeave(Books books, SlotId id, Instant now)
    {
        if (books.Pool.HasWithdrawn && books.Pool.Slots.TryGetValue(id, out var slot) && slot.MayLeave) books.Record(new SlotLeft(now, id));
    }

    /// <summary>
    /// The slots are blocked at once. Whoever waits for that node waits in vain, for the connection went through it. What runs
    /// is left to the node's report until its deadline and the grace have passed (<see cref="Ends.EndOverdue"/>).
    /// </summary>
    public static NodeReply Lose(Books books, LoseNode command, Instant now)
    {
        if (IsOver(books, command.Node, command.Epoch)) return NodeReply.EpochIsOver;
        if (books.Pool.SlotsOf(command.Node).Any(slot => slot.Lost is null)) books.Record(new NodeLost(now, command.Node, command.Grace, null));
        foreach (var ticket in books.Open.Where(open => open.Phase == ReservationPhase.Queued && open.Node == command.Node).OrderBy(ticket => ticket.Id).ToList())
            Ends.Leave(books, ticket, ReservationPhase.Voided, EndingCauses.NodeLost, now);
        return NodeReply.Taken;
    }

    /// <summary>1 settle each lease by what the node saw, and give back what was settled before and failed by its fault 2 take note of workers that are gone 3 the slots serve again 4 what it offers now.</summary>
    public static NodeReply Return(Books books, ReturnNode command, Instant now)
    {
        if (IsOver(books, command.Node, command.Epoch)) return NodeReply.EpochIsOver;
        // 1
        var reports = command.Leases.GroupBy(report => report.Id).ToDictionary(same => same.Key, same => same.Last());
        foreach (var run in books.Open.Where(open => open.Lease is { } lease && books.Pool.Slots[lease.Slot].Node == command.Node).OrderBy(run => run.Id).ToList())
            Settle(books, run, reports.GetValueOrDefault(run.Id), now);
        foreach (var late in reports.Values.Where(report => report.Exit == ExitClass.NodeFault).OrderBy(report => report.Id)) Instructing.RefundAttested(books, late.Id, command.Node, now);
        // 2
        foreach (var gone in command.Gone)
            if (books.Pool.Slots.TryGetValue(gone.Slot, out var slot) && slot.Node == command.Node) Ends.WorkerGone(books, gone, now);
        // 3
        if (books.Pool.SlotsOf(command.Node).Any(slot => slot.Lost is not null || slot.Epoch != command.Epoch)) books.Record(new NodeReturned(now, command.Node, command.Epoch));
        // 4
        return Join(books, new JoinSlots(command.Node, command.Slots) { Epoch = command.Epoch }, now);
    }

    public static void Drain(Books books, DrainNode command, Instant now)
    {
        if (books.Pool.SlotsOf(command.Node).Any(slot => slot.IsDrained != command.IsDrained)) books.Record(new NodeDrained(now, command.Node, command.IsDrained));
    }

    /// <summary>
    /// Nobody waits any more: the connections of all tickets are gone. A lease whose worker lives goes on, without the time
    /// in which the hub was down; one whose worker is gone is settled to the last evidence; one that never had a worker is
    /// void, for the fault is the hub's. A lease of another machine waits for that node's report, and what the hub was away
    /// is taken off then.
    /// </summary>
    public static void Resume(Books books, ResumeLeases command, Instant now)
    {
        foreach (var reservation in books.Open.OrderBy(open => open.Id).ToList())
            switch (reservation.Lease)
            {
                case null: Ends.Leave(books, reservation, ReservationPhase.Voided, EndingCauses.HubRestarted, now); break;
                case { } lease when IsElsewhere(books.Pool.Slots[lease.Slot], command): break;
                case { Worker: null }: Ends.End(books, reservation, ExitClass.HubFault, now); break;
                case { Worker: { } worker } lease when command.Alive.Contains(worker):
                    var downSince = Instant.Max(command.LastEvidence, lease.GrantedAt);
                    if (now > downSince) books.Record(new DowntimeForgiven(now, reservation.Identity, reservation.Id, now - downSince));
                    break;
                case { } lease:
                    var deadline = books.Agenda.DueAt(reservation.Id) ?? now;
                    var evidence = Instant.Max(command.LastEvidence, lease.AllowedAt ?? lease.GrantedAt);
                    Ends.End(books, reservation, ExitClass.WorkerDied, Instant.Min(evidence, deadline));
                    break;
            }

        foreach (var slot in books.Pool.Slots.Values.Where(slot => !IsElsewhere(slot, command)).ToList()) Clear(books, slot, command, now);
        foreach (var node in books.Pool.Slots.Values.Where(slot => IsElsewhere(slot, command)).Select(slot => slot.Node).Distinct().ToList())
            books.Record(new NodeLost(now, node, command.Grace, command.LastEvidence));
    }

    private static void Clear(Books books, Slot slot, ResumeLeases command, Instant now)
    {
        if (slot.Leaving is { } leaving && !command.Alive.Contains(leaving)) books.Record(new SlotFreed(now, slot.Id));
        else if (slot.Phase == SlotPhase.Free && slot.Warm is { } warm && !command.Alive.Contains(warm.Process)) books.Record(new WarmWorkerGone(now, slot.Id));
        foreach (var forgotten in slot.Forgotten)
            if (!command.Alive.Contains(forgotten)) books.Record(new ForgottenWorkerGone(now, slot.Id, forgotten));
        LetLeave(books, slot.Id, now);
    }

    /// <summary>By the node's own measure, and never past the lease's own end. What the node never heard of, nobody used.</summary>
    private static void Settle(Books books, Reservation run, LeaseReport? report, Instant now)
    {
        if (report is null)
        {
            Ends.End(books, run, ExitClass.NodeFault, now);
            return;
        }

        var granted = run.Lease!.GrantedAt;
        if (report is { Worker: { } worker, AllowedAgo: { } allowedAgo } && run.Lease.AllowedAt is null)
            books.Record(new WorkerAllowed(Between(granted, now - allowedAgo, Instant.Min(books.EndOf(run), now)), run.Identity, run.Id, worker));
        run = books.Find(run.Id)!;
        var loss = books.Pool.Slots[run.Lease!.Slot].Lost;
        if (report.Exit is { } exit)
        {
            var from = run.Lease.AllowedAt ?? granted;
            var at = Between(from, now - report.EndedAgo, loss is null ? Instant.Min(now, books.EndOf(run)) : now);
            Ends.End(books, run, Attested(books, run, exit, at), at);
        }
        else if (loss is not null) Measured(books, run, loss, now);
    }

    /// <summary>A run on a node that is lost, without the time in which the hub was away, and the moment it was over at the latest.</summary>
    public static (Reservation Run, Instant At) Measured(Books books, Reservation run, Loss loss, Instant at)
    {
        var from = run.Lease!.AllowedAt ?? run.Lease.GrantedAt;
        var away = loss.HubAwayBetween(run.Lease.GrantedAt, at);
        if (away > TimeSpan.Zero) books.Record(new DowntimeForgiven(from, run.Identity, run.Id, away));
        run = books.Find(run.Id)!;
        return (run, Between(from, at, books.EndOf(run)));
    }

    /// <summary>Only what a node can see; anything else it says is its own fault and costs nobody anything.</summary>
    private static ExitClass Attested(Books books, Reservation run, ExitClass exit, Instant at) => exit switch
    {
        ExitClass.Completed or ExitClass.Failed when !run.Lease!.IsAllowed => at - run.Lease.GrantedAt <= Lease.UnusedIsFreeFor ? ExitClass.NotUsed : ExitClass.NotAllowed,
        ExitClass.Overrun => books.LedgerOf(run.Identity).EndOf(run).Cause == StopCause.Ceiling ? ExitClass.Overrun : ExitClass.OutOfFunds,
        ExitClass.Completed or ExitClass.Failed or ExitClass.WorkerDied or ExitClass.NotAllowed => exit,
        _ => ExitClass.NodeFault,
    };

    private static Instant Between(Instant from, Instant at, Instant to) => Instant.Max(from, Instant.Min(at, to));

    private static bool IsOver(Books books, string node, long epoch) => books.Pool.SlotsOf(node).Any(slot => slot.Epoch > epoch);

    private static bool IsElsewhere(Slot slot, ResumeLeases command) => command.Here is { } here && slot.Node != here;

    private static bool SameDevice(Slot a, Slot b) =>
        a.DeviceIndex == b.DeviceIndex && a.DeviceUuid == b.DeviceUuid && a.Largest == b.Largest && a.Node == b.Node;
}
