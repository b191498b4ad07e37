using Stint.Core.Identities;

namespace Stint.Hub.Layout.Live;

/// <summary>
/// Signals as server-sent events: one at once where the page missed some, then one whenever its topics ring, and a comment to
/// show life. At most <see cref="MostOpen"/> at a time, <see cref="MostOfAccount"/> of one account and
/// <see cref="MostOfNetwork"/> of one network; each ends after <see cref="Longest"/>, and browsers come back.
/// </summary>
internal sealed class LiveStreams(LiveSignals signals, IHostApplicationLifetime lifetime)
{
    public const int MostOpen = 4_000;
    public const int MostOfAccount = 100;
    public const int MostOfNetwork = 1_000;
    public static readonly TimeSpan Longest = TimeSpan.FromHours(1);

    private static readonly TimeSpan SignOfLife = TimeSpan.FromSeconds(15);

    /// <summary>A page asks for itself at each signal: together they may do so about this often.</summary>
    private static readonly TimeSpan GapOfEach = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan ShortestGap = TimeSpan.FromMilliseconds(250);

    private readonly Lock gate = new();
    private readonly Dictionary<IdentityId, int> openOf = [];
    private int open;

    /// <summary>How many pages listen.</summary>
    public int Open => Volatile.Read(ref open);

    /// <summary>What is left quiet between two signals to one page. The first after a quiet while goes out at once.</summary>
    private TimeSpan Gap => TimeSpan.FromTicks(Math.Max(ShortestGap.Ticks, Open * GapOfEach.Ticks));

    /// <param name="seen">The number of the last signal that the page knows of.</param>
    /// <returns>False where too many are open already: nothing was written.</returns>
    public async Task<bool> TryWriteAsync(HttpContext context, IdentityId identity, LiveTopics topics, long seen)
    {
        if (!TryEnter(identity)) return false;
        try
        {
            using var listener = signals.Listen(identity, topics, seen);
            using var over = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
            over.CancelAfter(Longest);
            context.Response.ContentType = "text/event-stream";
            context.Response.Headers.CacheControl = "no-store";
            context.Response.Headers["X-Accel-Buffering"] = "no";
            await WriteAsync(context.Response, listener, over.Token).ConfigureAwait(false);
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

    private async Task WriteAsync(HttpResponse response, LiveListener listener, CancellationToken over)
    {
        await SayAsync(response, ": here\n\n", over).ConfigureAwait(false);
        while (true)
        {
            if (!await listener.WaitAsync(SignOfLife, over).ConfigureAwait(false))
            {
                await SayAsync(response, ": here\n\n", over).ConfigureAwait(false);
                continue;
            }

            var (topics, number) = listener.Take();
            await SayAsync(response, $"id: {number}\ndata: {Words(topics)}\n\n", over).ConfigureAwait(false);
            await Task.Delay(Gap, over).ConfigureAwait(false);
        }
    }

    /// <summary>Topics as addresses and messages have them.</summary>
    public static string Words(LiveTopics topics) => topics.ToString().Replace(" ", "", StringComparison.Ordinal).ToLowerInvariant();

    private static async Task SayAsync(HttpResponse response, string text, CancellationToken over)
    {
        await response.WriteAsync(text, over).ConfigureAwait(false);
        await response.Body.FlushAsync(over).ConfigureAwait(false);
    }

    private bool TryEnter(IdentityId identity)
    {
        lock (gate)
        {
            var own = openOf.GetValueOrDefault(identity);
            if (open >= MostOpen || own >= (identity.IsAnonymous ? MostOfNetwork : MostOfAccount)) return false;
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
