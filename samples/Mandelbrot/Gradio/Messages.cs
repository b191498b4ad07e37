using System.Text.Json.Nodes;
using Stint.Samples.Mandelbrot.Picture;

namespace Stint.Samples.Mandelbrot.Gradio;

/// <summary>One message to the visitor's stream. <c>Ends</c> is the id of the event whose last message this is.</summary>
internal sealed record Message(string Kind, JsonObject Body, string? Ends = null);

/// <summary>The messages of Gradio's protocol "sse_v3".</summary>
internal static class Messages
{
    private const int ToastSeconds = 10;

    public static Message Estimation(string eventId, int rank, int queueSize) =>
        Of("estimation", eventId, new() { ["rank"] = rank, ["queue_size"] = queueSize, ["rank_eta"] = null });

    public static Message Starts(string eventId) => Of("process_starts", eventId, new() { ["eta"] = null });

    public static Message Log(string eventId, Notice notice) => Of("log", eventId, new()
    {
        ["log"] = notice.Text,
        ["level"] = notice.Level,
        ["duration"] = ToastSeconds,
        ["visible"] = true,
        ["title"] = notice.Title,
    });

    public static Message Progress(string eventId, Progress progress) => Of("progress", eventId, new()
    {
        ["progress_data"] = new JsonArray(new JsonObject
        {
            ["index"] = null,
            ["length"] = null,
            ["unit"] = "steps",
            ["progress"] = Math.Round(progress.Fraction, 3),
            ["desc"] = progress.Text,
        }),
    });

    public static Message Generating(string eventId, JsonArray values, TimeSpan took) =>
        Of("process_generating", eventId, new() { ["output"] = Output(values, true, took), ["success"] = true, ["time_limit"] = null });

    public static Message Completed(string eventId, JsonArray values, TimeSpan took) => Of(
        "process_completed",
        eventId,
        new() { ["output"] = Output(values, false, took), ["success"] = true, ["title"] = null },
        ends: true);

    /// <summary>The output has exactly these four keys: the Python client rejects any other.</summary>
    public static Message Failed(string eventId, string title, string text) => Of(
        "process_completed",
        eventId,
        new()
        {
            ["output"] = new JsonObject { ["error"] = text, ["duration"] = ToastSeconds, ["visible"] = true, ["title"] = title },
            ["success"] = false,
            ["title"] = title,
        },
        ends: true);

    public static Message Cancelled(string eventId) =>
        Of("process_completed", eventId, new() { ["output"] = new JsonObject(), ["success"] = true, ["title"] = null }, ends: true);

    public static Message CloseStream() => Of("close_stream", null, []);

    public static Message Heartbeat() => new("heartbeat", new() { ["msg"] = "heartbeat" });

    public static Message SessionNotFound() => Of(
        "unexpected_error",
        null,
        new() { ["message"] = "Session not found.", ["success"] = false, ["session_not_found"] = true });

    private static JsonObject Output(JsonArray values, bool isGenerating, TimeSpan took) => new()
    {
        ["data"] = values,
        ["is_generating"] = isGenerating,
        ["duration"] = took.TotalSeconds,
        ["average_duration"] = took.TotalSeconds,
        ["render_config"] = null,
        ["changed_state_ids"] = new JsonArray(),
    };

    private static Message Of(string kind, string? eventId, JsonObject rest, bool ends = false)
    {
        rest.Insert(0, "msg", kind);
        rest.Insert(1, "event_id", eventId);
        return new Message(kind, rest, ends ? eventId : null);
    }
}
