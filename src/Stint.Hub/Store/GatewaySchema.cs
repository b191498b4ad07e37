namespace Stint.Hub.Store;

/// <summary>
/// Tables of the Spaces' own addresses: at which port each listens, and who is signed in where. Secrets stand here only as
/// hashes; what a hub session opened at the addresses of Spaces goes with it.
/// </summary>
internal static class GatewaySchema
{
    public const string Create = """
        CREATE TABLE space_ports (space TEXT PRIMARY KEY COLLATE NOCASE, port INTEGER NOT NULL UNIQUE) WITHOUT ROWID;

        CREATE TABLE hub_sessions (
            hash BLOB PRIMARY KEY,
            account TEXT NOT NULL REFERENCES accounts (id),
            created_at INTEGER NOT NULL,
            expires_at INTEGER NOT NULL,
            ended_at INTEGER) WITHOUT ROWID;
        CREATE INDEX hub_sessions_by_account ON hub_sessions (account, created_at);

        CREATE TABLE space_codes (
            hash BLOB PRIMARY KEY,
            session BLOB NOT NULL REFERENCES hub_sessions (hash) ON DELETE CASCADE,
            space TEXT NOT NULL,
            expires_at INTEGER NOT NULL,
            used_at INTEGER) WITHOUT ROWID;
        CREATE INDEX space_codes_by_session ON space_codes (session);

        CREATE TABLE space_sessions (
            hash BLOB PRIMARY KEY,
            session BLOB NOT NULL REFERENCES hub_sessions (hash) ON DELETE CASCADE,
            space TEXT NOT NULL COLLATE NOCASE,
            created_at INTEGER NOT NULL,
            ended_at INTEGER) WITHOUT ROWID;
        CREATE INDEX space_sessions_by_session ON space_sessions (session, created_at);
        """;
}
