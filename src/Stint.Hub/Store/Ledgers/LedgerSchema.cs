namespace Stint.Hub.Store.Ledgers;

/// <summary>
/// Tables of the ledger. <c>entries</c> is append-only and is the truth; the others keep the state after the last entry, so
/// that a start reads what is open and nothing else. Times are milliseconds since 1970, UTC; bodies are JSON of Core's records.
/// </summary>
internal static class LedgerSchema
{
    public const string Create = """
        CREATE TABLE entries (
            seq INTEGER PRIMARY KEY AUTOINCREMENT,
            at INTEGER NOT NULL,
            kind TEXT NOT NULL,
            identity TEXT,
            reservation TEXT,
            body TEXT NOT NULL);
        CREATE INDEX entries_by_identity ON entries (identity, seq) WHERE identity IS NOT NULL;
        CREATE INDEX entries_by_reservation ON entries (reservation, seq) WHERE reservation IS NOT NULL;

        CREATE TABLE ledgers (identity TEXT PRIMARY KEY, version INTEGER NOT NULL, body TEXT NOT NULL) WITHOUT ROWID;

        CREATE TABLE reservations (
            id TEXT PRIMARY KEY,
            identity TEXT NOT NULL,
            space TEXT NOT NULL,
            phase TEXT NOT NULL,
            reserved_at INTEGER NOT NULL,
            ended_at INTEGER,
            charged INTEGER,
            body TEXT NOT NULL) WITHOUT ROWID;
        CREATE INDEX reservations_open ON reservations (identity) WHERE ended_at IS NULL;
        CREATE INDEX reservations_by_identity ON reservations (identity, ended_at);
        CREATE INDEX reservations_by_space ON reservations (space, reserved_at);

        CREATE TABLE refusals (
            id TEXT PRIMARY KEY,
            at INTEGER NOT NULL,
            identity TEXT,
            space TEXT NOT NULL,
            cause TEXT NOT NULL,
            body TEXT NOT NULL) WITHOUT ROWID;
        CREATE INDEX refusals_by_time ON refusals (at);
        CREATE INDEX refusals_by_identity ON refusals (identity, at);

        CREATE TABLE histories (function TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID;
        CREATE TABLE slots (id TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID;
        CREATE TABLE evidence (one INTEGER PRIMARY KEY CHECK (one = 1), at INTEGER NOT NULL);
        """;
}
