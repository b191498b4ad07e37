namespace Stint.Hub.Store.Alerts;

/// <summary>Tables of alerts and of the webhook they go to. Times are milliseconds since 1970, UTC.</summary>
internal static class AlertSchema
{
    /// <summary><c>key</c> names what must be told once; <c>state</c> is how far it came on its way to the webhook.</summary>
    public const string Create = """
        CREATE TABLE alerts (
            key TEXT PRIMARY KEY,
            at INTEGER NOT NULL,
            kind TEXT NOT NULL,
            subject TEXT NOT NULL,
            identity TEXT,
            until INTEGER NOT NULL,
            facts TEXT NOT NULL,
            dismissed_at INTEGER,
            state TEXT NOT NULL,
            attempts INTEGER NOT NULL DEFAULT 0,
            next_at INTEGER NOT NULL DEFAULT 0,
            problem TEXT) WITHOUT ROWID;
        CREATE INDEX alerts_by_time ON alerts (at);
        CREATE INDEX alerts_by_identity ON alerts (identity, until) WHERE identity IS NOT NULL;
        CREATE INDEX alerts_by_subject ON alerts (subject, at);
        CREATE INDEX alerts_to_send ON alerts (next_at) WHERE state = 'Waiting';

        CREATE TABLE webhook (one INTEGER PRIMARY KEY CHECK (one = 1), url TEXT NOT NULL, secret BLOB, plain_http INTEGER NOT NULL, any_address INTEGER NOT NULL);
        """;

    /// <summary>Addresses that people have named for their own alerts, and what waits to be sent there.</summary>
    public const string Personal = """
        CREATE TABLE personal_webhooks (account TEXT PRIMARY KEY, url TEXT NOT NULL, secret BLOB) WITHOUT ROWID;
        CREATE TABLE personal_deliveries (
            key TEXT PRIMARY KEY,
            account TEXT NOT NULL,
            attempts INTEGER NOT NULL DEFAULT 0,
            next_at INTEGER NOT NULL) WITHOUT ROWID;
        CREATE INDEX personal_deliveries_by_account ON personal_deliveries (account, next_at);
        """;
}
