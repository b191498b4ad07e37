using System.Diagnostics;
using System.Threading.Channels;
using Npgsql;

namespace Stint.Bench.Ledgers;

/// <summary>PostgreSQL 15 with every commit synced: one conditional statement a call, prepared, over as many connections as its pool has.</summary>
internal sealed class PostgresContender : IContender
{
    private const int Connections = 64;
    private const string Programs = "/usr/lib/postgresql/15/bin/";

    private const string Tables = """
        CREATE TABLE accounts (id text PRIMARY KEY, version bigint NOT NULL, opened bigint NOT NULL, allowance bigint NOT NULL, spent bigint NOT NULL, held bigint NOT NULL, grants int NOT NULL) WITH (fillfactor = 50);
        CREATE TABLE reservations (id text PRIMARY KEY, account text NOT NULL, terms text NOT NULL, ended bigint, exit text, charged bigint) WITH (fillfactor = 70);
        CREATE TABLE entries (seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, at bigint NOT NULL, kind text NOT NULL, account text NOT NULL, reservation text NOT NULL, amount bigint NOT NULL);
        """;

    private const string Reserve = """
        WITH account AS (
            UPDATE accounts SET held = held + $4, grants = grants + 1, version = version + 1
            WHERE id = $1 AND spent + held + $4 <= allowance AND $3 < opened + 86400000 AND NOT EXISTS (SELECT FROM reservations WHERE id = $2)
            RETURNING id, allowance),
        receipt AS (INSERT INTO reservations (id, account, terms) SELECT $2, id, $5 FROM account),
        lines AS (INSERT INTO entries (at, kind, account, reservation, amount)
            SELECT $3, 'reserved', id, $2, $4 FROM account UNION ALL SELECT $3, 'granted', id, $2, allowance FROM account)
        SELECT count(*) FROM account
        """;

    private const string Settle = """
        WITH receipt AS (UPDATE reservations SET ended = $3, exit = 'Completed', charged = $5 WHERE id = $2 AND ended IS NULL RETURNING account),
        account AS (UPDATE accounts SET held = held - $4, spent = spent + $5, version = version + 1 WHERE id = $1 AND EXISTS (SELECT FROM receipt) RETURNING id),
        lines AS (INSERT INTO entries (at, kind, account, reservation, amount) SELECT $3, 'ended', id, $2, $5 FROM account)
        SELECT count(*) FROM account
        """;

    private readonly Channel<Connection> free = Channel.CreateUnbounded<Connection>();
    private readonly string folder;

    private PostgresContender(string folder) => this.folder = folder;

    public string Name => $"PostgreSQL 15, a statement a call, {Connections} connections";

    public static async Task<PostgresContender> StartAsync(string folder, int accounts)
    {
        var contender = new PostgresContender(folder);
        File.SetUnixFileMode(folder, (UnixFileMode)0b111_111_111);
        await contender.RunAsync("initdb", $"--pgdata {folder}/data --auth trust --no-sync --username postgres");
        await contender.RunAsync("pg_ctl", $"--pgdata {folder}/data --wait --log {folder}/log start -o \"-h '' -k {folder} -c max_connections=80 -c shared_buffers=256MB -c max_wal_size=4GB\"");
        var at = $"Host={folder};Username=postgres;Database=postgres;Pooling=false";
        for (var i = 0; i < Connections; i++)
        {
            var connection = new NpgsqlConnection(at);
            await connection.OpenAsync();
            if (i == 0) await MakeTablesAsync(connection, accounts);
            contender.free.Writer.TryWrite(new(connection, Prepare(connection, Reserve, text: 5), Prepare(connection, Settle, text: 0)));
        }

        return contender;
    }

    public async Task PairAsync(int caller, int account)
    {
        var (id, of) = (Payload.NewId(), Payload.Account(account));
        await CallAsync(connection => connection.Reserve, of, id, Payload.FloorMilliseconds, Payload.Terms(id, caller));
        await CallAsync(connection => connection.Settle, of, id, Payload.FloorMilliseconds, Payload.ChargedMilliseconds);
    }

    public async ValueTask DisposeAsync()
    {
        while (free.Reader.TryRead(out var connection)) await connection.Open.DisposeAsync();
        await RunAsync("pg_ctl", $"--pgdata {folder}/data --wait --mode immediate stop");
    }

    private static async Task MakeTablesAsync(NpgsqlConnection connection, int accounts)
    {
        await using var command = new NpgsqlCommand(Tables, connection);
        await command.ExecuteNonQueryAsync();
        command.CommandText = "INSERT INTO accounts SELECT $1 || lpad(n::text, 4, '0'), 0, $2, $3, 0, 0, 0 FROM generate_series(0, $4) AS n";
        command.Parameters.Add(new() { Value = Payload.Account(0)[..^4] });
        command.Parameters.Add(new() { Value = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() });
        command.Parameters.Add(new() { Value = Payload.AllowanceMilliseconds });
        command.Parameters.Add(new() { Value = accounts - 1 });
        await command.ExecuteNonQueryAsync();
    }

    private static NpgsqlCommand Prepare(NpgsqlConnection connection, string sql, int text)
    {
        var command = new NpgsqlCommand(sql, connection);
        for (var i = 1; i <= 5; i++) command.Parameters.Add(i <= 2 || i == text ? new NpgsqlParameter<string>() : new NpgsqlParameter<long>());
        command.Prepare();
        return command;
    }

    private async Task CallAsync<T>(Func<Connection, NpgsqlCommand> of, string account, string id, long amount, T last)
    {
        var connection = await free.Reader.ReadAsync();
        var command = of(connection);
        ((NpgsqlParameter<string>)command.Parameters[0]).TypedValue = account;
        ((NpgsqlParameter<string>)command.Parameters[1]).TypedValue = id;
        ((NpgsqlParameter<long>)command.Parameters[2]).TypedValue = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        ((NpgsqlParameter<long>)command.Parameters[3]).TypedValue = amount;
        ((NpgsqlParameter<T>)command.Parameters[4]).TypedValue = last;
        var changed = await command.ExecuteScalarAsync();
        free.Writer.TryWrite(connection);
        if (changed is not 1L) throw new InvalidOperationException($"postgres: {id} changed {changed} accounts");
    }

    /// <summary>The server refuses to be run by root.</summary>
    private async Task RunAsync(string program, string arguments)
    {
        var line = $"{Programs}{program} {arguments} >/dev/null 2>&1";
        var start = Environment.UserName == "root"
            ? new ProcessStartInfo("setpriv", ["--reuid=postgres", "--regid=postgres", "--clear-groups", "/bin/sh", "-c", line])
            : new ProcessStartInfo("/bin/sh", ["-c", line]);
        start.WorkingDirectory = folder;
        using var process = Process.Start(start)!;
        await process.WaitForExitAsync();
        if (process.ExitCode != 0) throw new InvalidOperationException($"{program} ended with {process.ExitCode}; its log is in {folder}");
    }

    private sealed record Connection(NpgsqlConnection Open, NpgsqlCommand Reserve, NpgsqlCommand Settle);
}
