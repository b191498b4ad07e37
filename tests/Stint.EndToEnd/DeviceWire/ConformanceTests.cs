using System.Text.Json;
using Stint.EndToEnd.Harness;
using Xunit;

namespace Stint.EndToEnd.DeviceWire;

/// <summary>
/// Every request of the recording of the real package, in its order, read by Debian's httpx chunk by chunk as the package
/// does: an answer it would choke on fails in Python, what it would read differently fails here.
/// </summary>
[Collection(OneHubAtATimeCollection.Name)]
public sealed class ConformanceTests : IAsyncLifetime
{
    private static readonly string[] Whole = ["content-length", "content-type", "date"];
    private static readonly string[] WholeToSomeone = [.. Whole, "x-authenticated"];
    private static readonly string[] Stream = ["cache-control", "content-type", "date", "transfer-encoding", "x-authenticated", "x-queuing-reason", "x-stint-ticket"];

    private HubProcess hub = null!;
    private LeasingSpace space = null!;
    private string token = "";
    private string spent = "";

    public async Task InitializeAsync()
    {
        if (Checkout.WhyNoRecording is not null) return;
        hub = await HubProcess.StartAsync(new HubSettings(Slots: 2));
        await hub.Cli.JsonAsync("account", "add", "studio", "--plan", "pro", "--generate");
        space = await LeasingSpace.AddAsync(hub, "studio/recorded");
        token = await (await Person.AddAsync(hub, "ada")).IdentityTokenAsync(space.Name);
        // Whoever holds all but half a second has less left than any run is worth starting with.
        await hub.Cli.JsonAsync("plan", "set", "minute", "--allowance", "60s", "--longest", "60s");
        spent = await (await Person.AddAsync(hub, "bob", "minute")).IdentityTokenAsync(space.Name);
        await space.WorkAllowedAsync(await space.LeaseAsync(spent, 59.5, task: 7));
    }

    public async Task DisposeAsync()
    {
        if (hub is null) return;
        await using var served = hub;
        await using var leasing = space;
        LedgerAudit.Of(hub.Directory).AssertSound();
        hub.AssertNoSecretWasPrinted();
    }

    [RecordingFact]
    public Task Recording_ReplayedWithFreeSlots_IsAnsweredAsTheRealPackageAccepts() => ReplayAsync(queued: false);

    [RecordingFact]
    public Task Recording_ReplayedWithBusySlots_IsAnsweredByAStreamTheRealPackageReads() => ReplayAsync(queued: true);

    private async Task ReplayAsync(bool queued)
    {
        var requests = RecordedRequest.All();
        Assert.True(requests.Count > 40, $"the recording has only {requests.Count} requests");
        Grant? grant = null;
        foreach (var (request, next) in requests.Zip([.. requests.Skip(1), null]))
            switch (request.Path)
            {
                case "/startup-report":
                    AssertAnswer(200, Whole, "", await CallAsync(request, request.Query));
                    break;
                case "/schedule":
                    var wasGranted = next?.Path == "/allow";
                    if (!request.HasToken) await AssertNobodyAsync(request);
                    if (wasGranted) grant = queued ? await QueuedAsync(request) : await AtOnceAsync(request);
                    else if (request.HasToken) await AssertRefusedAsync(request);
                    break;
                case "/allow":
                    // By a child of the process that listens where the Space is reached, as `spaces` forks them.
                    AssertAnswer(200, Whole, "", (await space.WorkAsync(grant!, headers: request.OwnHeaders)).Allow);
                    break;
                case "/release":
                    AssertAnswer(200, Whole, "", await CallAsync(request, request.With("allowToken", grant!.AllowToken)));
                    break;
                default:
                    Assert.Fail($"the recording asks for {request.Path}, which is not replayed");
                    break;
            }
    }

    private async Task<Grant> AtOnceAsync(RecordedRequest request)
    {
        var answer = await ScheduleAsync(request, token);
        AssertHead(answer, 200, "application/json", WholeToSomeone);
        return Checked(Grant.Of(answer));
    }

    /// <summary>The other slot is busy until the first ping has come.</summary>
    private async Task<Grant> QueuedAsync(RecordedRequest request)
    {
        var blocking = await space.LeaseAsync(token, 30, task: 8);
        var waiting = await space.Agent.BeginAsync("schedule", new { query = request.With("token", token), headers = request.OwnHeaders });
        await waiting.SaidAsync(1);
        await space.ReleaseAsync(blocking);
        var answer = await waiting.Result;
        AssertHead(answer, 200, "text/event-stream", Stream);
        Assert.Equal(["node"], HeaderOf(answer, "x-queuing-reason"));
        var grant = Checked(Grant.Of(answer));
        Assert.All(grant.Chunks.SkipLast(1), chunk => Assert.Equal("event: ping\n\n", chunk));
        var lease = $$"""{"idle":{{(grant.Idle ? "true" : "false")}},"nvidiaIndex":{{grant.NvidiaIndex}},"nvidiaUUID":"{{grant.NvidiaUUID}}","allowToken":"{{grant.AllowToken}}"}""";
        Assert.Equal($"event: succeeded\ndata: {lease}\n\n", grant.Chunks[^1]);
        return grant;
    }

    private async Task AssertRefusedAsync(RecordedRequest request)
    {
        var answer = await ScheduleAsync(request, spent);
        AssertHead(answer, 429, "application/json", WholeToSomeone);
        Assert.Equal(["regular"], HeaderOf(answer, "x-authenticated"));
        var quota = answer.GetProperty("quota");
        Assert.Equal(0, quota.GetProperty("left").GetInt32());
        Assert.True(quota.GetProperty("wait").GetInt32() >= 1, $"try again in {quota.GetProperty("waitShown")}");
    }

    /// <summary>As it was recorded, without a visitor: an answer the package takes for a refusal, and about nobody.</summary>
    private async Task AssertNobodyAsync(RecordedRequest request)
    {
        var answer = await space.Agent.DoAsync("schedule", new { query = request.Query, headers = request.OwnHeaders });
        Assert.Equal("refused", answer.GetProperty("verdict").GetString());
        AssertHead(answer, 429, "application/json", Whole);
        Assert.Equal(0, answer.GetProperty("quota").GetProperty("left").GetInt32());
        Assert.True(answer.GetProperty("quota").GetProperty("wait").GetInt32() >= 1);
    }

    private Task<JsonElement> ScheduleAsync(RecordedRequest request, string visitor) =>
        space.Agent.DoAsync("schedule", new { query = request.With("token", visitor), headers = request.OwnHeaders });

    private async Task<Answer> CallAsync(RecordedRequest request, object query) =>
        (await space.Agent.DoAsync("call", new { request.Method, request.Path, query, headers = request.OwnHeaders })).Deserialize<Answer>(JsonSerializerOptions.Web)!;

    private Grant Checked(Grant grant)
    {
        hub.Secret(grant.AllowToken);
        Assert.Matches("^GPU-[0-9a-f-]{36}$", grant.NvidiaUUID);
        Assert.InRange(grant.NvidiaIndex, 0, 1);
        return grant;
    }

    private static void AssertHead(JsonElement answer, int status, string type, string[] names)
    {
        Assert.Equal(status, answer.GetProperty("status").GetInt32());
        Assert.Equal("HTTP/1.1", answer.GetProperty("httpVersion").GetString());
        Assert.Equal([type], HeaderOf(answer, "content-type"));
        Assert.Equal(names, answer.GetProperty("headers").EnumerateArray().Select(header => header[0].GetString()!.ToLowerInvariant()).Order());
    }

    private static void AssertAnswer(int status, string[] names, string body, Answer answer)
    {
        Assert.Equal((status, body), (answer.Status, answer.Body));
        Assert.Equal(names, answer.Headers.Select(header => header[0].ToLowerInvariant()).Order());
    }

    private static IEnumerable<string> HeaderOf(JsonElement answer, string name) => answer.GetProperty("headers").EnumerateArray()
        .Where(header => string.Equals(header[0].GetString(), name, StringComparison.OrdinalIgnoreCase)).Select(header => header[1].GetString()!);
}
