using Stint.Core.Identities;
using Stint.Core.Leasing;
using Stint.Core.Quota;
using Stint.Core.Spaces;
using Stint.Hub.Engine;

namespace Stint.Prove.Faults;

/// <summary>
/// A ledger store in memory. What it keeps are values that nothing can change, as a real store would write them, so that
/// whatever a real store would forget is forgotten here too; and it can be told to fail, to crash and to meet another writer.
/// </summary>
public sealed class MemoryLedgerStore : ILedgerStore
{
    private readonly Dictionary<IdentityId, LedgerState> ledgers = [];
    private readonly Dictionary<ReservationId, Reservation> open = [];
    private readonly Dictionary<ReservationId, Reservation> ended = [];
    private readonly Dictionary<FunctionKey, HistoryState> histories = [];
    private readonly SortedDictionary<SlotId, Slot> slots = [];
    private readonly Dictionary<RefusalId, Refusal> refusals = [];
    private readonly List<Entry> entries = [];
    private Instant? evidence;

    /// <summary>Befalls the next commit, and that one only.</summary>
    public Mishap Next { get; set; }

    public int Commits { get; private set; }

    /// <summary>Every entry ever kept, in order.</summary>
    public IReadOnlyList<Entry> Entries => entries;

    public Ledger LoadLedger(IdentityId identity) => Ledger.Restore(
        ledgers.GetValueOrDefault(identity) ?? new LedgerState(identity, 0, null, null, [], new Dictionary<string, EventUse>()),
        open.Values.Where(task => task.Identity == identity));

    public FunctionHistory LoadHistory(FunctionKey key) =>
        histories.TryGetValue(key, out var state) ? FunctionHistory.Restore(state) : new FunctionHistory(key);

    public IReadOnlyList<Slot> LoadSlots() => [.. slots.Values];

    public IReadOnlyList<Reservation> LoadOpen() => [.. open.Values];

    public Reservation? LoadReservation(ReservationId id) => open.GetValueOrDefault(id) ?? ended.GetValueOrDefault(id);

    public Refusal? Find(RefusalId id) => refusals.GetValueOrDefault(id);

    public CommitOutcome Commit(Changes changes, Instant now)
    {
        var mishap = Next;
        Next = Mishap.None;
        if (!mishap.LetsBegin() || changes.Ledgers.Values.Any(IsStale)) return CommitOutcome.Conflict;
        Keep(changes);
        evidence = now;
        Commits++;
        mishap.End();
        foreach (var ledger in changes.Ledgers.Values) ledger.Version++;
        return CommitOutcome.Committed;
    }

    public Instant? LastEvidence() => evidence;

    public void KeepEvidence(Instant now) => evidence = now;

    private bool IsStale(Ledger ledger) => (ledgers.GetValueOrDefault(ledger.Identity)?.Version ?? 0) != ledger.Version;

    private void Keep(Changes changes)
    {
        foreach (var ledger in changes.Ledgers.Values) ledgers[ledger.Identity] = ledger.Save() with { Version = ledger.Version + 1 };
        foreach (var reservation in changes.Reservations.Values) Keep(reservation);
        foreach (var (history, _) in changes.Learned.Values) histories[history.Function] = history.Save();
        foreach (var refusal in changes.Refusals) refusals.TryAdd(refusal.Id, refusal);
        foreach (var (id, slot) in changes.Slots)
            if (slot is null) slots.Remove(id);
            else slots[id] = slot;
        entries.AddRange(changes.Entries);
    }

    private void Keep(Reservation reservation)
    {
        if (reservation.IsOpen)
        {
            open[reservation.Id] = reservation;
            return;
        }

        open.Remove(reservation.Id);
        ended[reservation.Id] = reservation;
    }
}
