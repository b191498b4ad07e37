using System.Net.Http.Headers;
using System.Text.Json;

namespace Stint.Hub.Doctor.Calling;

/// <summary>
/// Looks from a program's place, with what a program would send: asks the Space's own address who is calling and the APIs what
/// is left, then has the hub put its own sight beside it. Changes nothing and costs no GPU time.
/// </summary>
/// <param name="client">Sends to the hub and to the Space's address, by whatever way leads there.</param>
/// <param name="token">The access token to send; null for none.</param>
/// <param name="clock">The caller's own clock.</param>
internal sealed class ProgramLook(HttpClient client, Uri hub, string? token, Func<DateTimeOffset> clock)
{
    private static readonly JsonSerializerOptions Format = JsonSerializerOptions.Web;

    /// <summary>A client that goes where it is sent and nowhere else.</summary>
    public static HttpClient Plain() =>
        new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { Timeout = TimeSpan.FromSeconds(15) };

    /// <exception cref="HttpRequestException">When the hub does not answer; then there is nothing to examine.</exception>
    public async Task<DoctorAnswer> ExamineAsync(string? space, CancellationToken stopping)
    {
        var (direct, unreachable) = space is not null && await AddressAsync(space, stopping).ConfigureAwait(false) is { } address
            ? await MeAsync(address, stopping).ConfigureAwait(false)
            : (null, null);
        var caller = new CallerSight
        {
            Clock = clock(),
            Sent = token is null ? null : "access-token",
            Direct = direct,
            Unreachable = unreachable,
            LeftByApi = await NumberAsync("/v1/quota", quota => quota.GetProperty("purses")[0].GetProperty("leftSeconds"), stopping).ConfigureAwait(false),
            LeftByHubApi = await NumberAsync("/api/spaces/zero-gpu/quota", quota => quota.GetProperty("current"), stopping).ConfigureAwait(false),
        };
        return await AskAsync(client, hub, space, caller, Send, stopping).ConfigureAwait(false);
    }

    /// <summary>Has the hub examine what a caller saw.</summary>
    /// <exception cref="HttpRequestException">When it does not answer, or with something else.</exception>
    public static async Task<DoctorAnswer> AskAsync(
        HttpClient client, Uri hub, string? space, CallerSight caller, Func<HttpRequestMessage, CancellationToken, Task<HttpResponseMessage>>? send, CancellationToken stopping)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(hub, DoctorEndpoints.Path)) { Content = JsonContent.Create(new DoctorRequest(space, caller), options: Format) };
        using var answer = await (send ?? client.SendAsync)(request, stopping).ConfigureAwait(false);
        answer.EnsureSuccessStatusCode();
        return await answer.Content.ReadFromJsonAsync<DoctorAnswer>(Format, stopping).ConfigureAwait(false)
            ?? throw new HttpRequestException("the hub answered nothing");
    }

    /// <summary>What the Space's own address says of the caller; else why it does not.</summary>
    private async Task<(MeSight? Me, string? Unreachable)> MeAsync(Uri address, CancellationToken stopping)
    {
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(address, Visit.Own + "/me"));
            using var answer = await Send(request, stopping).ConfigureAwait(false);
            return answer.IsSuccessStatusCode
                ? (await answer.Content.ReadFromJsonAsync<MeSight>(Format, stopping).ConfigureAwait(false), null)
                : (null, $"{address} answered {(int)answer.StatusCode}, which is none of the hub's answers there.");
        }
        catch (Exception e) when (e is HttpRequestException or JsonException || (e is TaskCanceledException && !stopping.IsCancellationRequested))
        {
            return (null, $"{address} did not answer: {e.Message}");
        }
    }

    /// <summary>Where the hub says that the Space is; null where it names none.</summary>
    private async Task<Uri?> AddressAsync(string space, CancellationToken stopping)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(hub, $"/api/spaces/{space}/host"));
        using var answer = await Send(request, stopping).ConfigureAwait(false);
        if (!answer.IsSuccessStatusCode) return null;
        using var body = JsonDocument.Parse(await answer.Content.ReadAsByteArrayAsync(stopping).ConfigureAwait(false));
        return body.RootElement.TryGetProperty("host", out var host) && Uri.TryCreate(host.GetString(), UriKind.Absolute, out var address) ? address : null;
    }

    private async Task<decimal?> NumberAsync(string path, Func<JsonElement, JsonElement> read, CancellationToken stopping)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(hub, path));
        using var answer = await Send(request, stopping).ConfigureAwait(false);
        if (!answer.IsSuccessStatusCode) return null;
        using var body = JsonDocument.Parse(await answer.Content.ReadAsByteArrayAsync(stopping).ConfigureAwait(false));
        return read(body.RootElement).GetDecimal();
    }

    private Task<HttpResponseMessage> Send(HttpRequestMessage request, CancellationToken stopping)
    {
        if (token is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return client.SendAsync(request, stopping);
    }
}
