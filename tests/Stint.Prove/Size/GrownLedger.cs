using Dapper;
using Microsoft.Data.Sqlite;
using Stint.Core.Identities;
using Stint.Core.Plans;
using Stint.Core.Quota;
using Stint.Hub.Store;

namespace Stint.Prove.Size;

/// <summary>
/// A data directory as it is after a long life: so many accounts, each with its ledger, and so many entries with the runs
/// they tell of, spread over thirty days that ended yesterday. Written by SQL in bulk, in the tables' own order.
/// </summary>
internal sealed class GrownLedger
{
    public const int EntriesPerRun = 4;
    private const int AtOnce = 1_000_000;

    private static readonly TimeSpan Life = TimeSpan.FromDays(30);

    private readonly Instant end;
    private readonly Action<string> says;

    private GrownLedger(string directory, long accounts, long entries, Action<string> says)
    {
        (Directory, Accounts, Runs, this.says) = (directory, accounts, entries / EntriesPerRun, says);
        end = Instant.From(DateTimeOffset.UtcNow) - TimeSpan.FromDays(1);
    }

    public string Directory { get; }
    public long Accounts { get; }
    public long Runs { get; }

    public long Bytes => new FileInfo(Path.Combine(Directory, Database.FileName)).Length;

    public static IdentityId Identity(long account) => new($"account:01k{account:00000000000000000000000}");

    public static GrownLedger Grow(string directory, long accounts, long entries, Action<string> says)
    {
        var grown = new GrownLedger(directory, accounts, entries, says);
        _ = new Database(directory);
        SqliteConnection.ClearAllPools();
        using var file = new SqliteConnection($"Data Source={Path.Combine(directory, Database.FileName)};Pooling=false");
        file.Open();
        file.Execute("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-65536; PRAGMA temp_store=FILE; PRAGMA locking_mode=EXCLUSIVE; PRAGMA foreign_keys=OFF;");
        // An index is made fastest from all rows at once.
        file.Execute("DROP INDEX reservations_by_identity");
        grown.AddAccounts(file);
        grown.AddRuns(file);
        says("index of the runs by identity");
        file.Execute("CREATE INDEX reservations_by_identity ON reservations (identity, ended_at) WHERE ended_at IS NOT NULL", commandTimeout: 0);
        file.Execute("INSERT OR REPLACE INTO evidence VALUES (1, @at)", new { at = grown.end.UnixMilliseconds });
        file.Execute("PRAGMA locking_mode=NORMAL; PRAGMA journal_mode=WAL;");
        return grown;
    }

    private static string Account(string number) => $"'account:01k' || printf('%023d', {number})";

    private static string Run(string number) => $"'r_' || printf('%026d', {number})";

    private long Step => Math.Max(1, (long)Life.TotalMilliseconds / Math.Max(1, Runs));

    private long Start => end.UnixMilliseconds - (Step * Runs);

    private void AddAccounts(SqliteConnection file)
    {
        says($"{Accounts:N0} accounts");
        var plan = Json.Write(Plan.Defaults.Single(plan => plan.Name == Plan.Free));
        // Every window is over; of its last one each ledger still knows what was spent.
        file.Execute(
            $"""
            WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < @accounts)
            INSERT INTO ledgers (identity, version, plan, window_opened_at, window_allowance, window_spent, window_grants, window_refusals, last_served_at)
            SELECT {Account("i")}, 12, @plan, @opened, 210000, 3000, 1, 0, @opened FROM n
            """,
            new { accounts = Accounts, plan, opened = end.UnixMilliseconds - (long)Window.Length.TotalMilliseconds },
            commandTimeout: 0);
        file.Execute(
            """
            WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < @accounts)
            INSERT INTO accounts (id, name, role, plan, created_at, blocked)
            SELECT '01k' || printf('%023d', i), 'person' || printf('%07d', i), 'Member', 'free', @at, 0 FROM n
            """,
            new { accounts = Accounts, at = Start },
            commandTimeout: 0);
    }

    private void AddRuns(SqliteConnection file)
    {
        for (var from = 0L; from < Runs; from += AtOnce)
        {
            var to = Math.Min(from + AtOnce, Runs);
            says($"runs {from:N0} to {to:N0} of {Runs:N0}, {EntriesPerRun} entries each");
            var values = new { from, to, accounts = Accounts, start = Start, step = Step };
            file.Execute(RunsSql, values, commandTimeout: 0);
            file.Execute(EntriesSql, values, commandTimeout: 0);
        }
    }

    private static readonly string RunsSql = $"""
        WITH RECURSIVE n(i, at) AS (SELECT @from, @start + @from * @step UNION ALL SELECT i + 1, at + @step FROM n WHERE i + 1 < @to)
        INSERT INTO reservations (id, identity, space, endpoint, size, declared, task, weight, ceiling, expected, event, recognised_by, priority, refusal,
            reserved_at, arrived_at, wait_until, phase, floor, slot, device_index, device_uuid, granted_at, window_opened_at, idle,
            worker_pid, worker_start, worker_proven, allowed_at, forgiven, ended_at, exit, measured, charged)
        SELECT {Run("i")}, {Account("i % @accounts")}, 'acme/space-' || (i % 97), '/predict', 'Large', 60000, i % 1009, 1000, 60000, 3000,
            'e_' || printf('%026d', i), 'AccessToken', 2, 'f_' || printf('%026d', i),
            at, at, at + 60000, 'Settled', 3000, 'local/' || (i % 8), i % 8, 'GPU-7c1f0e6a-0000-0000-0000-00000000000' || (i % 8), at, at, 0,
            1000 + i % 30000, i, 1, at + 40, 0, at + 3000, 'Completed', 3000, 3000 FROM n
        """;

    private static readonly string EntriesSql = $"""
        WITH RECURSIVE n(i, at, identity, run) AS (
            SELECT @from, @start + @from * @step, {Account("@from % @accounts")}, {Run("@from")}
            UNION ALL SELECT i + 1, at + @step, {Account("(i + 1) % @accounts")}, {Run("i + 1")} FROM n WHERE i + 1 < @to),
        kinds(kind, later, amount, body) AS (
            VALUES ('reserved', 0, 3000, NULL), ('granted', 0, 210000, NULL), ('allowed', 40, NULL, '4711 815 proven'), ('ended', 3000, 3000, 'Warm'))
        INSERT INTO entries (at, kind, identity, reservation, amount, body)
        SELECT at + later, kind, identity, run, amount, body FROM n CROSS JOIN kinds
        """;
}
