using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Stint.Tests.Hub.Gateway;

/// <summary>What stands behind the gateway in a test: a server that does what the test says and remembers what it was sent.</summary>
internal sealed class FakeSpace : IAsyncDisposable
{
    private readonly WebApplication app;

    private FakeSpace(WebApplication app) => this.app = app;

    public Uri Url { get; private set; } = null!;

    /// <summary>The headers of each request, in order.</summary>
    public ConcurrentQueue<(string Target, Dictionary<string, string> Headers)> Seen { get; } = new();

    public static async Task<FakeSpace> StartAsync(RequestDelegate answer)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Listen(IPAddress.Loopback, 0);
        });
        var app = builder.Build();
        app.UseWebSockets();
        var space = new FakeSpace(app);
        app.Run(context =>
        {
            var target = context.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpRequestFeature>()!.RawTarget;
            space.Seen.Enqueue(($"{context.Request.Method} {target}", context.Request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase)));
            return answer(context);
        });
        await app.StartAsync();
        space.Url = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());
        return space;
    }

    public async ValueTask DisposeAsync()
    {
        await app.StopAsync(new CancellationToken(canceled: true));
        await app.DisposeAsync();
    }
}

/// <summary>
/// As much of a Gradio app as the gateway can tell from the outside: one function <c>/square</c>, a queue, its streams. What
/// the function does with its identity token a test says; it returns the error that its visitor sees, or null.
/// </summary>
internal sealed class FakeGradio(Func<string?, CancellationToken, Task<string?>> function)
{
    private readonly ConcurrentDictionary<string, (string? Token, string Session)> events = new();

    public async Task AnswerAsync(HttpContext context)
    {
        var parts = context.Request.Path.Value!.Replace("/gradio_api", "", StringComparison.Ordinal).Trim('/').Split('/');
        switch (parts)
        {
            case ["config"]: await context.Response.WriteAsync("""{"dependencies":[{"id":0,"api_name":"square"},{"id":1,"api_name":false}]}"""); break;
            case ["queue", "join"]: await JoinAsync(context, (await JsonDocument.ParseAsync(context.Request.Body)).RootElement.GetProperty("session_hash").GetString()!); break;
            case ["call", "square"]: await JoinAsync(context, ""); break;
            case ["queue", "data"]: await StreamAsync(context, context.Request.Query["session_hash"].ToString()); break;
            case ["call", "square", var id]: await CallAsync(context, id); break;
            case ["run", "square"]: await context.Response.WriteAsync(await function(context.Request.Headers["X-IP-Token"], context.RequestAborted) ?? "done"); break;
            case ["cancel"]: await context.Response.WriteAsync("""{"success":true}"""); break;
            default: context.Response.StatusCode = 404; break;
        }
    }

    private async Task JoinAsync(HttpContext context, string session)
    {
        var id = Guid.NewGuid().ToString("N");
        events[id] = (context.Request.Headers["X-IP-Token"], session);
        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync($$"""{"event_id":"{{id}}"}""");
    }

    private async Task StreamAsync(HttpContext context, string session)
    {
        context.Response.ContentType = "text/event-stream; charset=utf-8";
        foreach (var (id, what) in events.Where(pair => pair.Value.Session == session).ToList())
        {
            events.TryRemove(id, out _);
            await SendAsync(context, $$"""data: {"msg":"estimation","event_id":"{{id}}","rank":0}""");
            await SendAsync(context, $$"""data: {"msg":"process_starts","event_id":"{{id}}","eta":null}""");
            var error = await function(what.Token, context.RequestAborted);
            await SendAsync(context, error is null
                ? $$"""data: {"msg":"process_completed","event_id":"{{id}}","output":{"data":[9]},"success":true,"title":null}"""
                : $$"""data: {"msg":"process_completed","event_id":"{{id}}","output":{"error":{{JsonSerializer.Serialize(error)}},"duration":10,"visible":true,"title":"ZeroGPU quota exceeded"},"success":false,"title":"ZeroGPU quota exceeded"}""");
        }

        await SendAsync(context, """data: {"msg":"close_stream","event_id":null}""");
    }

    private async Task CallAsync(HttpContext context, string id)
    {
        context.Response.ContentType = "text/event-stream; charset=utf-8";
        await SendAsync(context, "event: heartbeat\ndata: null");
        var error = events.TryRemove(id, out var what) ? await function(what.Token, context.RequestAborted) : "no such event";
        await SendAsync(context, error is null ? "event: complete\ndata: [9]" : $$"""event: error{{"\n"}}data: {"error":{{JsonSerializer.Serialize(error)}},"duration":10,"visible":true,"title":"Error"}""");
    }

    private static async Task SendAsync(HttpContext context, string message)
    {
        await context.Response.WriteAsync(message + "\n\n", context.RequestAborted);
        await context.Response.Body.FlushAsync(context.RequestAborted);
    }
}
