using System.Text.Json;
using Stint.Core.Identities;

namespace Stint.Hub.Tickets;

/// <summary>
/// Live answers as server-sent events: one at once, one whenever it reads differently, a comment to show life. At most
/// <see cref="MostOpen"/> at a time, and <see cref="MostOfOne"/> of one identity; each ends after <see cref="Longest"/>, and browsers come back.
/// </summary>
internal sealed class TicketStreams(TicketWatch watch, IHostApplicationLifetime lifetime)
{
    public const int MostOpen = 2_000;
    public const int MostOfOne = 16;
    public static readonly TimeSpan Longest = TimeSpan.FromHours(1);

    private static readonly TimeSpan AtMostEvery = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan SignOfLife = TimeSpan.FromSeconds(15);

    private readonly Lock gate = new();
    private readonly Dictionary<IdentityId, int> openOf = [];
    private int open;

    /// <param name="read">What to show now, and whether more may follow; null where there is nothing any more.</param>
    /// <returns>False where too many are open already: nothing was written.</returns>
    public async Task<bool> TryWriteAsync(HttpContext context, IdentityId identity, Func<(object Answer, bool IsLast)?> read)
    {
        if (!TryEnter(identity)) return false;
        try
        {
            using var over = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
            over.CancelAfter(Longest);
            context.Response.ContentType = "text/event-stream";
            context.Response.Headers.CacheControl = "no-store";
            context.Response.Headers["X-Accel-Buffering"] = "no";
            await WriteAsync(context, read, over.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            // Its reader left, or the hub stops.
        }
        finally
        {
            Leave(identity);
        }

        return true;
    }

    private async Task WriteAsync(HttpContext context, Func<(object Answer, bool IsLast)?> read, CancellationToken over)
    {
        var (shown, silentSince) = ("", TimeProvider.System.GetTimestamp());
        while (true)
        {
            var changed = watch.Changed;
            if (read() is not var (answer, isLast)) return;
            var text = JsonSerializer.Serialize(answer, JsonSerializerOptions.Web);
            if (text != shown || TimeProvider.System.GetElapsedTime(silentSince) >= SignOfLife)
            {
                await context.Response.WriteAsync(text == shown ? ": here\n\n" : $"data: {text}\n\n", over).ConfigureAwait(false);
                await context.Response.Body.FlushAsync(over).ConfigureAwait(false);
                (shown, silentSince) = (text, TimeProvider.System.GetTimestamp());
            }

            if (isLast) return;
            await Task.Delay(AtMostEvery, over).ConfigureAwait(false);
            await changed.WaitAsync(SignOfLife, over).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private bool TryEnter(IdentityId identity)
    {
        lock (gate)
        {
            var own = openOf.GetValueOrDefault(identity);
            if (open >= MostOpen || own >= MostOfOne) return false;
            (open, openOf[identity]) = (open + 1, own + 1);
            return true;
        }
    }

    private void Leave(IdentityId identity)
    {
        lock (gate)
        {
            open--;
            if (--openOf[identity] == 0) openOf.Remove(identity);
        }
    }
}
