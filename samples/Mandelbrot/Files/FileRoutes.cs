using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.StaticFiles;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;

namespace Stint.Samples.Mandelbrot.Files;

/// <summary><c>/upload</c> and <c>/file=…</c>.</summary>
internal static class FileRoutes
{
    public const long MostUploadBytes = 200L * 1024 * 1024;

    private const int MostFilesInUpload = 50;
    private const string FileRoute = "/gradio_api/file=";

    private static readonly FileExtensionContentTypeProvider ContentTypes = new();

    public static void MapFiles(this IEndpointRouteBuilder app)
    {
        app.MapPost("/gradio_api/upload", Upload).WithMetadata(new RequestSizeLimitAttribute(MostUploadBytes));

        // The path follows an equals sign within a segment, which a route pattern cannot say.
        app.MapMethods("/gradio_api/{**rest}", ["GET", "HEAD"], Download);
    }

    /// <summary>Streams each part of a form to disk; answers with the paths.</summary>
    private static async Task<IResult> Upload(HttpRequest request, FileShelf shelf)
    {
        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out var type)
            || HeaderUtilities.RemoveQuotes(type.Boundary).Value is not { Length: > 0 and < 100 } boundary)
        {
            return Results.Json(new { detail = "A multipart form is expected." }, statusCode: StatusCodes.Status400BadRequest);
        }

        var paths = new List<string>();
        var parts = new MultipartReader(boundary, request.Body);
        while (await parts.ReadNextSectionAsync(request.HttpContext.RequestAborted) is { } part)
        {
            if (part.AsFileSection() is not { } file)
            {
                continue;
            }

            if (paths.Count == MostFilesInUpload)
            {
                return Results.Json(new { detail = $"At most {MostFilesInUpload} files." }, statusCode: StatusCodes.Status413PayloadTooLarge);
            }

            var kept = await shelf.Add(file.FileName, part.Body, request.HttpContext.RequestAborted);
            paths.Add(kept.Path);
        }

        return Results.Json(paths);
    }

    private static IResult Download(HttpContext context, FileShelf shelf)
    {
        var path = context.Request.Path.Value ?? "";
        if (!path.StartsWith(FileRoute, StringComparison.Ordinal) || shelf.Find(path[FileRoute.Length..]) is not { } file)
        {
            return Results.Json(new { detail = "Not Found" }, statusCode: StatusCodes.Status404NotFound);
        }

        // Uploads come from strangers: only pictures are shown in the browser, and nothing is guessed from the content.
        context.Response.Headers.XContentTypeOptions = "nosniff";
        var type = ContentTypes.TryGetContentType(file.Name, out var known) ? known : "application/octet-stream";
        var isPicture = type is "image/png" or "image/jpeg" or "image/webp" or "image/gif";
        return Results.File(file.Path, type, isPicture ? null : file.Name, enableRangeProcessing: true);
    }
}
