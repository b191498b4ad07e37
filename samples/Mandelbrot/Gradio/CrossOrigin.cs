namespace Stint.Samples.Mandelbrot.Gradio;

/// <summary>
/// Lets pages of other sites call this app, as Gradio does, but never with cookies. An app on a person's own
/// machine (a loopback name) is closed to foreign sites: they would reach it through that person's browser.
/// </summary>
internal static class CrossOrigin
{
    public static Task Apply(HttpContext context, RequestDelegate next)
    {
        var origin = context.Request.Headers.Origin.ToString();
        if (origin.Length > 0 && IsAllowed(origin, PublicAddress.Host(context.Request)))
        {
            var headers = context.Response.Headers;
            headers.AccessControlAllowOrigin = origin;
            headers.Vary = "Origin";
            if (HttpMethods.IsOptions(context.Request.Method))
            {
                headers.AccessControlAllowMethods = "GET, POST, HEAD, OPTIONS";
                headers.AccessControlAllowHeaders = context.Request.Headers.AccessControlRequestHeaders;
                headers.AccessControlMaxAge = "600";
                return Task.CompletedTask;
            }
        }

        return next(context);
    }

    private static bool IsAllowed(string origin, string host) =>
        Uri.TryCreate(origin, UriKind.Absolute, out var from)
        && (from.IsLoopback || !new Uri($"http://{host}").IsLoopback);
}
