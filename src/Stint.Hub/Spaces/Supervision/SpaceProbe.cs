namespace Stint.Hub.Spaces.Supervision;

/// <summary>
/// Asks whether a Space answers: it accepts a connection, and <c>/</c> or <c>/config</c> gets some HTTP status, whichever.
/// Follows no redirect, keeps no cookie, uses no proxy, and connects to no address the rule forbids, whatever a name came to.
/// </summary>
internal sealed class SpaceProbe : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private static readonly string[] Paths = ["/", "/config"];

    private readonly HttpClient client;

    public SpaceProbe(UpstreamRule rule)
    {
        client = new(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            ActivityHeadersPropagator = null,
            PooledConnectionLifetime = TimeSpan.Zero,
            ConnectCallback = rule.ConnectAsync,
        })
        { Timeout = Timeout.InfiniteTimeSpan };
    }

    public async Task<bool> AnswersAsync(Uri address, CancellationToken stop)
    {
        foreach (var path in Paths)
        {
            using var bounded = CancellationTokenSource.CreateLinkedTokenSource(stop);
            bounded.CancelAfter(Patience);
            try
            {
                using var answer = await client.GetAsync(new Uri(address, path), HttpCompletionOption.ResponseHeadersRead, bounded.Token).ConfigureAwait(false);
                return true;
            }
            catch (HttpRequestException e) when (e.HttpRequestError is HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError)
            {
                return false;
            }
            catch (Exception e) when (e is HttpRequestException or OperationCanceledException or IOException)
            {
                // It accepted the connection and gave no status: the other path may be quicker.
            }
        }

        return false;
    }

    public void Dispose() => client.Dispose();
}
