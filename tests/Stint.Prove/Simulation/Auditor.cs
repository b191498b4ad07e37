using Stint.Core.Identities;
using Stint.Core.Leasing;
using Stint.Core.Plans;
using Stint.Core.Quota;
using Stint.Prove.Faults;

namespace Stint.Prove.Simulation;

/// <summary>
/// Checks what must hold whatever happens, without the predictor: the state is the fold of the entries that were kept, nothing is
/// held or charged past an allowance, a slot has one lease, no slot idles beside a ticket that fits, every reservation ends once.
/// </summary>
internal sealed class Auditor(MemoryLedgerStore store)
{
    private readonly Books fold = Empty();
    private readonly Dictionary<ReservationId, (string Phase, Instant At)> lives = [];
    private int read;

    /// <summary>The entries kept since the check before, in words.</summary>
    public List<string> Fresh { get; private set; } = [];

    public IEnumerable<string> Check(Books books, IReadOnlyDictionary<IdentityId, Plan> plans, Instant now)
    {
        Fresh = [];
        foreach (var entry in store.EntriesFrom(read))
        {
            fold.Record(entry);
            Fresh.Add(Words.Of(entry));
            if (Life(entry) is { } problem) yield return problem;
        }

        fold.TakeChanges();
        read = store.EntryCount;
        if (Difference(fold, books, plans, now) is { } difference) yield return "the state is not the fold of the entries: " + difference;
        // After a commit that failed something may be overdue that only the next step can end.
        foreach (var identity in books.Agenda.OverdueAt(now) is null ? plans.Keys : [])
            if (Overdrawn(books.LedgerOf(identity), plans[identity], now) is { } overdrawn) yield return overdrawn;
        if (Pool(books) is { } pool) yield return pool;
    }

    /// <summary>The fold once more, from the first entry and in one go.</summary>
    /// <exception cref="InvalidOperationException">When it is not the state.</exception>
    public void Rebuild(Books books, IReadOnlyDictionary<IdentityId, Plan> plans, Instant now)
    {
        var rebuilt = Empty();
        foreach (var entry in store.Entries) rebuilt.Record(entry);
        if (Difference(rebuilt, books, plans, now) is { } difference) throw new InvalidOperationException("rebuilt from all entries: " + difference);
    }

    private static Books Empty() => new(identity => new Ledger(identity), function => new FunctionHistory(function), _ => null);

    private static string? Difference(Books fold, Books books, IReadOnlyDictionary<IdentityId, Plan> plans, Instant now)
    {
        var (folded, real) = (Words.Of(fold, plans, now), Words.Of(books, plans, now));
        folded.AddRange(plans.Keys.Select(identity => $"{fold.LedgerOf(identity).Outstanding} {fold.LedgerOf(identity).LastServedAt}"));
        real.AddRange(plans.Keys.Select(identity => $"{books.LedgerOf(identity).Outstanding} {books.LedgerOf(identity).LastServedAt}"));
        folded.AddRange(fold.Pool.Queue.InOrder().Select(ticket => "waits " + ticket.Id));
        real.AddRange(books.Pool.Queue.InOrder().Select(ticket => "waits " + ticket.Id));
        return folded.SequenceEqual(real) ? null : $"\n folded: {string.Join("\n         ", folded.Except(real))}\n real:   {string.Join("\n         ", real.Except(folded))}";
    }

    /// <summary>Queued, then leased, then one end; each not before what came before it.</summary>
    private string? Life(Entry entry)
    {
        if (entry.OfReservation is not { } id) return null;
        var (phase, at) = lives.GetValueOrDefault(id, ("none", entry.At));
        var next = entry switch
        {
            GpuTimeReserved when phase == "none" => "queued",
            LeaseGranted when phase == "queued" => "leased",
            WorkerAllowed or DowntimeForgiven when phase == "leased" => "leased",
            ReservationEnded { Phase: ReservationPhase.Settled } when phase == "leased" => "ended",
            ReservationEnded { Phase: ReservationPhase.Voided } when phase is "leased" or "queued" => "ended",
            ReservationEnded { Phase: ReservationPhase.Expired } when phase == "queued" => "ended",
            _ => null,
        };
        lives[id] = (next ?? phase, entry.At);
        if (next is null) return $"{id} was {phase} and then {Words.Of(entry)}";
        return entry.At < at ? $"{id}: {Words.Of(entry)} comes after {at.UnixMilliseconds}" : null;
    }

    private static string? Overdrawn(Ledger ledger, Plan plan, Instant now)
    {
        var reading = ledger.Read(plan, now);
        if (reading.Spent + reading.Reserved + reading.Left != reading.Allowance) return $"{ledger.Identity}: {Words.Of(reading)} does not sum";
        var running = ledger.Leased.Where(run => run.Lease!.WindowOpenedAt == ledger.OpenWindow(now)?.OpenedAt).Sum(run => run.HeldAt(now).Milliseconds);
        if (reading.Spent.Milliseconds + running > reading.Allowance.Milliseconds) return $"{ledger.Identity} runs past its allowance: {Words.Of(reading)}, {running} running";
        return ledger.Leased.FirstOrDefault(run => run.UsedAt(now) > run.Ceiling) is { } run ? $"{run.Id} runs past its ceiling" : null;
    }

    private static string? Pool(Books books)
    {
        var running = books.Open.Where(task => task.Phase == ReservationPhase.Leased).ToList();
        if (running.Select(run => run.Lease!.Slot).Distinct().Count() != running.Count) return "two leases on one slot";
        foreach (var run in running)
            if (books.Pool.Slots[run.Lease!.Slot].Lease != run.Id) return $"{run.Id} runs on a slot that does not know it";
        if (books.Pool.Slots.Values.Count(slot => slot.Phase == SlotPhase.Leased) != running.Count) return "a slot is leased to nobody";
        if (books.Pool.Leases != running.Count) return "the pool miscounts its leases";
        var free = books.Pool.Slots.Values.Where(slot => slot.Phase == SlotPhase.Free).ToList();
        var idle = books.Open.FirstOrDefault(task => task.Phase == ReservationPhase.Queued
            && (task.SpaceConcurrency is not { } limit || running.Count(run => run.Function.Space == task.Function.Space) < limit)
            && free.Any(slot => slot.Fits(task.Size)));
        return idle is null ? null : $"a free slot stands beside {idle.Id}, which fits it";
    }
}
