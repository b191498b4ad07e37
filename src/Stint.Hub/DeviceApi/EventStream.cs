namespace Stint.Hub.DeviceApi;

/// <summary>
/// The events of a queued <c>/schedule</c>. The client takes each chunk of the response for one event, so each event is one
/// write and one flush: glued or cut, it would be lost. The head of the response goes with the first event.
/// </summary>
internal sealed class EventStream
{
    private static readonly byte[] Ping = "event: ping\n\n"u8.ToArray();
    private static readonly byte[] Failed = "event: failed\n\n"u8.ToArray();

    private readonly HttpContext context;

    public EventStream(HttpContext context)
    {
        this.context = context;
        context.Response.StatusCode = StatusCodes.Status200OK;
        context.Response.ContentType = "text/event-stream";
        context.Response.Headers.CacheControl = "no-store";
    }

    public Task PingAsync() => WriteAsync(Ping);

    public Task FailedAsync() => WriteAsync(Failed);

    public Task SucceededAsync(byte[] json) => WriteAsync([.. "event: succeeded\ndata: "u8, .. json, .. "\n\n"u8]);

    private async Task WriteAsync(byte[] text) => await context.Response.Body.WriteAsync(text, context.RequestAborted);
}
