using System.Text.Json;
using Xunit;

namespace Stint.EndToEnd.Harness;

/// <summary>A Space that somebody else runs, doing what the real package does for one GPU call, in the order it does it.</summary>
internal sealed class LeasingSpace : IAsyncDisposable
{
    private const string WaitHeader = "X-Stint-Wait-Seconds";

    private readonly HubProcess hub;

    private LeasingSpace(HubProcess hub, string name, SpaceAgent agent) => (this.hub, Name, Agent) = (hub, name, agent);

    public string Name { get; }
    public SpaceAgent Agent { get; }

    /// <summary>Adds it to the hub by the command line and starts its process where the hub is told it is.</summary>
    public static Task<LeasingSpace> AddAsync(HubProcess hub, string name, params string[] more) => AddWithinAsync(hub, name, [], more);

    /// <param name="within">The program, with its arguments, that the Space's process is started by.</param>
    public static async Task<LeasingSpace> AddWithinAsync(HubProcess hub, string name, string[] within, params string[] more)
    {
        var port = FreePorts.Next();
        await hub.Cli.JsonAsync(["space", "add", name, "--upstream", $"http://127.0.0.1:{port}", .. more]);
        var variables = await hub.Cli.JsonAsync("space", "env", name);
        var agent = await SpaceAgent.StartAsync(port, within);
        agent.Base = variables.GetProperty("SPACES_ZERO_DEVICE_API_URL").GetString()!;
        hub.Secret(agent.Base[(agent.Base.LastIndexOf('/') + 1)..]);
        return new(hub, name, agent);
    }

    /// <summary>One whose process is there already and knows where to ask.</summary>
    public static LeasingSpace At(HubProcess hub, string name, SpaceAgent agent) => new(hub, name, agent);

    /// <param name="seconds">The declared duration; null where the function declares none.</param>
    /// <param name="waitSeconds">The wait limit the caller asks for; null for the pool's own.</param>
    public Task<Order> BeginAsync(string? token, double? seconds, long task = 1, int? waitSeconds = null)
    {
        var query = new Dictionary<string, object> { ["cgroupPath"] = "/", ["taskId"] = task, ["enableQueue"] = true };
        if (seconds is { } declared) query["durationSeconds"] = declared;
        if (token is not null) query["token"] = token;
        var headers = waitSeconds is { } wait ? new Dictionary<string, string> { [WaitHeader] = $"{wait}" } : [];
        return Agent.BeginAsync("schedule", new { query, headers });
    }

    public async Task<JsonElement> AskAsync(string? token, double? seconds, long task = 1, int? waitSeconds = null) =>
        await (await BeginAsync(token, seconds, task, waitSeconds)).Result.WaitAsync(TimeSpan.FromSeconds(70));

    /// <summary>Asks again and again, as people do, until it is granted.</summary>
    public async Task<JsonElement> AskUntilGrantedAsync(string token, double seconds, long task, TimeSpan within)
    {
        for (var since = System.Diagnostics.Stopwatch.StartNew(); ; await Task.Delay(250))
            if (await AskAsync(token, seconds, task) is var answer && (answer.GetProperty("verdict").GetString() == "granted" || since.Elapsed > within)) return answer;
    }

    /// <summary>Asks and is granted, sooner or later.</summary>
    public async Task<Grant> LeaseAsync(string token, double? seconds, long task = 1)
    {
        var grant = Grant.Of(await AskAsync(token, seconds, task));
        hub.Secret(grant.AllowToken);
        return grant;
    }

    /// <summary>Forks a worker that names itself by <c>/allow</c>.</summary>
    /// <param name="children">What it starts of its own, deaf to SIGTERM and each in a session of its own.</param>
    public async Task<Worker> WorkAsync(Grant grant, bool ignoreTerm = false, int children = 0, Dictionary<string, string>? headers = null) =>
        Worker.Of(await Agent.DoAsync("fork", new { grant.AllowToken, ignoreTerm, children, headers }));

    public async Task<Worker> WorkAllowedAsync(Grant grant, bool ignoreTerm = false)
    {
        var worker = await WorkAsync(grant, ignoreTerm);
        Assert.Equal(200, worker.Allow.Status);
        return worker;
    }

    public Task<Answer> ReleaseAsync(Grant grant, bool fail = false) => CallAsync("POST", "/release", new { grant.AllowToken, fail });

    public async Task<Answer> CallAsync(string method, string path, object? query = null, string? atBase = null)
    {
        var answer = await Agent.DoAsync("call", new { method, path, query, @base = atBase });
        return answer.Deserialize<Answer>(JsonSerializerOptions.Web)!;
    }

    public ValueTask DisposeAsync() => Agent.DisposeAsync();
}

/// <summary>A lease as the Space was told of it. Times are milliseconds of the machine's monotonic clock.</summary>
/// <param name="Chunks">What a waiting stream said, chunk by chunk; empty where the grant came at once.</param>
internal sealed record Grant(bool Idle, int NvidiaIndex, string NvidiaUUID, string AllowToken, double SentAt, double AnsweredAt, IReadOnlyList<string> Chunks)
{
    public static Grant Of(JsonElement answer)
    {
        Assert.True(answer.GetProperty("verdict").GetString() == "granted", $"not granted: {answer}");
        var lease = answer.GetProperty("lease");
        return new(
            lease.GetProperty("idle").GetBoolean(), lease.GetProperty("nvidiaIndex").GetInt32(), lease.GetProperty("nvidiaUUID").GetString()!,
            lease.GetProperty("allowToken").GetString()!, answer.GetProperty("sentAt").GetDouble(), answer.GetProperty("answeredAt").GetDouble(),
            [.. answer.GetProperty("chunks").EnumerateArray().Select(chunk => chunk.GetString()!)]);
    }

    /// <summary>The reservation's id stands before the proof.</summary>
    public string Id => AllowToken[..AllowToken.LastIndexOf('.')];

    /// <summary>What the hub measured lies between what the Space saw from inside and from outside, whatever either clock thinks of the time of day.</summary>
    public void AssertMeasured(Receipt receipt, double releaseSentAt, double releaseAnsweredAt)
    {
        const double Rounding = 2;
        var earliest = SentAt + receipt.WaitMilliseconds;
        Assert.InRange(receipt.MeasuredMilliseconds, releaseSentAt - AnsweredAt - Rounding, releaseAnsweredAt - earliest + Rounding);
    }
}

/// <param name="Allow">What the hub said when it named itself.</param>
internal sealed record Worker(int Pid, Answer Allow, IReadOnlyList<int> Children)
{
    public static Worker Of(JsonElement forked) => forked.Deserialize<Worker>(JsonSerializerOptions.Web)!;

    public bool IsAlive => OtherProcess.IsAlive(Pid);
}

internal sealed record Answer(int Status, IReadOnlyList<IReadOnlyList<string>> Headers, string Body, double SentAt, double AnsweredAt);
