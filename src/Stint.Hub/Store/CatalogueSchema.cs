using Stint.Core.Plans;
using Stint.Core.Quota;

namespace Stint.Hub.Store;

/// <summary>
/// Tables of accounts, plans, access tokens and Spaces. Secrets stand here only as hashes. Times are milliseconds since
/// 1970, UTC; durations and GPU time are milliseconds.
/// </summary>
internal static class CatalogueSchema
{
    private const string Tables = """
        CREATE TABLE catalogue_version (one INTEGER PRIMARY KEY CHECK (one = 1), version INTEGER NOT NULL);
        INSERT INTO catalogue_version VALUES (1, 1);

        CREATE TABLE hub_address (one INTEGER PRIMARY KEY CHECK (one = 1), url TEXT NOT NULL, device_url TEXT NOT NULL, ports TEXT NOT NULL);

        CREATE TABLE plans (
            name TEXT PRIMARY KEY,
            allowance INTEGER NOT NULL,
            priority INTEGER NOT NULL,
            longest INTEGER NOT NULL,
            hosting INTEGER NOT NULL) WITHOUT ROWID;

        CREATE TABLE accounts (
            id TEXT PRIMARY KEY,
            name TEXT NOT NULL UNIQUE COLLATE NOCASE,
            role TEXT NOT NULL,
            plan TEXT NOT NULL REFERENCES plans (name),
            created_at INTEGER NOT NULL,
            blocked INTEGER NOT NULL DEFAULT 0,
            password_hash TEXT) WITHOUT ROWID;

        CREATE TABLE set_up_links (
            hash BLOB PRIMARY KEY,
            account TEXT NOT NULL REFERENCES accounts (id),
            expires_at INTEGER NOT NULL,
            used_at INTEGER) WITHOUT ROWID;

        CREATE TABLE access_tokens (
            id TEXT PRIMARY KEY,
            hash BLOB NOT NULL UNIQUE,
            account TEXT NOT NULL REFERENCES accounts (id),
            name TEXT NOT NULL,
            role TEXT NOT NULL,
            permissions TEXT NOT NULL,
            spaces TEXT,
            created_at INTEGER NOT NULL,
            last_used_at INTEGER,
            expires_at INTEGER,
            revoked_at INTEGER) WITHOUT ROWID;
        CREATE INDEX access_tokens_by_account ON access_tokens (account);

        CREATE TABLE spaces (
            id TEXT PRIMARY KEY COLLATE NOCASE,
            subdomain TEXT NOT NULL UNIQUE,
            owner TEXT NOT NULL REFERENCES accounts (id),
            body TEXT NOT NULL) WITHOUT ROWID;
        CREATE INDEX spaces_by_owner ON spaces (owner);
        CREATE TABLE removed_spaces (id TEXT PRIMARY KEY COLLATE NOCASE, generation INTEGER NOT NULL) WITHOUT ROWID;

        """;

    /// <summary>The tables, and in them the plans a new hub starts with.</summary>
    public static readonly string Create = Tables + string.Concat(Plan.Defaults.Select(Seed));

    /// <summary>What plans bound beyond the allowance, with the bounds a new hub starts with.</summary>
    public static readonly string Limits = """
        ALTER TABLE plans ADD COLUMN strict INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE plans ADD COLUMN device_cap INTEGER;
        ALTER TABLE plans ADD COLUMN shared_cap INTEGER;

        """ + string.Concat(Plan.Defaults.Select(plan =>
        $"UPDATE plans SET device_cap = {Sql(plan.DeviceCap)}, shared_cap = {Sql(plan.SharedCap)} WHERE name = '{plan.Name}';\n"));

    /// <summary>Secrets and variables of Spaces, their values encrypted with a key that is not in this file.</summary>
    public const string SpaceSettings = """
        CREATE TABLE space_settings (
            space TEXT NOT NULL COLLATE NOCASE,
            name TEXT NOT NULL,
            secret INTEGER NOT NULL,
            value BLOB NOT NULL,
            PRIMARY KEY (space, name)) WITHOUT ROWID;
        """;

    /// <summary>Which version of the catalogue put an account on another plan: so that nobody has to look at every account for it.</summary>
    public const string PlanVersions = """
        ALTER TABLE accounts ADD COLUMN plan_version INTEGER;
        CREATE INDEX accounts_by_plan_version ON accounts (plan_version) WHERE plan_version IS NOT NULL;
        CREATE INDEX administrators ON accounts (name) WHERE role = 'Administrator';
        """;

    private static string Sql(GpuTime? time) => time is { } some ? $"{some.Milliseconds}" : "NULL";

    private static string Seed(Plan plan) =>
        $"INSERT INTO plans (name, allowance, priority, longest, hosting) VALUES ('{plan.Name}', {plan.Allowance.Milliseconds}, {plan.Priority}, {(long)plan.LongestDuration.TotalMilliseconds}, {plan.HostingLimit});\n";
}
