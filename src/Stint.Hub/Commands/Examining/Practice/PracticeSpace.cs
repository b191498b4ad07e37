using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Text.Json;
using Stint.Core.Spaces;

namespace Stint.Hub.Commands.Examining.Practice;

/// <summary>What is wrong with a practice Space's app.</summary>
internal enum AppFlaw
{
    None,
    /// <summary>It loses the visitor between its event and the GPU.</summary>
    DropsVisitor,
    /// <summary>It works without asking for a GPU.</summary>
    NeverAsks,
    /// <summary>It lets events wait in a queue of its own.</summary>
    OwnQueue,
    /// <summary>It turns visitors away itself.</summary>
    QueueFull,
    /// <summary>It calls another Space and keeps its visitor to itself.</summary>
    CallsOtherAlone,
    /// <summary>What it serves is no Gradio app.</summary>
    NotGradio,
}

/// <summary>A Gradio app as small as can be, in this process: one function that leases a GPU for a moment.</summary>
internal sealed class PracticeSpace : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, (string Event, string? Token)> sessions = new();
    private readonly HttpClient client = new(new SocketsHttpHandler { UseProxy = false }) { Timeout = TimeSpan.FromSeconds(60) };
    private readonly WebApplication app;

    private PracticeSpace(WebApplication app, SpaceId id, AppFlaw flaw)
    {
        this.app = app;
        Id = id;
        Flaw = flaw;
        app.MapGet("/config", () => Flaw == AppFlaw.NotGradio ? Results.Text("hello") : Results.Json(new { version = "6.25.0", dependencies = new[] { new { id = 0, api_name = "run", queue = true } } }));
        app.MapPost("/gradio_api/queue/join", (Delegate)JoinAsync);
        app.MapGet("/gradio_api/queue/data", FollowAsync);
        app.MapFallback(() => Results.Text("a practice Space"));
    }

    public SpaceId Id { get; }

    public AppFlaw Flaw { get; }

    /// <summary>Where the hub forwards to.</summary>
    public Uri Upstream => new(app.Urls.First());

    /// <summary>Its address at the gateway; known once the hub hosts it.</summary>
    public Uri Address { get; set; } = new("http://127.0.0.1:9");

    /// <summary>Its device API, secret included.</summary>
    public Uri Device { get; set; } = new("http://127.0.0.1:9");

    /// <summary>A Space that this one calls.</summary>
    public PracticeSpace? Other { get; set; }

    /// <summary>Longer than anonymous visitors may ever have, and than the plan 'free' grants, and no longer than 'pro' does.</summary>
    public const double Long = 300;

    public double DeclaredSeconds { get; set; } = 5;

    /// <summary>How long its calls wait for a GPU; null for as long as the hub lets them.</summary>
    public int? WaitSeconds { get; set; }

    /// <summary>How long a run keeps its GPU.</summary>
    public TimeSpan Works { get; set; }

    /// <summary>True where the app crashes between a grant and its worker's name, so that nobody can say whose process that is.</summary>
    public bool CrashesAtWork { get; set; }

    /// <summary>The worker that it left behind then.</summary>
    public Process? Orphan { get; private set; }

    public static async Task<PracticeSpace> StartAsync(SpaceId id, AppFlaw flaw)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var space = new PracticeSpace(builder.Build(), id, flaw);
        await space.app.StartAsync().ConfigureAwait(false);
        return space;
    }

    /// <summary>Does something while its function declares another duration and, where that is said, works for another time.</summary>
    public async Task<T> DeclaringAsync<T>(double seconds, Func<Task<T>> during, TimeSpan? works = null, int? wait = null)
    {
        var before = (DeclaredSeconds, Works, WaitSeconds);
        (DeclaredSeconds, Works, WaitSeconds) = (seconds, works ?? Works, wait);
        try
        {
            return await during().ConfigureAwait(false);
        }
        finally
        {
            (DeclaredSeconds, Works, WaitSeconds) = before;
        }
    }

    /// <summary>Stops answering: the app has crashed.</summary>
    public Task CrashAsync() => app.StopAsync();

    /// <summary>Asks the device API for a GPU. What is not a grant is null.</summary>
    /// <param name="token">Null where no visitor is handed on.</param>
    public async Task<string?> ScheduleAsync(string? token, CancellationToken stopping = default)
    {
        var visitor = token is null ? "" : "&token=" + Uri.EscapeDataString(token);
        var query = FormattableString.Invariant($"?cgroupPath=practice&taskId=1&enableQueue=true&tokenVersion=2&durationSeconds={DeclaredSeconds}{visitor}");
        using var request = new HttpRequestMessage(HttpMethod.Post, Call("schedule", query));
        if (WaitSeconds is { } seconds) request.Headers.Add("X-Stint-Wait-Seconds", seconds.ToString(System.Globalization.CultureInfo.InvariantCulture));
        using var answer = await client.SendAsync(request, stopping).ConfigureAwait(false);
        if (answer.StatusCode != HttpStatusCode.OK || answer.Content.Headers.ContentType?.MediaType != "application/json") return null;
        using var grant = JsonDocument.Parse(await answer.Content.ReadAsByteArrayAsync(stopping).ConfigureAwait(false));
        return grant.RootElement.GetProperty("allowToken").GetString();
    }

    /// <summary>Names a process of no use as the worker of a lease.</summary>
    public async Task<Process> AllowAsync(string allowToken)
    {
        var worker = Process.Start(new ProcessStartInfo("sleep", "120") { UseShellExecute = false })!;
        using (await client.PostAsync(Call("allow", $"?allowToken={Uri.EscapeDataString(allowToken)}&pid={worker.Id}"), null).ConfigureAwait(false)) return worker;
    }

    public async Task ReleaseAsync(string allowToken, bool fail = false)
    {
        using var _ = await client.PostAsync(Call("release", $"?allowToken={Uri.EscapeDataString(allowToken)}&fail={(fail ? "true" : "false")}"), null).ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        await app.StopAsync().ConfigureAwait(false);
        await app.DisposeAsync().ConfigureAwait(false);
        client.Dispose();
    }

    private async Task LeaveBehindAsync(string lease)
    {
        var upstream = Upstream;
        _ = CrashAsync();
        while (await IsListeningAsync(upstream).ConfigureAwait(false)) await Task.Delay(20).ConfigureAwait(false);
        Orphan = await AllowAsync(lease).ConfigureAwait(false);
        await ReleaseAsync(lease, fail: true).ConfigureAwait(false);
    }

    private static async Task<bool> IsListeningAsync(Uri address)
    {
        using var socket = new System.Net.Sockets.TcpClient();
        try
        {
            await socket.ConnectAsync(address.Host, address.Port).ConfigureAwait(false);
            return true;
        }
        catch (System.Net.Sockets.SocketException)
        {
            return false;
        }
    }

    private Uri Call(string name, string query) => new($"{Device.ToString().TrimEnd('/')}/{name}{query}");

    private async Task<IResult> JoinAsync(HttpContext context)
    {
        if (Flaw == AppFlaw.QueueFull) return Results.Json(new { detail = "Queue is full. Max size is 1 and size is 1." }, statusCode: 503);
        using var body = await JsonDocument.ParseAsync(context.Request.Body, cancellationToken: context.RequestAborted).ConfigureAwait(false);
        var id = Guid.NewGuid().ToString("N");
        sessions[body.RootElement.GetProperty("session_hash").GetString()!] = (id, context.Request.Headers["X-IP-Token"].FirstOrDefault());
        return Results.Json(new { event_id = id });
    }

    private async Task FollowAsync(HttpContext context)
    {
        if (!sessions.TryRemove(context.Request.Query["session_hash"].ToString(), out var joined)) return;
        context.Response.ContentType = "text/event-stream";
        object queued = new { msg = "estimation", event_id = joined.Event, rank = 0, queue_size = 1, rank_eta = (double?)null };
        object begun = new { msg = "process_starts", event_id = joined.Event, eta = (double?)null };
        if (Flaw == AppFlaw.OwnQueue)
        {
            await SayAsync(context, queued).ConfigureAwait(false);
            await Task.Delay(TimeSpan.FromSeconds(1.3), context.RequestAborted).ConfigureAwait(false);
            await SayAsync(context, begun).ConfigureAwait(false);
        }
        else
        {
            // At once: on a busy machine there would be time between them, as in a queue of the app's own.
            await SayAsync(context, queued, begun).ConfigureAwait(false);
        }

        var success = await WorkAsync(joined.Token, context.RequestAborted).ConfigureAwait(false);
        object output = success ? new { data = Array.Empty<string>() } : new { error = "No GPU was given to this call." };
        await SayAsync(context, new { msg = "process_completed", event_id = joined.Event, output, success }).ConfigureAwait(false);
        await SayAsync(context, new { msg = "close_stream" }).ConfigureAwait(false);
    }

    private async Task<bool> WorkAsync(string? token, CancellationToken stopping)
    {
        if (Flaw == AppFlaw.NeverAsks) return true;
        if (Flaw == AppFlaw.CallsOtherAlone && Other is { } other) return await PracticeRun.RunAsync(client, other.Address).ConfigureAwait(false);
        if (await ScheduleAsync(Flaw == AppFlaw.DropsVisitor ? null : token, stopping).ConfigureAwait(false) is not { } lease) return false;
        if (CrashesAtWork)
        {
            await LeaveBehindAsync(lease).ConfigureAwait(false);
            return false;
        }

        using var worker = Works > TimeSpan.Zero ? await AllowAsync(lease).ConfigureAwait(false) : null;
        try
        {
            await Task.Delay(Works, stopping).ConfigureAwait(false);
        }
        finally
        {
            worker?.Kill();
        }

        await ReleaseAsync(lease).ConfigureAwait(false);
        return true;
    }

    private static async Task SayAsync(HttpContext context, params object[] messages)
    {
        await context.Response.WriteAsync(string.Concat(messages.Select(message => $"data: {JsonSerializer.Serialize(message)}\n\n"))).ConfigureAwait(false);
        await context.Response.Body.FlushAsync().ConfigureAwait(false);
    }
}
