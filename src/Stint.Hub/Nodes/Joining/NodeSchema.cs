namespace Stint.Hub.Nodes.Joining;

/// <summary>Tables of the machines that have joined, and of the tokens by which one may. Secrets stand here only as hashes.</summary>
internal static class NodeSchema
{
    public const string Create = """
        CREATE TABLE nodes (
            name TEXT PRIMARY KEY,
            hash BLOB NOT NULL UNIQUE,
            epoch INTEGER NOT NULL,
            drained INTEGER NOT NULL,
            devices TEXT NOT NULL,
            device_url TEXT,
            joined_at INTEGER NOT NULL,
            reached_at INTEGER) WITHOUT ROWID;

        CREATE TABLE node_tokens (
            hash BLOB PRIMARY KEY,
            single INTEGER NOT NULL,
            expires_at INTEGER NOT NULL,
            used_at INTEGER) WITHOUT ROWID;
        """;
}
