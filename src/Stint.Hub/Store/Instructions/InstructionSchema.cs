namespace Stint.Hub.Store.Instructions;

/// <summary>The table of instructions: what people asked of ledgers, and what it came to. Times are milliseconds since 1970, UTC.</summary>
internal static class InstructionSchema
{
    public const string Create = """
        CREATE TABLE instructions (
            id TEXT PRIMARY KEY,
            at INTEGER NOT NULL,
            identity TEXT NOT NULL,
            body TEXT NOT NULL,
            outcome TEXT,
            decided_at INTEGER) WITHOUT ROWID;
        CREATE INDEX instructions_by_identity ON instructions (identity);
        CREATE INDEX instructions_undecided ON instructions (at) WHERE outcome IS NULL;
        """;
}
