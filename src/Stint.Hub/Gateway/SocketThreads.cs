using System.Reflection;
using Stint.Hub.Gateway.Hosts;
using Stint.Hub.Gateway.Streams;

namespace Stint.Hub.Gateway;

/// <summary>
/// Which thread does what (decision 0013). A request to a Space is passed on by the threads that wait for sockets, because
/// handing it from thread to thread costs more than passing it on; so nothing may take long there. Everything else the hub
/// does goes to the pool's threads first, with its body read, so that it has no reason to come back.
/// </summary>
internal sealed class SocketThreads(SpaceHosts hosts)
{
    /// <summary>As large a body as the hub itself takes.</summary>
    private const int LongestBody = 1024 * 1024;

    /// <summary>Read by the runtime at its first socket, and by nothing else.</summary>
    private const string Switch = "DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS";

    /// <summary>To be called before the process opens its first socket; after that the switch changes nothing.</summary>
    public static void PassOnInline(IWebHostBuilder server)
    {
        // It holds for every socket of the process, so it is set where the process is a hub's own.
        if (Assembly.GetEntryAssembly() == typeof(SocketThreads).Assembly) Environment.SetEnvironmentVariable(Switch, "1");
        server.UseSockets(sockets => sockets.UnsafePreferInlineScheduling = true);
    }

    public Task HandleAsync(HttpContext context, RequestDelegate next)
    {
        hosts.Of(context, out var isOfSpaces);
        if (!isOfSpaces || context.Request.Path.StartsWithSegments(Visit.Own)) return WithBodyAsync(context, next);
        return CarriesASecret(context.Request) ? OnPoolAsync(context, next) : next(context);
    }

    /// <summary>A signature is checked for longer than a request takes to pass, and the use of a token is noted on disk. A cookie is looked up in memory.</summary>
    private static bool CarriesASecret(HttpRequest request) =>
        request.Headers.Authorization.Count > 0 || request.Headers.ContainsKey("X-IP-Token") || request.Headers.ContainsKey("X-HF-Authorization")
        || request.Headers.ContainsKey("x-zerogpu-token") || request.QueryString.Value?.Contains("__sign", StringComparison.OrdinalIgnoreCase) == true;

    private static async Task WithBodyAsync(HttpContext context, RequestDelegate next)
    {
        if (context.Request.ContentLength is > 0 or null && !HttpMethods.IsGet(context.Request.Method))
            try
            {
                await PeekedBody.PeekAsync(context, LongestBody).ConfigureAwait(false);
            }
            catch (BadHttpRequestException)
            {
                // Whoever reads it hears the same, and knows what to answer.
            }
            catch (Exception e) when (e is IOException or OperationCanceledException)
            {
                // Whoever sent it is gone: nothing is begun for them, and the server looks for no rest of it.
                context.Abort();
                return;
            }

        await OnPoolAsync(context, next).ConfigureAwait(false);
    }

    private static async Task OnPoolAsync(HttpContext context, RequestDelegate next)
    {
        await Task.Yield();
        await next(context).ConfigureAwait(false);
    }
}
