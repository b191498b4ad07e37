namespace Stint.Hub.DeviceApi;

/// <summary>Whole answers, written at once. The client reads the content type of every answer that has meaning for it, so each has one.</summary>
internal static class Answers
{
    public const string Json = "application/json";

    public static Task StatusAsync(HttpContext context, int status) => TextAsync(context, status, "");

    /// <param name="text">For people who read the Space's log; the client ignores it.</param>
    public static Task TextAsync(HttpContext context, int status, string text)
    {
        context.Response.StatusCode = status;
        // 204 must not speak of content it has not.
        if (status == StatusCodes.Status204NoContent) return Task.CompletedTask;
        return WriteAsync(context, "text/plain; charset=utf-8", System.Text.Encoding.UTF8.GetBytes(text));
    }

    public static Task JsonAsync(HttpContext context, int status, byte[] body)
    {
        context.Response.StatusCode = status;
        return WriteAsync(context, Json, body);
    }

    private static async Task WriteAsync(HttpContext context, string type, byte[] body)
    {
        context.Response.ContentType = type;
        context.Response.ContentLength = body.Length;
        await context.Response.Body.WriteAsync(body, context.RequestAborted);
        await context.Response.CompleteAsync();
    }
}
