using System.Diagnostics;
using System.Net.Sockets;

namespace Stint.Bench.Ledgers;

/// <summary>Redis 7 with every write in its append-only file synced before it answers, and the rule in Lua: one script a call.</summary>
internal sealed class RedisContender : IContender
{
    /// <summary>1 seen before? 2 the window 3 what is left 4 account, receipt and entry.</summary>
    private const string ReserveRule = """
        local before = redis.call('GET', KEYS[2])
        if before then return 'again' end
        local now, asked = tonumber(ARGV[1]), tonumber(ARGV[2])
        local account = redis.call('HMGET', KEYS[1], 'opened', 'allowance', 'spent', 'held', 'grants', 'version')
        local opened, allowance, spent = tonumber(account[1]), tonumber(account[2]), tonumber(account[3])
        local held, grants, version = tonumber(account[4]) or 0, tonumber(account[5]) or 0, tonumber(account[6]) or 0
        if not opened or now >= opened + 86400000 then opened, allowance, spent, grants = now, tonumber(ARGV[3]), 0, 0 end
        if spent + held + asked > allowance then return 'refused' end
        redis.call('HSET', KEYS[1], 'opened', opened, 'allowance', allowance, 'spent', spent, 'held', held + asked, 'grants', grants + 1, 'version', version + 1)
        redis.call('SET', KEYS[2], ARGV[4])
        redis.call('RPUSH', 'entries', ARGV[1] .. '|reserved|' .. KEYS[1] .. '|' .. KEYS[2] .. '|' .. ARGV[2], ARGV[1] .. '|granted|' .. KEYS[1] .. '|' .. KEYS[2] .. '|' .. ARGV[3])
        return 'ok'
        """;

    private const string SettleRule = """
        local receipt = redis.call('GET', KEYS[2])
        if not receipt then return 'unknown' end
        if string.sub(receipt, 1, 5) == 'ended' then return 'again' end
        local account = redis.call('HMGET', KEYS[1], 'spent', 'held', 'version')
        local charged = tonumber(ARGV[3])
        redis.call('HSET', KEYS[1], 'spent', tonumber(account[1]) + charged, 'held', tonumber(account[2]) - tonumber(ARGV[2]), 'version', tonumber(account[3]) + 1)
        redis.call('SET', KEYS[2], 'ended|' .. ARGV[1] .. '|Completed|' .. ARGV[3] .. '|' .. receipt)
        redis.call('RPUSH', 'entries', ARGV[1] .. '|ended|' .. KEYS[1] .. '|' .. KEYS[2] .. '|' .. ARGV[3])
        return 'ok'
        """;

    private readonly RespConnection connection = new();
    private readonly Process server;
    private string reserve = "", settle = "";

    private RedisContender(Process server) => this.server = server;

    public string Name => "Redis 7, AOF always, the rule in Lua";

    public static async Task<RedisContender> StartAsync(string folder)
    {
        var path = Path.Combine(folder, "redis.sock");
        var start = new ProcessStartInfo("redis-server", ["--port", "0", "--unixsocket", path, "--dir", folder, "--appendonly", "yes", "--appendfsync", "always", "--save", "", "--auto-aof-rewrite-percentage", "0"])
        {
            RedirectStandardOutput = true,
        };
        var contender = new RedisContender(Process.Start(start)!);
        contender.server.OutputDataReceived += (_, _) => { };
        contender.server.BeginOutputReadLine();
        await contender.ConnectAsync(path);
        contender.reserve = await contender.connection.CallAsync("SCRIPT", "LOAD", ReserveRule);
        contender.settle = await contender.connection.CallAsync("SCRIPT", "LOAD", SettleRule);
        return contender;
    }

    public async Task PairAsync(int caller, int account)
    {
        var (id, of) = (Payload.NewId(), Payload.Account(account));
        await ExpectAsync(connection.CallAsync(
            "EVALSHA", reserve, "2", of, id, Now, $"{Payload.FloorMilliseconds}", $"{Payload.AllowanceMilliseconds}", Payload.Terms(id, caller)));
        await ExpectAsync(connection.CallAsync("EVALSHA", settle, "2", of, id, Now, $"{Payload.FloorMilliseconds}", $"{Payload.ChargedMilliseconds}"));
    }

    public async ValueTask DisposeAsync()
    {
        await connection.DisposeAsync();
        server.Kill();
        await server.WaitForExitAsync();
        server.Dispose();
    }

    /// <summary>The socket is there a moment before anyone listens on it. A server that cannot be reached is not left behind.</summary>
    private async Task ConnectAsync(string path)
    {
        for (var tries = 0; ; tries++)
        {
            try
            {
                await connection.ConnectAsync(path);
                return;
            }
            catch (SocketException) when (tries < 1_000)
            {
                await Task.Delay(10);
            }
            catch
            {
                server.Kill();
                throw;
            }
        }
    }

    private static string Now => $"{DateTimeOffset.UtcNow.ToUnixTimeMilliseconds()}";

    private static async Task ExpectAsync(Task<string> call)
    {
        if (await call is var answer and not "ok") throw new InvalidOperationException($"redis: {answer}");
    }
}
