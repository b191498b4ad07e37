using Microsoft.Data.Sqlite;
using SQLitePCL;
using Stint.Core.Identities;
using Stint.Core.Leasing;
using Stint.Core.Quota;
using Stint.Core.Spaces;
using Stint.Hub.Engine;
using Stint.Hub.Store.Ledgers.Rows;

namespace Stint.Hub.Store.Ledgers;

/// <summary>The ledger in the hub's SQLite file. Used by the engine's thread alone; everyone else reads through <see cref="LedgerReads"/>.</summary>
public sealed class SqliteLedgerStore : ILedgerStore, IDisposable
{
    private readonly SqliteConnection writer;
    private readonly KeptState kept;
    private readonly Checkpoints checkpoints;
    private readonly SlotRows slots;
    private readonly HistoryRows histories;
    private readonly Statement addLedger, changeLedger, addReservation, changeReservation, addRefusal, showRefusal, addEntry, putEvidence;
    private readonly HashSet<Refusal> repeated = new(ReferenceEqualityComparer.Instance);
    private Instant lastKept;

    public SqliteLedgerStore(Database database)
    {
        writer = database.OpenWriter();
        checkpoints = new Checkpoints(database, writer);
        kept = new KeptState(writer);
        (addLedger, changeLedger) = (new(writer, LedgerStateRows.Insert), new(writer, LedgerStateRows.Update));
        (addReservation, changeReservation) = (new(writer, ReservationRows.Insert), new(writer, ReservationRows.Update));
        (slots, histories) = (new SlotRows(writer), new HistoryRows(writer));
        // A request repeated under its own id may be refused again: what its first caller was shown stays, and stays as long again.
        addRefusal = new(writer, "INSERT INTO refusals (id, at, identity, space, cause, body) VALUES (?,?,?,?,?,?) ON CONFLICT DO NOTHING");
        showRefusal = new(writer, "UPDATE refusals SET at = ? WHERE id = ?");
        addEntry = new(writer, EntryRows.Insert);
        putEvidence = new(writer, "INSERT OR REPLACE INTO evidence (one, at) VALUES (1, ?)");
    }

    public Ledger LoadLedger(IdentityId identity) => kept.Ledger(identity, lastKept);

    public FunctionHistory LoadHistory(FunctionKey key) => kept.History(key);

    public Reservation? LoadReservation(ReservationId id) => kept.Reservation(id);

    public IReadOnlyList<Slot> LoadSlots() => kept.Slots();

    public IReadOnlyList<Reservation> LoadOpen() => kept.Reservations("ended_at IS NULL");

    public Instant? LastEvidence() => kept.LastEvidence();

    public void KeepEvidence(Instant now) => Guarded(() =>
    {
        putEvidence.Bind(now.UnixMilliseconds).Run();
        return CommitOutcome.Committed;
    });

    public CommitOutcome Commit(Changes changes, Instant now) => Guarded(() =>
    {
        using var transaction = writer.BeginTransaction();
        foreach (var ledger in changes.Ledgers.Values)
            if (!Keep(ledger)) return CommitOutcome.Conflict;
        foreach (var (id, reservation) in changes.Reservations)
            if (changes.Created.Contains(id)) addReservation.BindInsert(reservation);
            else if (!changeReservation.BindUpdate(reservation)) return CommitOutcome.Conflict;
        foreach (var (id, slot) in changes.Slots) slots.Keep(id, slot);
        histories.Keep(changes, now);
        repeated.Clear();
        foreach (var refusal in changes.Refusals) Keep(refusal);
        foreach (var entry in changes.Entries) addEntry.BindInsert(entry, entry is RequestRefused refused && repeated.Contains(refused.Refusal));
        putEvidence.Bind(now.UnixMilliseconds).Run();
        Commit(transaction);
        foreach (var ledger in changes.Ledgers.Values) ledger.Version++;
        lastKept = now;
        checkpoints.CountCommit();
        return CommitOutcome.Committed;
    });

    public void Dispose()
    {
        checkpoints.Dispose();
        foreach (var statement in new[] { addLedger, changeLedger, addReservation, changeReservation, addRefusal, showRefusal, addEntry, putEvidence }) statement.Dispose();
        slots.Dispose();
        histories.Dispose();
        kept.Dispose();
        writer.Dispose();
    }

    /// <summary>False where another writer has been there since this ledger was loaded.</summary>
    private bool Keep(Ledger ledger)
    {
        // What its events were used for is read back from its reservations.
        var state = ledger.Save(withEvents: false) with { Version = ledger.Version + 1 };
        return (ledger.Version == 0 ? addLedger.BindState(state).Run() : changeLedger.BindState(state).Bind(ledger.Version).Run()) == 1;
    }

    private void Keep(Refusal refusal)
    {
        var added = addRefusal
            .Bind(refusal.Id.Value).Bind(refusal.At.UnixMilliseconds).Bind(refusal.Identity?.Value)
            .Bind(refusal.Function.Space.ToString()).Bind(refusal.Main.Cause.ToString()).Bind(Json.Write(refusal)).Run();
        if (added == 1) return;
        showRefusal.Bind(refusal.At.UnixMilliseconds).Bind(refusal.Id.Value).Run();
        repeated.Add(refusal);
    }

    /// <summary>
    /// Where a commit fails although all of it was written, nobody knows whether it is on the disk: a restart may find it. Then
    /// nobody may be told that it failed, and nothing more may be decided upon what is in memory.
    /// </summary>
    private static void Commit(SqliteTransaction transaction)
    {
        try
        {
            transaction.Commit();
        }
        catch (SqliteException e) when (e.SqliteErrorCode is not (raw.SQLITE_FULL or raw.SQLITE_BUSY or raw.SQLITE_READONLY) && e.SqliteExtendedErrorCode != raw.SQLITE_IOERR_WRITE)
        {
            throw new CommitUncertainException($"the disk did not say whether a commit is on it: {e.Message}", e);
        }
    }

    private CommitOutcome Guarded(Func<CommitOutcome> write)
    {
        var outcome = CommitOutcome.Conflict;
        try
        {
            return outcome = write();
        }
        catch (SqliteException e)
        {
            throw new StoreFailedException($"the data file could not be written: {e.Message}", e);
        }
        finally
        {
            slots.Committed(outcome == CommitOutcome.Committed);
        }
    }
}
