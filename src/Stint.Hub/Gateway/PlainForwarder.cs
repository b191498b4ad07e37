using System.Buffers;
using System.Net;
using Microsoft.AspNetCore.Http.Features;
using Stint.Hub.Gateway.Streams;

namespace Stint.Hub.Gateway;

/// <summary>
/// Forwards what is plain (decision 0018): a request without a body, or with one that was read whole. By the same transformer
/// and the same connections as everything else, but nothing runs beside it, its head and body go out in one piece, and so does
/// a short answer: sending costs more than holding. One that breaks off before its end is then not passed on at all.
/// </summary>
internal sealed class PlainForwarder(SpaceTransformer transformer, SpaceConnections connections)
{
    /// <summary>Longer answers pass as they come: somebody may want to see their beginning.</summary>
    private const int LongestInOnePiece = 32 * 1024;

    private const int Piece = 16 * 1024;

    public static bool Takes(HttpContext context, Passage passage) => passage.Call.Kind switch
    {
        GradioCallKind.Plain or GradioCallKind.Static =>
            HttpMethods.IsGet(context.Request.Method) && context.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody == false,
        GradioCallKind.Join or GradioCallKind.Cancel => passage.Whole is not null,
        GradioCallKind.Preflight or GradioCallKind.Call or GradioCallKind.Whole or GradioCallKind.SessionStream or GradioCallKind.CallStream => false,
    };

    /// <returns>False where the Space did not answer whole. What was sent of an answer by then is broken off where its reader can tell.</returns>
    public async Task<bool> SendAsync(HttpContext context, Passage passage, Uri upstream)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        patience.CancelAfter(SpaceConnections.LongestSilence);
        try
        {
            using var request = RequestOf(passage);
            await transformer.TransformRequestAsync(context, request, upstream.ToString(), patience.Token).ConfigureAwait(false);
            using var answer = await connections.Invoker.SendAsync(request, patience.Token).ConfigureAwait(false);
            // Nobody asked for another protocol.
            if (answer.StatusCode == HttpStatusCode.SwitchingProtocols) return false;
            context.Response.StatusCode = (int)answer.StatusCode;
            context.Features.GetRequiredFeature<IHttpResponseFeature>().ReasonPhrase = answer.ReasonPhrase;
            await transformer.TransformResponseAsync(context, answer, patience.Token).ConfigureAwait(false);
            await CopyAsync(answer.Content, context.Response.Body, patience).ConfigureAwait(false);
            await transformer.TransformResponseTrailersAsync(context, answer, patience.Token).ConfigureAwait(false);
            return true;
        }
        // An address that is none, a header that may not be sent: what the Space or its visitor wrote, not what is wrong here.
        catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException or FormatException or ArgumentException or InvalidOperationException)
        {
            if (context.Response.HasStarted) context.Abort();
            return false;
        }
    }

    private static HttpRequestMessage RequestOf(Passage passage) => new()
    {
        Method = passage.Whole is null ? HttpMethod.Get : HttpMethod.Post,
        Content = passage.Whole is { } body ? new ReadOnlyMemoryContent(body) : null,
        Version = HttpVersion.Version11,
        VersionPolicy = HttpVersionPolicy.RequestVersionExact,
    };

    private static async Task CopyAsync(HttpContent from, Stream to, CancellationTokenSource patience)
    {
        var inOnePiece = from.Headers.ContentLength is <= LongestInOnePiece;
        var buffer = ArrayPool<byte>.Shared.Rent(inOnePiece ? (int)from.Headers.ContentLength! : Piece);
        try
        {
            await using var answer = await from.ReadAsStreamAsync(patience.Token).ConfigureAwait(false);
            for (var held = 0; ;)
            {
                var read = await answer.ReadAsync(buffer.AsMemory(held), patience.Token).ConfigureAwait(false);
                held += read;
                if (read > 0 && inOnePiece && held < from.Headers.ContentLength) continue;
                if (held > 0) await to.WriteAsync(buffer.AsMemory(0, held), patience.Token).ConfigureAwait(false);
                if (read == 0 || inOnePiece) return;
                held = 0;
                patience.CancelAfter(SpaceConnections.LongestSilence);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
