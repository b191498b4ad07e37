using System.Net;
using System.Text;
using System.Text.Json;
using Stint.Core.Quota;
using Stint.Core.Spaces;
using Stint.Tests.Hub.DeviceApi;
using Xunit;

namespace Stint.Tests.Hub.Nodes.Joining;

/// <summary>A machine as far as the hub can tell: it says over the network whatever a test wants it to say.</summary>
internal sealed class FakeNode(Uri hub, string name) : IDisposable
{
    private readonly HttpClient http = new(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = hub };

    public string Name => name;
    public string Secret { get; private set; } = "";
    public long Epoch { get; private set; }

    /// <summary>Joins by a token; the status, and what the hub said.</summary>
    public async Task<(HttpStatusCode Status, string Text)> JoinAsync(string token)
    {
        var (status, text) = await SayAsync("join", JsonSerializer.Serialize(new { token, name }));
        if (status == HttpStatusCode.OK) Secret = JsonDocument.Parse(text).RootElement.GetProperty("secret").GetString()!;
        return (status, text);
    }

    /// <summary>Says hello with so many slots: the orders it is given.</summary>
    public async Task<JsonElement> HelloAsync(int slots = 1)
    {
        var offered = Enumerable.Range(0, slots).Select(i => new { key = $"{i}", index = i, uuid = $"GPU-{name}-{i}", largest = "XLarge" });
        var (status, text) = await SayAsync("hello", JsonSerializer.Serialize(new { deviceUrl = "http://127.0.0.1:7861", slots = offered, devices = "" }));
        Assert.Equal(HttpStatusCode.OK, status);
        var welcome = JsonDocument.Parse(text).RootElement;
        Epoch = welcome.GetProperty("epoch").GetInt64();
        return welcome.GetProperty("orders");
    }

    public async Task<HttpStatusCode> ReturnAsync(params string[] leases) =>
        (await SayAsync("return", $$"""{"epoch":{{Epoch}},"leases":[{{string.Join(',', leases)}}],"gone":[],"withheld":[]}""")).Status;

    /// <summary>Hello and report at once, as a node does that has seen nothing.</summary>
    public async Task<FakeNode> ReachAsync(int slots = 1, params string[] leases)
    {
        await HelloAsync(slots);
        Assert.Equal(HttpStatusCode.OK, await ReturnAsync(leases));
        return this;
    }

    /// <summary>The orders since the first.</summary>
    public async Task<(HttpStatusCode Status, string Text)> BeatAsync(long seen = 0) => await SayAsync("beat", $$"""{"epoch":{{Epoch}},"seen":{{seen}}}""");

    public async Task<(HttpStatusCode Status, string Text)> SayAsync(string call, string json)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri("/node/" + call, UriKind.Relative)) { Content = new StringContent(json, Encoding.UTF8, "application/json") };
        return await SendAsync(request);
    }

    /// <summary>A Space's call that came to this machine.</summary>
    public async Task<(HttpStatusCode Status, string Text)> DeviceAsync(string pathAndQuery, string? worker = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri("/node" + pathAndQuery, UriKind.Relative));
        request.Headers.Add("X-Stint-Epoch", $"{Epoch}");
        if (worker is not null) request.Headers.Add("X-Stint-Worker", worker);
        return await SendAsync(request);
    }

    /// <summary>The allow token of a lease that the hub granted on this machine, with a worker.</summary>
    public async Task<string> LeaseAsync(DeviceHub at, string account, string duration = "60", int? pid = 4711)
    {
        var (status, text) = await DeviceAsync(at.Schedule(at.TokenOf(account), duration: duration));
        Assert.Equal(HttpStatusCode.OK, status);
        var token = Granted.Read(text).AllowToken;
        if (pid is not null) Assert.Equal(HttpStatusCode.OK, (await AllowAsync(at, token, pid.Value)).Status);
        return token;
    }

    public Task<(HttpStatusCode Status, string Text)> AllowAsync(DeviceHub at, string allowToken, int pid, SpaceId? space = null) =>
        DeviceAsync(at.Path(space ?? DeviceHub.Squares, "allow") + $"?allowToken={allowToken}&pid={pid}", $$"""{"pid":{{pid}},"startTicks":77,"proven":true}""");

    /// <summary>A report of one lease, as JSON.</summary>
    public static string Report(ReservationId id, string? exit, string endedAgo, string allowedAgo = "null", int pid = 4711) =>
        $$"""{"id":"{{id}}","worker":{"pid":{{pid}},"startTicks":77,"proven":true},"allowedAgo":{{allowedAgo}},"exit":{{(exit is null ? "null" : $"\"{exit}\"")}},"endedAgo":{{endedAgo}}}""";

    public void Dispose() => http.Dispose();

    private async Task<(HttpStatusCode Status, string Text)> SendAsync(HttpRequestMessage request)
    {
        request.Headers.Authorization = new("Bearer", Secret);
        using var answer = await http.SendAsync(request);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }
}
