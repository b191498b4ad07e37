using System.Net;

namespace Stint.Hub.Commands.Examining.Practice;

/// <summary>What a hop between a visitor and the hub does to what passes.</summary>
internal enum HopFlaw
{
    /// <summary>Takes the Authorization header away.</summary>
    DropsAuthorization,
    /// <summary>Says whom it forwards for, though nobody told the hub to believe it.</summary>
    NamesItsClient,
    /// <summary>Answers what was asked before from its memory.</summary>
    KeepsAnswers,
}

/// <summary>A proxy as small as can be, in this process, in front of one port of the practice hub.</summary>
internal sealed class Hop : IAsyncDisposable
{
    private readonly Dictionary<string, (int Status, string? Type, byte[] Body)> kept = [];
    private readonly HttpClient client = new(new SocketsHttpHandler { UseProxy = false, UseCookies = false, AllowAutoRedirect = false });
    private readonly WebApplication app;
    private readonly HopFlaw flaw;
    private readonly Uri behind;

    private Hop(WebApplication app, HopFlaw flaw, Uri behind)
    {
        (this.app, this.flaw, this.behind) = (app, flaw, behind);
        app.Run(PassAsync);
    }

    public int Port => new Uri(app.Urls.First()).Port;

    public static async Task<Hop> StartAsync(HopFlaw flaw, Uri behind)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var hop = new Hop(builder.Build(), flaw, behind);
        await hop.app.StartAsync().ConfigureAwait(false);
        return hop;
    }

    public async ValueTask DisposeAsync()
    {
        await app.DisposeAsync().ConfigureAwait(false);
        client.Dispose();
    }

    private async Task PassAsync(HttpContext context)
    {
        var path = context.Request.Path + context.Request.QueryString;
        if (flaw != HopFlaw.KeepsAnswers || !HttpMethods.IsGet(context.Request.Method) || !kept.TryGetValue(path, out var answer))
            kept[path] = answer = await AskAsync(context, path).ConfigureAwait(false);
        context.Response.StatusCode = answer.Status;
        context.Response.ContentType = answer.Type;
        await context.Response.Body.WriteAsync(answer.Body).ConfigureAwait(false);
    }

    private async Task<(int Status, string? Type, byte[] Body)> AskAsync(HttpContext context, string path)
    {
        using var request = new HttpRequestMessage(new HttpMethod(context.Request.Method), new Uri(behind, path));
        if (HttpMethods.IsPost(context.Request.Method))
        {
            request.Content = new StreamContent(context.Request.Body);
            request.Content.Headers.TryAddWithoutValidation("Content-Type", context.Request.ContentType);
        }

        // The hub is asked under its own name: a hop that changes that is another fault.
        request.Headers.Host = behind.Authority;
        if (flaw != HopFlaw.DropsAuthorization && context.Request.Headers.Authorization.ToString() is { Length: > 0 } sent) request.Headers.TryAddWithoutValidation("Authorization", sent);
        if (flaw == HopFlaw.NamesItsClient) request.Headers.TryAddWithoutValidation("X-Forwarded-For", "203.0.113.7");
        using var answer = await client.SendAsync(request).ConfigureAwait(false);
        return ((int)answer.StatusCode, answer.Content.Headers.ContentType?.ToString(), await answer.Content.ReadAsByteArrayAsync().ConfigureAwait(false));
    }
}
