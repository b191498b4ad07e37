using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Stint.EndToEnd.Harness;

namespace Stint.EndToEnd.Sites;

/// <summary>
/// A page of one site that frames a page of another, which sets two cookies, one of them <c>Partitioned</c>, and says what it
/// was sent: it shows what a browser blocks, and that it does.
/// </summary>
internal sealed class CookieCounter : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly int port = FreePorts.Next();

    public CookieCounter(SiteNames names)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port, listener => listener.UseHttps(names.Certificate)));
        app = builder.Build();
        app.MapGet("/frames", () => Results.Content($"<!doctype html><iframe src=\"{Framed}\"></iframe>", "text/html"));
        app.MapGet("/", (HttpContext context) =>
        {
            context.Response.Headers.Append("Set-Cookie", "plain=1; Path=/; Secure; SameSite=None");
            context.Response.Headers.Append("Set-Cookie", "apart=1; Path=/; Secure; SameSite=None; Partitioned");
            return Results.Content("<!doctype html><body>set</body>", "text/html");
        });
        app.MapGet("/sent", (HttpContext context) => context.Request.Headers.Cookie.ToString());
    }

    /// <summary>The page of the one site.</summary>
    public string Outer => $"https://{SiteNames.Other}:{port}/frames";

    /// <summary>The page of the other.</summary>
    public string Framed => $"https://{SiteNames.Framed}:{port}/";

    public Task StartAsync() => app.StartAsync();

    public async ValueTask DisposeAsync()
    {
        await app.StopAsync(new CancellationToken(canceled: true));
        await app.DisposeAsync();
    }
}
