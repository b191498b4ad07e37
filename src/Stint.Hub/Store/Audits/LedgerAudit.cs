using System.Globalization;
using Dapper;
using Microsoft.Data.Sqlite;
using Stint.Core.Identities;
using Stint.Core.Leasing;
using Stint.Core.Quota;
using Stint.Core.Spaces;
using Stint.Hub.Store.Ledgers.Rows;
using Stint.Hub.Store.Retention;

namespace Stint.Hub.Store.Audits;

/// <summary>
/// Goes through a data file in one read transaction, beside a hub or without one: 1 the file itself 2 every entry, in order,
/// folded anew from nothing, or from the openings where older ones were rolled up 3 what is kept against that fold: ledgers, reservations, histories, slots 4 what must hold whatever
/// happened: nothing charged past an allowance, one lease a slot, nothing open past its time.
/// </summary>
internal sealed class LedgerAudit
{
    /// <summary>What is due may be this late: the hub wakes, and commits, in its own time.</summary>
    private static readonly TimeSpan Lateness = TimeSpan.FromSeconds(5);

    private const int EntriesAtOnce = 5_000;

    private readonly SqliteConnection reader;
    private readonly KeptState kept;
    private readonly Openings openings;
    private Books fold = new(identity => new Ledger(identity), function => new FunctionHistory(function), _ => null);
    private readonly EntryRules rules;
    private readonly HashSet<IdentityId> identities = [];
    private readonly HashSet<FunctionKey> functions = [];
    private readonly List<Discrepancy> found = [];
    private int more;
    private long entries;
    private long reservations;

    private LedgerAudit(SqliteConnection reader, KeptState kept, Openings openings) =>
        (this.reader, this.kept, this.openings, rules) = (reader, kept, openings, new EntryRules(Note));

    /// <param name="went">Told now and then how many entries of how many it went through.</param>
    public static AuditReport Of(Database database, Action<long, long>? went = null, CancellationToken stop = default)
    {
        using var reader = database.OpenReader();
        using var transaction = reader.BeginTransaction(deferred: true);
        using var kept = new KeptState(reader);
        using var openings = new Openings(reader);
        var audit = new LedgerAudit(reader, kept, openings);
        try
        {
            audit.Run(went, stop);
        }
        catch (SqliteException e)
        {
            audit.Note("file", $"the data file is damaged: {e.Message}");
        }
        catch (HubDirectoryException e)
        {
            audit.Note("unreadable", e.Message);
        }
#pragma warning disable CA1031 // Of a damaged file any line may be anything: whatever its reading comes to is what is found.
        catch (Exception e) when (e is not OutOfMemoryException and not OperationCanceledException)
#pragma warning restore CA1031
        {
            // An entry that follows from nothing before it: whoever changed or lost a line of the ledger shows here.
            audit.Note("fold", $"entry {audit.entries} does not follow from those before it: {e.Message}");
        }

        return new(audit.entries, audit.identities.Count, audit.reservations, audit.fold.Open.Count(), audit.found, audit.more);
    }

    private void Run(Action<long, long>? went, CancellationToken stop)
    {
        // 1
        foreach (var line in reader.Query<string>("PRAGMA integrity_check(20)"))
            if (line != "ok") Note("file", $"the data file is damaged: {line}");
        // 2
        Begin();
        var all = reader.ExecuteScalar<long>("SELECT count(*) FROM entries");
        for (var page = kept.Entries(0, EntriesAtOnce); page.Count > 0; page = kept.Entries(page[^1].Seq, EntriesAtOnce))
        {
            stop.ThrowIfCancellationRequested();
            foreach (var (_, entry) in page) Fold(entry);
            went?.Invoke(entries, all);
        }

        // 3
        identities.UnionWith(reader.Query<string>("SELECT identity FROM ledgers").Select(identity => new IdentityId(identity)));
        foreach (var identity in identities) CompareLedger(identity);
        foreach (var function in functions) CompareHistory(function);
        foreach (var function in reader.Query<string>("SELECT DISTINCT function FROM histories").Except(functions.Select(function => function.ToString()))) Note("fold", $"the history of {function} is kept, and by its entries there is none");
        CompareSlots();
        CompareOpen();
        // 4
        rules.CompareWindows(fold);
        Overdue();
    }

    private void Begin()
    {
        fold = openings.Begin();
        foreach (var state in openings.Ledgers())
        {
            identities.Add(state.Identity);
            rules.Begin(state);
        }

        foreach (var open in openings.Open()) rules.Begin(open);
        functions.UnionWith(openings.Histories().Select(history => history.Function));
    }

    private void Fold(Entry entry)
    {
        entries++;
        rules.Look(entry);
        fold.Record(entry);
        var changes = fold.TakeChanges();
        identities.UnionWith(changes.Ledgers.Keys);
        functions.UnionWith(changes.Learned.Keys.Select(learned => learned.Function));
        reservations += changes.Created.Count;
        foreach (var reservation in changes.Reservations.Values)
            if (!reservation.IsOpen) CompareEnded(reservation);
        foreach (var refusal in changes.Refusals)
            if (kept.Refusal(refusal.Id) is null) Note("refusal", $"{refusal.Id} was promised and is not kept");
    }

    private void CompareLedger(IdentityId identity)
    {
        var (folded, same) = (fold.LedgerOf(identity), kept.Ledger(identity));
        Same($"the ledger of {identity}", folded.Save(withEvents: false) with { Version = 0 }, same.Save(withEvents: false) with { Version = 0 });
        if (folded.Outstanding != same.Outstanding) Note("fold", $"the ledger of {identity} has {same.Outstanding} outstanding, and {folded.Outstanding} by its entries");
    }

    private void CompareHistory(FunctionKey function) => Same($"the history of {function}", fold.HistoryOf(function).Save(), kept.History(function).Save());

    private void CompareSlots()
    {
        var known = kept.Slots().ToDictionary(slot => slot.Id);
        foreach (var slot in fold.Pool.Slots.Values)
            if (known.Remove(slot.Id, out var same)) Same($"slot {slot.Id}", slot, same);
            else Note("fold", $"slot {slot.Id} joined and is not kept");
        foreach (var slot in known.Keys) Note("fold", $"slot {slot} is kept and never joined");
        foreach (var slot in fold.Pool.Slots.Values)
            if ((slot.Phase == SlotPhase.Leased) != (slot.Lease is { } lease && fold.Find(lease)?.Lease?.Slot == slot.Id)) Note("slot", $"slot {slot.Id} is {slot.Phase} with {slot.Lease?.Value ?? "no lease"}");
    }

    private void CompareOpen()
    {
        var known = kept.Reservations("ended_at IS NULL").ToDictionary(open => open.Id);
        foreach (var open in fold.Open)
            if (known.Remove(open.Id, out var same)) Same($"reservation {open.Id}", open, same);
            else Note("fold", $"reservation {open.Id} is {open.Phase} by its entries and not kept as open");
        foreach (var id in known.Keys) Note("fold", $"reservation {id} is kept as open and is not by its entries");
        foreach (var slot in fold.Open.Where(open => open.Lease is not null).GroupBy(open => open.Lease!.Slot).Where(slot => slot.Count() > 1))
            Note("slot", $"slot {slot.Key} has {slot.Count()} leases");
    }

    /// <summary>As it ended; a refund that came later is compared when its own entry comes.</summary>
    private void CompareEnded(Reservation ended)
    {
        if (kept.Reservation(ended.Id) is { } same) Same($"reservation {ended.Id}", ended, ended.Refund is null ? same with { Refund = null } : same);
        else Note("fold", $"reservation {ended.Id} ended and is not kept");
    }

    /// <summary>By the last moment a hub is known to have been up: what was due before that had to be ended.</summary>
    private void Overdue()
    {
        if (kept.LastEvidence() is not { } evidence) return;
        foreach (var open in fold.Open)
            if (fold.Agenda.DueAt(open.Id) is { } due && due < evidence - Lateness) Note("overdue", $"reservation {open.Id} is open past its time, {due}");
        foreach (var identity in identities.Where(identity => fold.LedgerOf(identity).Plan is not null))
        {
            var ledger = fold.LedgerOf(identity);
            var reading = ledger.Read(ledger.Plan!, evidence);
            if (reading.Spent + reading.Reserved + reading.Left != reading.Allowance)
                Note("allowance", $"{identity}: {reading.Spent} spent, {reading.Reserved} reserved and {reading.Left} left are not {reading.Allowance}");
        }
    }

    private void Same<T>(string what, T folded, T known)
    {
        var (a, b) = (Json.Write(folded), Json.Write(known));
        if (a != b) Note("fold", string.Create(CultureInfo.InvariantCulture, $"{what} is kept as {b}, and by its entries is {a}"));
    }

    private void Note(string code, string says)
    {
        if (found.Count < AuditReport.Most) found.Add(new(code, says));
        else more++;
    }
}
