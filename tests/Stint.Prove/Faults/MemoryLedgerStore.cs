using Stint.Core.Identities;
using Stint.Core.Leasing;
using Stint.Core.Quota;
using Stint.Core.Spaces;
using Stint.Hub.Engine;
using Stint.Hub.Store;

namespace Stint.Prove.Faults;

/// <summary>
/// A ledger store in memory. It keeps text and no objects, written by the same <see cref="Json"/> as the data file, so that
/// whatever a real store would forget is forgotten here too; and it can be told to fail, to crash and to meet another writer.
/// </summary>
public sealed class MemoryLedgerStore : ILedgerStore
{
    private readonly Dictionary<IdentityId, (long Version, string Body)> ledgers = [];
    private readonly Dictionary<ReservationId, (IdentityId Identity, string Body)> open = [];
    private readonly Dictionary<ReservationId, string> ended = [];
    private readonly Dictionary<string, string> histories = [];
    private readonly SortedDictionary<SlotId, string> slots = [];
    private readonly Dictionary<RefusalId, string> refusals = [];
    private readonly List<string> entries = [];
    private Instant? evidence;

    /// <summary>Befalls the next commit, and that one only.</summary>
    public Mishap Next { get; set; }

    public int Commits { get; private set; }

    /// <summary>Every entry ever kept, in order, read back from its text.</summary>
    public IEnumerable<Entry> Entries => EntriesFrom(0);

    public IEnumerable<Entry> EntriesFrom(int index) => entries.Skip(index).Select(Json.Read<Entry>);

    public int EntryCount => entries.Count;

    public Ledger LoadLedger(IdentityId identity)
    {
        var state = ledgers.TryGetValue(identity, out var kept)
            ? Json.Read<LedgerState>(kept.Body)
            : new LedgerState(identity, 0, null, null, [], new Dictionary<string, EventUse>());
        return Ledger.Restore(state, open.Values.Where(row => row.Identity == identity).Select(row => Json.Read<Reservation>(row.Body)));
    }

    public FunctionHistory LoadHistory(FunctionKey key) => histories.TryGetValue(key.ToString(), out var body)
        ? FunctionHistory.Restore(Json.Read<HistoryState>(body))
        : new FunctionHistory(key);

    public IReadOnlyList<Slot> LoadSlots() => [.. slots.Values.Select(Json.Read<Slot>)];

    public IReadOnlyList<Reservation> LoadOpen() => [.. open.Values.Select(row => Json.Read<Reservation>(row.Body))];

    public Reservation? LoadReservation(ReservationId id) =>
        open.TryGetValue(id, out var row) ? Json.Read<Reservation>(row.Body)
        : ended.TryGetValue(id, out var body) ? Json.Read<Reservation>(body)
        : null;

    public Refusal? Find(RefusalId id) => refusals.TryGetValue(id, out var body) ? Json.Read<Refusal>(body) : null;

    public CommitOutcome Commit(Changes changes, Instant now)
    {
        var mishap = Next;
        Next = Mishap.None;
        if (mishap == Mishap.Fails) throw new StoreFailedException("told to fail");
        if (mishap == Mishap.CrashesBefore) throw new CrashException("told to crash before the commit");
        if (mishap == Mishap.Conflicts || changes.Ledgers.Values.Any(IsStale)) return CommitOutcome.Conflict;
        Keep(changes);
        evidence = now;
        Commits++;
        if (mishap == Mishap.CrashesAfter) throw new CrashException("told to crash after the commit");
        foreach (var ledger in changes.Ledgers.Values) ledger.Version++;
        return CommitOutcome.Committed;
    }

    public Instant? LastEvidence() => evidence;

    public void KeepEvidence(Instant now) => evidence = now;

    private bool IsStale(Ledger ledger) => ledgers.GetValueOrDefault(ledger.Identity).Version != ledger.Version;

    private void Keep(Changes changes)
    {
        foreach (var ledger in changes.Ledgers.Values)
        {
            var next = ledger.Version + 1;
            ledgers[ledger.Identity] = (next, Json.Write(ledger.Save() with { Version = next }));
        }

        foreach (var reservation in changes.Reservations.Values) Keep(reservation);
        foreach (var history in changes.Learned.Values) histories[history.Function.ToString()] = Json.Write(history.Save());
        foreach (var refusal in changes.Refusals) refusals.TryAdd(refusal.Id, Json.Write(refusal));
        foreach (var (id, slot) in changes.Slots)
            if (slot is null) slots.Remove(id);
            else slots[id] = Json.Write(slot);
        entries.AddRange(changes.Entries.Select(Json.Write));
    }

    private void Keep(Reservation reservation)
    {
        var body = Json.Write(reservation);
        if (reservation.IsOpen)
        {
            open[reservation.Id] = (reservation.Identity, body);
            return;
        }

        open.Remove(reservation.Id);
        ended[reservation.Id] = body;
    }
}
