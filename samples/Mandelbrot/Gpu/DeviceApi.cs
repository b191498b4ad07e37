using System.Globalization;
using System.Net;

namespace Stint.Samples.Mandelbrot.Gpu;

/// <summary>The four calls of the device API. Every parameter travels in the query string; a body is never sent.</summary>
internal sealed class DeviceApi(ZeroGpuSettings settings) : IDisposable
{
    // `spaces` opens a connection for every call. A pooled one may be half dead after a restart of the hub.
    private readonly HttpClient _http = new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        UseProxy = false,
        PooledConnectionLifetime = TimeSpan.Zero,
        ConnectTimeout = TimeSpan.FromSeconds(60),
    })
    {
        Timeout = TimeSpan.FromSeconds(60),
    };

    /// <summary>Tells the platform that the app uses a GPU. A 404 is tried again, three times in all.</summary>
    public async Task ReportStartup()
    {
        const int Attempts = 3;
        for (var attempt = 1; ; attempt++)
        {
            using var answer = await Post("startup-report", "", HttpCompletionOption.ResponseContentRead);
            switch (answer.StatusCode)
            {
                case HttpStatusCode.OK:
                    return;
                case HttpStatusCode.NotFound when attempt < Attempts:
                    await Task.Delay(TimeSpan.FromSeconds(1));
                    break;
                case HttpStatusCode.NotFound:
                    throw new InvalidOperationException("Error while initializing ZeroGPU: NotFound");
                default:
                    throw new InvalidOperationException("Error while initializing ZeroGPU: Unknown");
            }
        }
    }

    /// <summary>Asks for a GPU. The answer's body is left unread: it may be a stream that lasts as long as the queue.</summary>
    public Task<HttpResponseMessage> Schedule(LeaseRequest request)
    {
        var query = $"?cgroupPath={Escape(settings.CgroupPath)}"
            + $"&taskId={request.Function.TaskId.ToString(CultureInfo.InvariantCulture)}"
            + "&enableQueue=true&tokenVersion=2"
            + (request.Function.DurationSeconds is { } seconds ? $"&durationSeconds={seconds}" : "")
            + (request.Token is { } token ? $"&token={Escape(token)}" : "");
        return Post("schedule", query, HttpCompletionOption.ResponseHeadersRead);
    }

    /// <summary>Says that this process will use the lease; called by the worker about itself.</summary>
    public async Task<HttpStatusCode> Allow(string allowToken, int pid)
    {
        using var answer = await Post("allow", $"?allowToken={Escape(allowToken)}&pid={pid}", HttpCompletionOption.ResponseContentRead);
        return answer.StatusCode;
    }

    public async Task<HttpStatusCode> Release(string allowToken, bool fail)
    {
        var query = $"?allowToken={Escape(allowToken)}&fail={(fail ? "true" : "false")}";
        using var answer = await Post("release", query, HttpCompletionOption.ResponseContentRead);
        return answer.StatusCode;
    }

    /// <summary>A status as httpx prints it.</summary>
    public static string Name(HttpStatusCode status)
    {
        using var answer = new HttpResponseMessage(status);
        return $"{(int)status} ({answer.ReasonPhrase})";
    }

    public void Dispose() => _http.Dispose();

    private async Task<HttpResponseMessage> Post(string call, string query, HttpCompletionOption until)
    {
        // Plain concatenation, because a path in the configured address has to stay.
        var address = new Uri(settings.DeviceApi.AbsoluteUri.TrimEnd('/') + "/" + call + query);
        using var request = new HttpRequestMessage(HttpMethod.Post, address);
        return await _http.SendAsync(request, until);
    }

    private static string Escape(string value) => Uri.EscapeDataString(value);
}
