using System.Reflection;

namespace Stint.Samples.Mandelbrot.Page;

/// <summary>The page at <c>/</c> and its few files, which lie in the assembly.</summary>
internal static class FrontPage
{
    private static readonly (string Route, string File, string ContentType)[] Parts =
    [
        ("/", "index.html", "text/html; charset=utf-8"),
        ("/page.css", "page.css", "text/css; charset=utf-8"),
        ("/page.js", "page.js", "text/javascript; charset=utf-8"),
        ("/favicon.svg", "favicon.svg", "image/svg+xml"),
    ];

    public static void MapFrontPage(this IEndpointRouteBuilder app)
    {
        foreach (var (route, file, contentType) in Parts)
        {
            var content = Load(file);
            app.MapMethods(route, ["GET", "HEAD"], (HttpResponse response) =>
            {
                response.Headers.CacheControl = "no-cache";
                response.Headers.XContentTypeOptions = "nosniff";
                response.Headers.ContentSecurityPolicy = "default-src 'self'; base-uri 'none'; form-action 'self'";
                return Results.Bytes(content, contentType);
            });
        }
    }

    private static byte[] Load(string file)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(file)
            ?? throw new InvalidOperationException($"{file} is not in the assembly.");
        var content = new byte[stream.Length];
        stream.ReadExactly(content);
        return content;
    }
}
