using Microsoft.Data.Sqlite;
using Stint.Core.Identities;
using Stint.Core.Leasing;
using Stint.Core.Quota;
using Stint.Core.Spaces;
using Stint.Hub.Engine;

namespace Stint.Hub.Store.Ledgers;

/// <summary>The ledger in the hub's SQLite file. Used by the engine's thread alone; everyone else reads through <see cref="LedgerReads"/>.</summary>
public sealed class SqliteLedgerStore : ILedgerStore, IDisposable
{
    private readonly SqliteConnection writer;
    private readonly Statements statements;

    public SqliteLedgerStore(Database database)
    {
        writer = database.OpenWriter();
        statements = new Statements(writer);
    }

    public Ledger LoadLedger(IdentityId identity) => writer.Ledger(identity);

    public FunctionHistory LoadHistory(FunctionKey key) => writer.History(key);

    public Reservation? LoadReservation(ReservationId id) => writer.Reservations("id = @id", new { id = id.Value }).SingleOrDefault();

    public IReadOnlyList<Slot> LoadSlots() => writer.Slots();

    public IReadOnlyList<Reservation> LoadOpen() => writer.Reservations("ended_at IS NULL");

    public Instant? LastEvidence() => writer.LastEvidence();

    public void KeepEvidence(Instant now) => Guarded(() =>
    {
        using var transaction = writer.BeginTransaction();
        KeepEvidence(now, transaction);
        transaction.Commit();
        return CommitOutcome.Committed;
    });

    public CommitOutcome Commit(Changes changes, Instant now) => Guarded(() =>
    {
        using var transaction = writer.BeginTransaction();
        foreach (var ledger in changes.Ledgers.Values)
            if (!KeepLedger(ledger, transaction)) return CommitOutcome.Conflict;
        foreach (var reservation in changes.Reservations.Values) Keep(reservation, transaction);
        foreach (var (id, slot) in changes.Slots) Keep(id, slot, transaction);
        foreach (var history in changes.Learned.Values.Distinct()) Keep(history, transaction);
        foreach (var refusal in changes.Refusals) Keep(refusal, transaction);
        foreach (var entry in changes.Entries) Append(entry, transaction);
        KeepEvidence(now, transaction);
        transaction.Commit();
        foreach (var ledger in changes.Ledgers.Values) ledger.Version++;
        return CommitOutcome.Committed;
    });

    public void Dispose()
    {
        statements.Dispose();
        writer.Dispose();
    }

    /// <summary>False where another writer has been there since this ledger was loaded.</summary>
    private bool KeepLedger(Ledger ledger, SqliteTransaction transaction)
    {
        var state = ledger.Save() with { Version = ledger.Version + 1 };
        var changed = ledger.Version == 0
            ? statements.Execute(
                transaction,
                "INSERT INTO ledgers (identity, version, body) VALUES (@identity, @next, @body) ON CONFLICT DO NOTHING",
                ("@identity", ledger.Identity.Value), ("@next", state.Version), ("@body", Json.Write(state)))
            : statements.Execute(
                transaction,
                "UPDATE ledgers SET version = @next, body = @body WHERE identity = @identity AND version = @expected",
                ("@identity", ledger.Identity.Value), ("@next", state.Version), ("@body", Json.Write(state)), ("@expected", ledger.Version));
        return changed == 1;
    }

    private void Keep(Reservation reservation, SqliteTransaction transaction) => statements.Execute(
        transaction,
        """
        INSERT INTO reservations (id, identity, space, phase, reserved_at, ended_at, charged, body)
        VALUES (@id, @identity, @space, @phase, @reservedAt, @endedAt, @charged, @body)
        ON CONFLICT (id) DO UPDATE SET phase = @phase, ended_at = @endedAt, charged = @charged, body = @body
        """,
        ("@id", reservation.Id.Value),
        ("@identity", reservation.Identity.Value),
        ("@space", reservation.Function.Space.ToString()),
        ("@phase", reservation.Phase.ToString()),
        ("@reservedAt", reservation.ReservedAt.UnixMilliseconds),
        ("@endedAt", reservation.Ending?.At.UnixMilliseconds),
        ("@charged", reservation.Ending?.Charged.Milliseconds),
        ("@body", Json.Write(reservation)));

    private void Keep(SlotId id, Slot? slot, SqliteTransaction transaction)
    {
        if (slot is null) statements.Execute(transaction, "DELETE FROM slots WHERE id = @id", ("@id", id.Value));
        else statements.Execute(transaction, "INSERT OR REPLACE INTO slots (id, body) VALUES (@id, @body)", ("@id", id.Value), ("@body", Json.Write(slot)));
    }

    private void Keep(FunctionHistory history, SqliteTransaction transaction) => statements.Execute(
        transaction,
        "INSERT OR REPLACE INTO histories (function, body) VALUES (@key, @body)",
        ("@key", history.Function.ToString()), ("@body", Json.Write(history.Save())));

    private void Keep(Refusal refusal, SqliteTransaction transaction) => statements.Execute(
        transaction,
        // A request repeated under its own id may be refused again: what its first caller was shown stays.
        "INSERT INTO refusals (id, at, identity, space, cause, body) VALUES (@id, @at, @identity, @space, @cause, @body) ON CONFLICT DO NOTHING",
        ("@id", refusal.Id.Value),
        ("@at", refusal.At.UnixMilliseconds),
        ("@identity", refusal.Identity?.Value),
        ("@space", refusal.Function.Space.ToString()),
        ("@cause", refusal.Main.Cause.ToString()),
        ("@body", Json.Write(refusal)));

    private void Append(Entry entry, SqliteTransaction transaction) => statements.Execute(
        transaction,
        "INSERT INTO entries (at, kind, identity, reservation, body) VALUES (@at, @kind, @identity, @reservation, @body)",
        ("@at", entry.At.UnixMilliseconds),
        ("@kind", entry.GetType().Name),
        ("@identity", entry.OfIdentity?.Value),
        ("@reservation", entry.OfReservation?.Value),
        ("@body", Json.Write(entry)));

    private void KeepEvidence(Instant now, SqliteTransaction transaction) =>
        statements.Execute(transaction, "INSERT OR REPLACE INTO evidence (one, at) VALUES (1, @at)", ("@at", now.UnixMilliseconds));

    private static CommitOutcome Guarded(Func<CommitOutcome> write)
    {
        try
        {
            return write();
        }
        catch (SqliteException e)
        {
            throw new StoreFailedException($"the data file could not be written: {e.Message}", e);
        }
    }
}
