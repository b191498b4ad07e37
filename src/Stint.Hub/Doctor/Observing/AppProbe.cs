using System.Collections.Concurrent;
using System.Text.Json;
using Stint.Core.Spaces;

namespace Stint.Hub.Doctor.Observing;

/// <summary>
/// Asks an app for its own configuration, as every client of it does. Bounded in time and size, and at most once in a few
/// seconds a Space, whoever asks to examine.
/// </summary>
internal sealed class AppProbe(TimeProvider time) : IDisposable
{
    private const int LargestConfig = 8 << 20;
    private const int MostSpaces = 1_000;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan KeptFor = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<SpaceId, (long At, AppSight? Sight)> kept = new();
    private readonly HttpClient client = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, UseProxy = false }) { Timeout = Patience, MaxResponseContentBufferSize = LargestConfig };

    /// <summary>Null where the app does not answer, or answers something that is no configuration.</summary>
    public async Task<AppSight?> AskAsync(SpaceId space, Uri upstream, CancellationToken stopping)
    {
        if (kept.TryGetValue(space, out var last) && time.GetElapsedTime(last.At) < KeptFor) return last.Sight;
        var sight = await FetchAsync(upstream, stopping).ConfigureAwait(false);
        if (kept.Count >= MostSpaces) kept.Clear();
        kept[space] = (time.GetTimestamp(), sight);
        return sight;
    }

    public void Dispose() => client.Dispose();

    private async Task<AppSight?> FetchAsync(Uri upstream, CancellationToken stopping)
    {
        try
        {
            using var config = JsonDocument.Parse(await client.GetByteArrayAsync(new Uri(upstream, "/config"), stopping).ConfigureAwait(false));
            return Of(config.RootElement);
        }
        catch (Exception e) when (e is HttpRequestException or JsonException || (e is TaskCanceledException && !stopping.IsCancellationRequested))
        {
            // That it does not answer is what was to be found out.
            return null;
        }
    }

    internal static AppSight? Of(JsonElement config)
    {
        if (config.ValueKind != JsonValueKind.Object || !config.TryGetProperty("dependencies", out var functions) || functions.ValueKind != JsonValueKind.Array) return null;
        return new(config.TryGetProperty("version", out var named) && named.ValueKind == JsonValueKind.String ? named.GetString() : null);
    }
}
