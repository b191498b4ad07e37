using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Xml;
using Stint.Samples.Mandelbrot.Picture;

namespace Stint.Samples.Mandelbrot.Gpu;

/// <summary>
/// Gets a lease or the reason why there is none:
/// 1 POST /schedule. 2 Granted at once, or refused. 3 Otherwise wait in the queue, looking at each ping whether the
/// visitor is still there. 4 A connection that breaks in the queue is made anew, once.
/// </summary>
internal sealed class LeaseWait(DeviceApi api)
{
    private static readonly JsonSerializerOptions Wire = new(JsonSerializerDefaults.Web) { RespectRequiredConstructorParameters = true };

    public async Task<Lease> For(LeaseRequest request, Action<Update> tell, CancellationToken gone)
    {
        try
        {
            return await Ask(request, tell, gone);
        }
        catch (IOException)
        {
            // 4
            try
            {
                return await Ask(request, tell, gone);
            }
            catch (IOException)
            {
                throw new VisitorError(VisitorError.PlainTitle, "Error while re-trying after queue disconnect");
            }
        }
    }

    private async Task<Lease> Ask(LeaseRequest request, Action<Update> tell, CancellationToken gone)
    {
        // 1: not cancelled when the visitor leaves, because a grant that is already on its way has to be released.
        using var answer = await api.Schedule(request);

        // 2
        switch (answer.StatusCode)
        {
            case HttpStatusCode.OK when answer.Content.Headers.ContentType?.MediaType == "text/event-stream":
                return await Queue(answer, request, tell, gone);
            case HttpStatusCode.OK:
                return ParseLease(await answer.Content.ReadAsStringAsync(CancellationToken.None));
            case HttpStatusCode.TooManyRequests:
                var quota = ParseQuota(await answer.Content.ReadAsStringAsync(CancellationToken.None));
                throw LeaseTexts.Refused(request, quota, Header(answer, "X-Authenticated"));
            case HttpStatusCode.Unauthorized:
                throw LeaseTexts.ExpiredToken;
            case HttpStatusCode.ServiceUnavailable:
                throw LeaseTexts.NoGpu;
            default:
                throw new VisitorError(VisitorError.PlainTitle, $"ZeroGPU API /schedule error: {DeviceApi.Name(answer.StatusCode)}");
        }
    }

    private static async Task<Lease> Queue(HttpResponseMessage answer, LeaseRequest request, Action<Update> tell, CancellationToken gone)
    {
        // 3
        tell(new Notice("info", LeaseTexts.QueueTitle, LeaseTexts.Waiting(Header(answer, "X-Queuing-Reason"))));
        var stream = await answer.Content.ReadAsStreamAsync(CancellationToken.None);
        await foreach (var queueEvent in QueueEvents.Read(stream))
        {
            switch (queueEvent.Name)
            {
                case "ping" when gone.IsCancellationRequested:
                    throw LeaseTexts.LeftWhileQueueing;
                case "ping":
                    break;
                case "failed":
                    throw LeaseTexts.QueueTimeout(request);
                case "succeeded" when queueEvent.Content is { } content:
                    var lease = ParseLease(content);
                    tell(new Notice("success", LeaseTexts.QueueTitle, LeaseTexts.Acquired));
                    return lease;
                default:
                    throw new VisitorError(VisitorError.PlainTitle, "Unexpected event of the ZeroGPU queue");
            }
        }

        throw new VisitorError(VisitorError.PlainTitle, "Unexpected end of stream");
    }

    private static Lease ParseLease(string json) =>
        JsonSerializer.Deserialize<Lease>(json, Wire) ?? throw new JsonException("A lease was expected.");

    private static QuotaLeft ParseQuota(string json)
    {
        using var document = JsonDocument.Parse(json);
        var left = (long)Math.Floor(document.RootElement.GetProperty("left").GetDouble());
        return new QuotaLeft(left, ParseWait(document.RootElement.GetProperty("wait")));
    }

    /// <summary>Seconds as a number, or a duration as text: <c>PT13H42M7S</c> or <c>13:42:07</c>.</summary>
    private static TimeSpan ParseWait(JsonElement wait)
    {
        if (wait.ValueKind == JsonValueKind.Number)
        {
            return TimeSpan.FromSeconds(wait.GetDouble());
        }

        var text = wait.GetString() ?? throw new JsonException("A wait was expected.");
        return text.TrimStart('-').StartsWith('P')
            ? XmlConvert.ToTimeSpan(text)
            : TimeSpan.Parse(text, CultureInfo.InvariantCulture);
    }

    private static string? Header(HttpResponseMessage answer, string name) =>
        answer.Headers.TryGetValues(name, out var values) ? values.FirstOrDefault() : null;
}
