using System.Runtime.InteropServices;
using Stint.Core.Identities;
using Stint.Core.Leasing;
using Stint.Core.Leasing.Instructions;
using Stint.Core.Plans;
using Stint.Core.Quota;
using Stint.Core.Quota.Purses;
using Stint.Prove.Faults;

namespace Stint.Prove.Simulation;

/// <summary>
/// Checks what must hold whatever happens, without the predictor: the state is the fold of the entries that were kept, nothing is
/// held or charged past an allowance, a slot has one lease, no slot idles beside a ticket that fits, every reservation ends once.
/// </summary>
internal sealed class Auditor(MemoryLedgerStore store)
{
    private static readonly string[] Exits = [.. Enum.GetNames<ExitClass>()];
    private static readonly string[] Causes = [.. Enum.GetNames<RefusalCause>()];

    private static readonly string[] Instructed = [.. Enum.GetNames<InstructionOutcome>()];

    private readonly Books fold = Empty();
    private readonly Dictionary<ReservationId, (string Phase, Instant At)> lives = [];
    private string? broken;
    private int read;

    /// <summary>How many of each thing happened.</summary>
    public Dictionary<string, int> Seen { get; } = [];

    /// <summary>Folds what was kept since the call before, and returns it.</summary>
    public List<Entry> Fold()
    {
        var fresh = new List<Entry>();
        for (; read < store.Entries.Count; read++)
        {
            var entry = store.Entries[read];
            fold.Record(entry);
            fresh.Add(entry);
            broken ??= Life(entry);
            Count(entry);
        }

        if (fresh.Count > 0) fold.TakeChanges();
        return fresh;
    }

    /// <summary>What does not hold, in a sentence; null where everything does.</summary>
    public string? Problem(Books books, IReadOnlyDictionary<IdentityId, Plan> plans, Instant now)
    {
        if (broken is not null) return broken;
        if (!Likeness.IsOf(fold, books, plans, now)) return "the state is not the fold of the entries:\n" + Difference(fold, books, plans, now);
        // After a commit that failed something may be overdue that only the next step can end.
        if (books.Agenda.OverdueAt(now) is null)
            foreach (var (identity, plan) in plans)
                if (Overdrawn(books, books.LedgerOf(identity), plan, now) is { } overdrawn) return overdrawn;
        return Pool(books);
    }

    /// <summary>The fold once more, from the first entry and in one go.</summary>
    /// <exception cref="InvalidOperationException">When it is not the state.</exception>
    public void Rebuild(Books books, IReadOnlyDictionary<IdentityId, Plan> plans, Instant now)
    {
        var rebuilt = Empty();
        foreach (var entry in store.Entries) rebuilt.Record(entry);
        if (!Likeness.IsOf(rebuilt, books, plans, now)) throw new InvalidOperationException("rebuilt from all entries it is another state:\n" + Difference(rebuilt, books, plans, now));
    }

    private static Books Empty() => new(identity => new Ledger(identity), function => new FunctionHistory(function), _ => null);

    private static string Difference(Books fold, Books books, IReadOnlyDictionary<IdentityId, Plan> plans, Instant now) =>
        Likeness.Difference("folded", Words.OfAll(fold, plans, now), "real", Words.OfAll(books, plans, now));

    /// <summary>Queued, then leased, then one end; each not before what came before it.</summary>
    private string? Life(Entry entry)
    {
        if (entry.OfReservation is not { } id) return null;
        var (phase, at) = lives.GetValueOrDefault(id, ("none", entry.At));
        var next = entry switch
        {
            GpuTimeReserved when phase == "none" => "queued",
            LeaseGranted when phase == "queued" => "leased",
            WorkerAllowed or DowntimeForgiven or CourtesyGiven or MoreHeld when phase == "leased" => "leased",
            ReservationEnded { Phase: ReservationPhase.Settled } when phase == "leased" => "ended",
            ReservationEnded { Phase: ReservationPhase.Voided } when phase is "leased" or "queued" => "ended",
            ReservationEnded { Phase: ReservationPhase.Expired } when phase == "queued" => "ended",
            ChargeRefunded when phase == "ended" => "refunded",
            _ => null,
        };
        // What goes on past what it holds may turn out to have been over by then: a node that was away says so later.
        lives[id] = (next ?? phase, entry is CourtesyGiven or MoreHeld ? at : entry.At);
        if (next is null) return $"{id} was {phase} and then {Words.Of(entry)}";
        return entry.At < at && entry is not MoreHeld ? $"{id}: {Words.Of(entry)} comes after {at.UnixMilliseconds}" : null;
    }

    private void Count(Entry entry)
    {
        Count(entry.GetType().Name);
        switch (entry)
        {
            case ReservationEnded { Ending: var ending }:
                if (ending.Exit is { } exit) Count(Exits[(int)exit]);
                // What stopped a run, beside how it ended: a cap.
                if (ending.Cause is { } cause) Count(cause);
                break;
            case RequestRefused { Refusal.Reasons: var reasons }:
                foreach (var reason in reasons) Count(Causes[(int)reason.Cause]);
                break;
        }
    }

    /// <summary>What instructions came to.</summary>
    public void Count(IReadOnlyList<Reply> replies)
    {
        foreach (var reply in replies)
            if (reply is InstructionReply { Outcome: var outcome }) Count(Instructed[(int)outcome]);
    }

    private void Count(string kind) => CollectionsMarshal.GetValueRefOrAddDefault(Seen, kind, out _)++;

    private static string? Overdrawn(Books books, Ledger ledger, Plan plan, Instant now)
    {
        // A run whose node is lost may be over; it is settled up to its end at most, however long the node takes to say so.
        // What the house gives past the funds of a run is held of nothing.
        Instant Until(Reservation run) => books.Pool.Slots[run.Lease!.Slot].Lost is null && run.Courtesy == TimeSpan.Zero ? now : Instant.Min(now, books.EndOf(run) - run.Courtesy);
        var reading = ledger.Read(plan, now);
        if (reading.Spent + reading.Reserved + reading.Left != reading.Allowance) return $"{ledger.Identity}: {Words.Of(reading)} does not sum";
        var window = ledger.OpenWindow(now)?.OpenedAt;
        var (running, further) = (0L, 0L);
        foreach (var run in ledger.Leased)
        {
            if (run.UsedAt(now) > run.Ceiling) return $"{run.Id} runs past its ceiling";
            if (run.Lease!.WindowOpenedAt != window) continue;
            running += run.HeldAt(Until(run)).Milliseconds;
            further += run.Shares.Sum().Milliseconds;
        }

        return reading.Spent.Milliseconds + running > reading.Allowance.Milliseconds + further ? $"{ledger.Identity} runs past its allowance: {Words.Of(reading)}, {running} running" : null;
    }

    private static string? Pool(Books books)
    {
        var running = books.Open.Where(task => task.Phase == ReservationPhase.Leased).ToList();
        foreach (var run in running)
            if (books.Pool.Slots[run.Lease!.Slot].Lease != run.Id) return $"{run.Id} runs on a slot that does not know it: two leases on one slot, or none";
        if (books.Pool.Slots.Values.Count(slot => slot.Phase == SlotPhase.Leased) != running.Count) return "a slot is leased to nobody";
        if (books.Pool.Leases != running.Count) return "the pool miscounts its leases";
        var free = books.Pool.Slots.Values.Where(slot => slot.IsOpen).ToList();
        if (free.Count == 0) return null;
        var idle = books.Open.FirstOrDefault(task => task.Phase == ReservationPhase.Queued
            && (task.SpaceConcurrency is not { } limit || running.Count(run => run.Function.Space == task.Function.Space) < limit)
            && free.Any(slot => slot.Fits(task.Size) && (task.Node is null || task.Node == slot.Node)));
        return idle is null ? null : $"a free slot stands beside {idle.Id}, which fits it";
    }
}
