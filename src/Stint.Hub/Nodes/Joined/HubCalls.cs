using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using Stint.Hub.Store;

namespace Stint.Hub.Nodes.Joined;

/// <summary>What a node asks of its hub, each call with its secret. No redirect is followed, no proxy used, no cookie kept.</summary>
internal sealed class HubCalls : IDisposable
{
    /// <summary>The largest answer of the device API that is not a stream.</summary>
    private const long LongestAnswer = 1024 * 1024;

    private readonly HttpClient client;

    public HubCalls(Uri hub) => client = new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        UseProxy = false,
        ActivityHeadersPropagator = null,
        ConnectTimeout = TimeSpan.FromSeconds(3),
        PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30),
    })
    {
        BaseAddress = hub,
        Timeout = Timeout.InfiniteTimeSpan,
        MaxResponseContentBufferSize = LongestAnswer,
    };

    public string Secret { get; set; } = "";

    /// <exception cref="HubRefusedException">When the hub says no.</exception>
    /// <exception cref="HttpRequestException">When the hub cannot be reached.</exception>
    public Task<TAnswer> AskAsync<TQuestion, TAnswer>(string call, TQuestion question, CancellationToken stop) => AskAsync(call, question, ReadAsync<TAnswer>, stop);

    /// <inheritdoc cref="AskAsync{TQuestion, TAnswer}(string, TQuestion, CancellationToken)"/>
    public Task SayAsync<TQuestion>(string call, TQuestion said, CancellationToken stop) => AskAsync(call, said, (_, _) => Task.FromResult(true), stop);

    /// <summary>A Space's call, as it came. The answer may be a stream; whoever asked disposes of it.</summary>
    public async Task<HttpResponseMessage> ForwardAsync(HttpContext context, long epoch, string pathAndQuery, string? worker, CancellationToken stop)
    {
        using var request = new HttpRequestMessage(new HttpMethod(context.Request.Method), new Uri("/node" + pathAndQuery, UriKind.Relative));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Secret);
        request.Headers.Add(NodeWire.EpochHeader, epoch.ToString(CultureInfo.InvariantCulture));
        if (worker is not null) request.Headers.Add(NodeWire.WorkerHeader, worker);
        if (context.Request.Headers["X-Stint-Wait-Seconds"].ToString() is { Length: > 0 } wait) request.Headers.TryAddWithoutValidation("X-Stint-Wait-Seconds", wait);
        return await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, stop).ConfigureAwait(false);
    }

    public void Dispose() => client.Dispose();

    private async Task<TAnswer> AskAsync<TQuestion, TAnswer>(string call, TQuestion question, Func<HttpContent, CancellationToken, Task<TAnswer>> read, CancellationToken stop)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(NodeWire.Prefix + call, UriKind.Relative));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Secret);
        request.Content = JsonContent.Create(question, options: Json.Options);
        using var answer = await client.SendAsync(request, stop).ConfigureAwait(false);
        if (!answer.IsSuccessStatusCode) throw new HubRefusedException(answer.StatusCode, await answer.Content.ReadAsStringAsync(stop).ConfigureAwait(false));
        return await read(answer.Content, stop).ConfigureAwait(false);
    }

    private static async Task<TAnswer> ReadAsync<TAnswer>(HttpContent content, CancellationToken stop) =>
        await content.ReadFromJsonAsync<TAnswer>(Json.Options, stop).ConfigureAwait(false) ?? throw new System.Text.Json.JsonException("the hub said nothing");
}

/// <summary>The hub answered, and not what was hoped for; the message is its own.</summary>
internal sealed class HubRefusedException(HttpStatusCode status, string message) : Exception(message)
{
    public HttpStatusCode Status => status;
}
