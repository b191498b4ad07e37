using System.Globalization;
using System.Text;
using System.Text.Json;
using Stint.Core.Quota;
using Stint.Core.Spaces;

namespace Stint.Hub.Nodes.Joined;

/// <summary>
/// One <c>/schedule</c> on its way through a node: the hub's answer is handed back event by event, each in one write, for
/// the client takes a chunk for an event. A grant is noted before the Space has it.
/// </summary>
internal sealed class ScheduleRelay(HubCalls hub, HubLink link, LeasesInHand leases, SpacesSeen spaces)
{
    private const int LongestEvent = 64 * 1024;
    private const string Unreachable = "hub-unreachable: this node has lost its hub and grants nothing until it is back";
    private static readonly byte[] Failed = "event: failed\n\n"u8.ToArray();
    private static readonly string[] Handed = ["X-Authenticated", "X-Queuing-Reason", "Cache-Control"];

    public async Task HandleAsync(HttpContext context, string secret)
    {
        if (!link.IsOpen)
        {
            await UnreachableAsync(context);
            return;
        }

        using var over = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, link.WhileOpen);
        try
        {
            using var answer = await hub.ForwardAsync(context, link.Epoch, context.Request.Path + context.Request.QueryString, null, over.Token);
            spaces.Learn(secret, answer);
            if ((int)answer.StatusCode == 409)
            {
                link.Close();
                await UnreachableAsync(context);
                return;
            }

            context.Response.StatusCode = (int)answer.StatusCode;
            foreach (var name in Handed)
                if (answer.Headers.TryGetValues(name, out var values)) context.Response.Headers[name] = values.ToArray();
            context.Response.ContentType = answer.Content.Headers.ContentType?.ToString() ?? "text/plain";
            if (answer.Content.Headers.ContentType?.MediaType == "text/event-stream") await RelayAsync(context, answer, over.Token);
            else await WholeAsync(context, answer, over.Token);
        }
        catch (Exception e) when ((e is HttpRequestException or IOException or OperationCanceledException) && !context.RequestAborted.IsCancellationRequested)
        {
            link.Close();
            if (!context.Response.HasStarted) await UnreachableAsync(context);
            else await context.Response.Body.WriteAsync(Failed, context.RequestAborted);
        }
    }

    private async Task WholeAsync(HttpContext context, HttpResponseMessage answer, CancellationToken over)
    {
        var body = await answer.Content.ReadAsByteArrayAsync(over);
        var granted = context.Response.StatusCode == 200 ? Note(context, body) : null;
        context.Response.ContentLength = body.Length;
        await DeliverAsync(context, body, granted);
    }

    private async Task RelayAsync(HttpContext context, HttpResponseMessage answer, CancellationToken over)
    {
        await using var stream = await answer.Content.ReadAsStreamAsync(over);
        var open = new List<byte>();
        var buffer = new byte[4096];
        for (int read; (read = await stream.ReadAsync(buffer, over)) > 0;)
        {
            open.AddRange(buffer.AsSpan(0, read));
            if (open.Count > LongestEvent) throw new IOException("an event of the hub is too long");
            while (EndOfEvent(open) is { } end)
            {
                var one = open[..end].ToArray();
                open.RemoveRange(0, end);
                await DeliverAsync(context, one, DataOf(one) is { } data ? Note(context, data) : null);
            }
        }
    }

    /// <summary>A lease whose answer the Space did not get is given back: nobody would ever use it.</summary>
    private async Task DeliverAsync(HttpContext context, byte[] text, ReservationId? granted)
    {
        try
        {
            await context.Response.Body.WriteAsync(text, context.RequestAborted);
            await context.Response.Body.FlushAsync(context.RequestAborted);
        }
        catch (Exception e) when (granted is not null && e is OperationCanceledException or IOException)
        {
            if (!await link.UndeliveredAsync(granted!.Value)) leases.Ended(granted.Value, ExitClass.Completed);
            throw;
        }
    }

    private ReservationId? Note(HttpContext context, byte[] json)
    {
        using var document = JsonDocument.Parse(json);
        if (!document.RootElement.TryGetProperty("allowToken", out var named) || named.GetString() is not { } token || token.LastIndexOf('.') is not (> 0 and var dot)) return null;
        var id = new ReservationId(token[..dot]);
        leases.Granted(id, token, Declared(context));
        return id;
    }

    private static TimeSpan Declared(HttpContext context) =>
        double.TryParse(context.Request.Query["durationSeconds"], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds) && seconds is > 0 and < 31 * 86_400
            ? TimeSpan.FromSeconds(seconds)
            : FunctionKey.DeclaredByDefault;

    private static int? EndOfEvent(List<byte> text)
    {
        for (var i = 1; i < text.Count; i++)
            if (text[i] == '\n' && text[i - 1] == '\n') return i + 1;
        return null;
    }

    private static byte[]? DataOf(byte[] text) =>
        Encoding.UTF8.GetString(text).Split('\n').FirstOrDefault(line => line.StartsWith("data: ", StringComparison.Ordinal)) is { } data ? Encoding.UTF8.GetBytes(data["data: ".Length..]) : null;

    private static async Task UnreachableAsync(HttpContext context)
    {
        context.Response.Clear();
        context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        context.Response.ContentType = "text/plain; charset=utf-8";
        await context.Response.WriteAsync(Unreachable, context.RequestAborted);
    }
}
