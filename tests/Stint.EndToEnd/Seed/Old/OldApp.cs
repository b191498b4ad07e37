using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Stint.EndToEnd.DeviceWire;
using Stint.EndToEnd.Harness;

namespace Stint.EndToEnd.Seed.Old;

/// <summary>
/// A Gradio 5.12 app with `spaces` of 2024, from its recordings: it answers what the real one answered, word for word, and asks
/// for its GPU by the very requests the real package sent, with the token that came with the event. It knows no handshake, no
/// token version and no titles, and its text is the one this project began with.
/// </summary>
internal sealed class OldApp : IAsyncDisposable
{
    private const string Queue = "/gradio_api/queue";

    private readonly WebApplication app;
    private readonly IReadOnlyList<RecordedCall> granted = RecordedCall.Of("gradio512-js-ok");
    private readonly IReadOnlyList<RecordedCall> refused = RecordedCall.Of("gradio512-js-quota");
    private readonly IReadOnlyList<RecordedRequest> package = RecordedRequest.All();
    private readonly ConcurrentDictionary<string, (string Id, string? Token)> sessions = new();
    private readonly ConcurrentBag<Process> workers = [];
    private readonly HttpClient device = new();

    private OldApp(WebApplication app)
    {
        this.app = app;
        foreach (var call in granted.Where(call => call.Method == "GET" && !call.IsStream))
            app.MapGet(call.Target.Split('?')[0], () => Results.Content(call.Answer, "application/json"));
        app.MapPost(Queue + "/join", (Delegate)JoinAsync);
        app.MapGet(Queue + "/data", StreamAsync);
    }

    public Uri Address { get; private set; } = null!;

    /// <summary>How long its function works.</summary>
    public TimeSpan Works { get; set; } = TimeSpan.FromSeconds(1);

    private string Device { get; set; } = "";

    public static async Task<OldApp> AddAsync(HubProcess hub, string name)
    {
        var port = FreePorts.Next();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port));
        var space = new OldApp(builder.Build());
        await space.app.StartAsync();
        (space.Address, space.Device) = await SeedApp.RegisterAsync(hub, name, port);
        return space;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var worker in workers)
        {
            worker.Kill();
            worker.Dispose();
        }

        device.Dispose();
        await app.StopAsync(new CancellationToken(canceled: true));
        await app.DisposeAsync();
    }

    private async Task<IResult> JoinAsync(HttpContext context)
    {
        var body = await context.Request.ReadFromJsonAsync<JsonElement>();
        var id = Guid.NewGuid().ToString("N");
        sessions[body.GetProperty("session_hash").GetString()!] = (id, context.Request.Headers["X-IP-Token"]);
        return Results.Json(new { event_id = id });
    }

    private async Task StreamAsync(HttpContext context)
    {
        var (id, token) = sessions[context.Request.Query["session_hash"].ToString()];
        context.Response.ContentType = "text/event-stream; charset=utf-8";
        var said = granted.Single(call => call.IsStream).Messages.ToList();
        var recordedId = JsonDocument.Parse(said[0]).RootElement.GetProperty("event_id").GetString()!;
        foreach (var message in said[..2]) await SendAsync(context, message.Replace(recordedId, id, StringComparison.Ordinal));
        var problem = await WorkAsync(token);
        var end = problem ?? said[2];
        await SendAsync(context, end.Replace(JsonDocument.Parse(end).RootElement.GetProperty("event_id").GetString()!, id, StringComparison.Ordinal));
        await SendAsync(context, said[^1]);
    }

    /// <summary>Leases and works as the package did; where it is refused, the recorded message with the numbers it was told now.</summary>
    private async Task<string?> WorkAsync(string? token)
    {
        var first = package.ToList().FindIndex(request => request.Path == "/schedule");
        var (schedule, allow, release) = (package[first], package[first + 1], package[first + 2]);
        using var answer = await CallAsync(schedule, ("token", token ?? ""));
        var told = await answer.Content.ReadFromJsonAsync<JsonElement>();
        if (answer.StatusCode != HttpStatusCode.OK) return Refusal(answer, told);
        var allowToken = told.GetProperty("allowToken").GetString()!;
        var worker = OtherProcess.Start(new ProcessStartInfo("/bin/sleep", "600"));
        workers.Add(worker);
        (await CallAsync(allow, ("allowToken", allowToken), ("pid", worker.Id.ToString(CultureInfo.InvariantCulture)))).Dispose();
        await Task.Delay(Works);
        (await CallAsync(release, ("allowToken", allowToken))).Dispose();
        return null;
    }

    private string Refusal(HttpResponseMessage answer, JsonElement told)
    {
        var account = answer.Headers.TryGetValues("X-Authenticated", out var names) ? names.Single() == "pro" ? "Pro " : "free " : "";
        var wait = TimeSpan.FromSeconds(told.GetProperty("wait").GetInt64());
        return refused.Single(call => call.IsStream).Messages.ElementAt(2)
            .Replace("your Pro GPU", $"your {account}GPU", StringComparison.Ordinal)
            .Replace("0s left", $"{told.GetProperty("left").GetInt64()}s left", StringComparison.Ordinal)
            .Replace("0:00:00", wait.ToString("g", CultureInfo.InvariantCulture), StringComparison.Ordinal);
    }

    private Task<HttpResponseMessage> CallAsync(RecordedRequest recorded, params (string Name, string Value)[] now)
    {
        var query = recorded.Query.ToDictionary();
        foreach (var (name, value) in now) query[name] = value;
        var request = new HttpRequestMessage(
            new HttpMethod(recorded.Method), new Uri($"{Device}{recorded.Path}?{string.Join('&', query.Select(pair => $"{pair.Key}={Uri.EscapeDataString(pair.Value)}"))}"));
        foreach (var (name, value) in recorded.OwnHeaders.Where(header => header.Key is not ("Accept-Encoding" or "Connection"))) request.Headers.TryAddWithoutValidation(name, value);
        return device.SendAsync(request);
    }

    private static async Task SendAsync(HttpContext context, string message)
    {
        await context.Response.WriteAsync($"data: {message}\n\n");
        await context.Response.Body.FlushAsync();
    }
}
