using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Stint.EndToEnd.Harness;

namespace Stint.EndToEnd.Seed;

/// <summary>
/// A Space in the test's own process with one function, <c>/ask</c>, by Gradio's simple API. What the function does with what
/// it was sent a test says; it returns the error that its visitor sees, or null.
/// </summary>
internal sealed class SeedApp : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly ConcurrentDictionary<string, IHeaderDictionary> events = new();
    private readonly Func<SeedApp, IHeaderDictionary, Task<string?>> function;

    private SeedApp(WebApplication app, Func<SeedApp, IHeaderDictionary, Task<string?>> function)
    {
        (this.app, this.function) = (app, function);
        app.MapGet("/config", () => Results.Json(new { dependencies = new[] { new { id = 0, api_name = "ask" } } }));
        app.MapPost("/gradio_api/call/ask", (HttpContext context) =>
        {
            var id = Guid.NewGuid().ToString("N");
            events[id] = new HeaderDictionary(context.Request.Headers.ToDictionary());
            return Results.Json(new { event_id = id });
        });
        app.MapGet("/gradio_api/call/ask/{id}", AnswerAsync);
    }

    /// <summary>Its own address, where visitors are.</summary>
    public Uri Address { get; private set; } = null!;

    /// <summary>Where it asks for GPUs.</summary>
    public string Device { get; private set; } = "";

    public static async Task<SeedApp> AddAsync(HubProcess hub, string name, Func<SeedApp, IHeaderDictionary, Task<string?>> function)
    {
        var port = FreePorts.Next();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port));
        var space = new SeedApp(builder.Build(), function);
        await space.app.StartAsync();
        (space.Address, space.Device) = await RegisterAsync(hub, name, port);
        return space;
    }

    /// <summary>Tells the hub of a Space that listens at this port: its own address, and where it asks for GPUs.</summary>
    public static async Task<(Uri Address, string Device)> RegisterAsync(HubProcess hub, string name, int port)
    {
        await hub.Cli.JsonAsync("space", "add", name, "--upstream", $"http://127.0.0.1:{port}");
        var device = (await hub.Cli.JsonAsync("space", "env", name)).GetProperty("SPACES_ZERO_DEVICE_API_URL").GetString()!;
        hub.Secret(device[(device.LastIndexOf('/') + 1)..]);
        await Eventually.True(async () => (await hub.Http.GetAsync(new Uri($"/api/spaces/{name}/host", UriKind.Relative))).IsSuccessStatusCode);
        var host = await hub.Http.GetFromJsonAsync<JsonElement>($"/api/spaces/{name}/host");
        var address = new Uri(host.GetProperty("host").GetString()!);
        await Eventually.True(async () => await AnswersAsync(hub, new Uri(address, "/config")));
        return (address, device);
    }

    public async ValueTask DisposeAsync()
    {
        await app.StopAsync(new CancellationToken(canceled: true));
        await app.DisposeAsync();
    }

    private async Task AnswerAsync(string id, HttpContext context)
    {
        context.Response.ContentType = "text/event-stream; charset=utf-8";
        await context.Response.WriteAsync("event: heartbeat\ndata: null\n\n");
        await context.Response.Body.FlushAsync();
        var error = events.TryRemove(id, out var headers) ? await function(this, headers) : "no such event";
        await context.Response.WriteAsync(error is null
            ? "event: complete\ndata: []\n\n"
            : $"event: error\ndata: {JsonSerializer.Serialize(new { error, duration = 10, visible = true, title = "Error" })}\n\n");
    }

    private static async Task<bool> AnswersAsync(HubProcess hub, Uri page)
    {
        try
        {
            using var answer = await hub.Http.GetAsync(page);
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
