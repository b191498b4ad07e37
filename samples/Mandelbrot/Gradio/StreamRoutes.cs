using System.Text;
using System.Text.Json.Nodes;
using System.Threading.Channels;

namespace Stint.Samples.Mandelbrot.Gradio;

/// <summary>The endless answers: a session's messages, the events of one <c>/call</c>, and the heartbeat.</summary>
internal static class StreamRoutes
{
    private static readonly TimeSpan HeartbeatEvery = TimeSpan.FromSeconds(15);

    public static void MapStreams(this IEndpointRouteBuilder api)
    {
        api.MapGet("/queue/data", (HttpContext context, SessionTable sessions, IHostApplicationLifetime app) =>
            Follow(context, sessions, app, context.Request.Query["session_hash"].ToString(), AsSession));
        api.MapGet("/call/{name}/{eventId}", (string eventId, HttpContext context, SessionTable sessions, IHostApplicationLifetime app) =>
            Follow(context, sessions, app, eventId, AsCall));
        api.MapGet("/heartbeat/{session}", Heartbeat);
    }

    /// <summary>Passes a session's messages on until its last event has ended. A visitor who leaves before ends the events.</summary>
    private static async Task Follow(
        HttpContext context, SessionTable sessions, IHostApplicationLifetime app, string hash, Func<Message, string?> format)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, app.ApplicationStopping);
        if (sessions.Find(hash) is not { } session || !session.TryBeginReading())
        {
            await Send(context.Response, format(Messages.SessionNotFound()), stop.Token);
            return;
        }

        try
        {
            var last = false;
            while (!last)
            {
                var message = await Next(session, stop.Token);
                last = message.Ends is { } eventId && session.Finish(eventId);
                await Send(context.Response, format(message), stop.Token);
            }

            sessions.Remove(session);
            await Send(context.Response, format(Messages.CloseStream()), stop.Token);
        }
        catch (Exception ended) when (ended is OperationCanceledException or ChannelClosedException)
        {
            // The visitor left or did not read, or the app stops.
        }
        finally
        {
            sessions.Remove(session);
            session.Abandon();
        }
    }

    private static async Task<Message> Next(VisitorSession session, CancellationToken stop)
    {
        using var silence = CancellationTokenSource.CreateLinkedTokenSource(stop);
        silence.CancelAfter(HeartbeatEvery);
        try
        {
            return await session.Messages.ReadAsync(silence.Token);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            return Messages.Heartbeat();
        }
    }

    private static async Task Heartbeat(HttpContext context, IHostApplicationLifetime app)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, app.ApplicationStopping);
        try
        {
            while (true)
            {
                await Send(context.Response, "data: ALIVE\n\n", stop.Token);
                await Task.Delay(HeartbeatEvery, stop.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // The visitor left, or the app stops.
        }
    }

    private static async Task Send(HttpResponse response, string? text, CancellationToken stop)
    {
        if (!response.HasStarted)
        {
            response.ContentType = "text/event-stream; charset=utf-8";
            response.Headers.CacheControl = "no-cache";
            response.Headers["X-Accel-Buffering"] = "no";
        }

        if (text is not null)
        {
            await response.Body.WriteAsync(Encoding.UTF8.GetBytes(text), stop);
            await response.Body.FlushAsync(stop);
        }
    }

    private static string AsSession(Message message) => $"data: {message.Body.ToJsonString()}\n\n";

    /// <summary>The short form of <c>/call</c>; null for messages that it does not have.</summary>
    private static string? AsCall(Message message)
    {
        var output = message.Body["output"];
        return message.Kind switch
        {
            "process_generating" => Event("generating", output?["data"]),
            "process_completed" when (bool?)message.Body["success"] == true => Event("complete", output?["data"]),
            "process_completed" => Event("error", output),
            "unexpected_error" => Event("error", message.Body["message"]),
            "heartbeat" => Event("heartbeat", null),
            _ => null,
        };
    }

    private static string Event(string name, JsonNode? content) => $"event: {name}\ndata: {content?.ToJsonString() ?? "null"}\n\n";
}
