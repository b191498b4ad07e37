namespace Stint.Samples.Mandelbrot.Gradio;

/// <summary>The address under which the visitor sees this app; Gradio calls it the root.</summary>
internal static class PublicAddress
{
    private static readonly string? RootPath = Environment.GetEnvironmentVariable("GRADIO_ROOT_PATH");

    /// <summary>Without a slash at the end. A proxy in front says host and scheme; of a list the first value is the visitor's.</summary>
    public static string Of(HttpRequest request)
    {
        if (RootPath is not null && Uri.TryCreate(RootPath, UriKind.Absolute, out var whole) && whole.Scheme is "http" or "https")
        {
            return RootPath.TrimEnd('/');
        }

        var scheme = First(request, "X-Forwarded-Proto") is "https" or "wss" ? "https" : request.Scheme;
        var path = string.IsNullOrEmpty(RootPath) ? "" : "/" + RootPath.Trim('/');
        return $"{scheme}://{Host(request)}{path}".TrimEnd('/');
    }

    public static string Host(HttpRequest request)
    {
        var host = First(request, "X-Forwarded-Host") is { } forwarded ? new HostString(forwarded) : request.Host;
        return host.HasValue ? host.ToUriComponent() : "localhost";
    }

    private static string? First(HttpRequest request, string header)
    {
        var first = request.Headers[header].ToString().Split(',')[0].Trim();
        return first.Length == 0 ? null : first;
    }
}
