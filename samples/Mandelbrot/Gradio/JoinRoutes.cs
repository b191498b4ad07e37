using System.Text.Json;
using Stint.Samples.Mandelbrot.Files;
using Stint.Samples.Mandelbrot.Gpu;

namespace Stint.Samples.Mandelbrot.Gradio;

/// <summary>The description of the app, and the requests that start and cancel events.</summary>
internal static class JoinRoutes
{
    private const int LongestSessionHash = 100;
    private static readonly string[] Reading = ["GET", "HEAD"];

    public static void MapGradio(this IEndpointRouteBuilder app)
    {
        var api = app.MapGroup(AppDescription.ApiPrefix);
        app.MapMethods("/config", Reading, (HttpRequest request) =>
            AppDescription.Config(PublicAddress.Of(request), FileRoutes.MostUploadBytes));
        api.MapMethods("/info", Reading, AppDescription.Api);
        api.MapMethods("/app_id", Reading, () => new { app_id = AppDescription.AppId });

        api.MapPost("/queue/join", Join);
        api.MapPost("/call/{name}", (string name, HttpRequest request, SessionTable sessions, EventQueue queue) =>
            Call(name, named: false, request, sessions, queue));
        api.MapPost("/call/v2/{name}", (string name, HttpRequest request, SessionTable sessions, EventQueue queue) =>
            Call(name, named: true, request, sessions, queue));
        api.MapPost("/cancel", Cancel);

        // Gradio keeps /reset for old clients and does nothing for it.
        api.MapPost("/reset", () => new { success = true });
        api.MapStreams();
    }

    private static async Task<IResult> Join(HttpRequest request, SessionTable sessions, EventQueue queue)
    {
        if (await Body(request) is not { } body)
        {
            return Problem(StatusCodes.Status422UnprocessableEntity, "A JSON object is expected.");
        }

        if (Text(body, "session_hash") is not { Length: > 0 and <= LongestSessionHash } hash)
        {
            return Problem(StatusCodes.Status400BadRequest, "Session hash not found.");
        }

        if (!body.TryGetProperty("fn_index", out var index)
            || index.ValueKind != JsonValueKind.Number
            || !index.TryGetInt32(out var number)
            || GpuFunction.All.ElementAtOrDefault(number) is not { } function)
        {
            return Problem(StatusCodes.Status404NotFound, "There is no function of this fn_index.");
        }

        var values = Values(body);
        return Enqueue(sessions, queue, hash, Request(request, function, () => PictureInputs.Parse(function, values), simple: false));
    }

    private static async Task<IResult> Call(string name, bool named, HttpRequest request, SessionTable sessions, EventQueue queue)
    {
        if (GpuFunction.All.FirstOrDefault(one => one.Name == name) is not { } function)
        {
            return Problem(StatusCodes.Status404NotFound, $"There is no function /{name}.");
        }

        if (await Body(request) is not { } body)
        {
            return Problem(StatusCodes.Status422UnprocessableEntity, "A JSON object is expected.");
        }

        var values = named ? body : Values(body);
        var asked = Request(
            request,
            function,
            () => named ? PictureInputs.ParseNamed(function, values) : PictureInputs.Parse(function, values),
            simple: true);
        return Enqueue(sessions, queue, null, asked);
    }

    private static async Task<IResult> Cancel(HttpRequest request, SessionTable sessions)
    {
        // Both names have to fit: an event can be cancelled only by the session that owns it.
        if (await Body(request) is { } body
            && Text(body, "session_hash") is { } hash
            && Text(body, "event_id") is { } eventId)
        {
            sessions.Find(hash)?.Find(eventId)?.Cancel();
        }

        return Results.Json(new { success = true });
    }

    private static IResult Enqueue(SessionTable sessions, EventQueue queue, string? hash, EventRequest asked)
    {
        if (sessions.Add(hash, asked) is not { } place)
        {
            return Problem(StatusCodes.Status503ServiceUnavailable, "Too many sessions are open.");
        }

        if (queue.TryJoin(place.Added))
        {
            return Results.Json(new { event_id = place.Added.Id });
        }

        if (place.Session.Finish(place.Added.Id))
        {
            sessions.Remove(place.Session);
        }

        const int Most = EventQueue.MostWaiting;
        return Problem(StatusCodes.Status503ServiceUnavailable, $"Queue is full. Max size is {Most} and size is {Most}.");
    }

    private static EventRequest Request(HttpRequest request, GpuFunction function, Func<Picture.PictureOrder> order, bool simple)
    {
        var token = request.Headers[IdentityToken.Header].ToString();
        return new EventRequest(new LeaseRequest(function, token.Length == 0 ? null : token), order, PublicAddress.Of(request), simple);
    }

    private static JsonElement Values(JsonElement body) => body.TryGetProperty("data", out var values) ? values : default;

    private static string? Text(JsonElement body, string name) =>
        body.TryGetProperty(name, out var text) && text.ValueKind == JsonValueKind.String ? text.GetString() : null;

    private static async Task<JsonElement?> Body(HttpRequest request)
    {
        try
        {
            var body = await JsonSerializer.DeserializeAsync<JsonElement>(request.Body, cancellationToken: request.HttpContext.RequestAborted);
            return body.ValueKind == JsonValueKind.Object ? body : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static IResult Problem(int status, string detail) => Results.Json(new { detail }, statusCode: status);
}
