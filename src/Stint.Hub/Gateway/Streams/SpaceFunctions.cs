using System.Collections.Concurrent;
using System.Text.Json;
using Stint.Core.Spaces;

namespace Stint.Hub.Gateway.Streams;

/// <summary>
/// The endpoint names of each Space's functions, which clients of the queue call by number. Learned from the Space's own
/// <c>/config</c>, asked for once and again where a number is not in it; a Space that does not say has functions without names.
/// </summary>
internal sealed class SpaceFunctions(SpaceConnections connections, TimeProvider time)
{
    private const int LongestConfig = 16 * 1024 * 1024;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan AskAgainAfter = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<SpaceId, Known> known = new();

    /// <summary>Such as <c>/predict</c>; <c>#3</c> for a function without a name; empty where the Space does not say.</summary>
    public async Task<string> EndpointOfAsync(SpaceId space, Uri upstream, int function, CancellationToken stop)
    {
        var now = time.GetTimestamp();
        if (!known.TryGetValue(space, out var names) || names.Upstream != upstream
            || (!names.ByIndex.ContainsKey(function) && time.GetElapsedTime(names.At, now) > AskAgainAfter))
            known[space] = names = new(upstream, await AskAsync(upstream, stop).ConfigureAwait(false), now);
        return names.ByIndex.GetValueOrDefault(function, "");
    }

    private async Task<Dictionary<int, string>> AskAsync(Uri upstream, CancellationToken stop)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(Patience);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(upstream.ToString().TrimEnd('/') + "/config"));
            using var answer = await connections.Invoker.SendAsync(request, limit.Token).ConfigureAwait(false);
            if (!answer.IsSuccessStatusCode || answer.Content.Headers.ContentLength > LongestConfig) return [];
            await answer.Content.LoadIntoBufferAsync(LongestConfig, limit.Token).ConfigureAwait(false);
            // It may be long: no thread that waits for sockets reads it.
            await Task.Yield();
            await using var body = await answer.Content.ReadAsStreamAsync(limit.Token).ConfigureAwait(false);
            using var config = await JsonDocument.ParseAsync(body, default, limit.Token).ConfigureAwait(false);
            return Names(config.RootElement);
        }
        catch (Exception e) when (e is HttpRequestException or IOException or JsonException or OperationCanceledException)
        {
            return [];
        }
    }

    private static Dictionary<int, string> Names(JsonElement config)
    {
        var names = new Dictionary<int, string>();
        if (config.ValueKind != JsonValueKind.Object || !config.TryGetProperty("dependencies", out var functions) || functions.ValueKind != JsonValueKind.Array) return names;
        foreach (var (position, function) in functions.EnumerateArray().Index())
        {
            if (function.ValueKind != JsonValueKind.Object) continue;
            // Before Gradio 4.40 a function has no id and is called by its place.
            var index = function.TryGetProperty("id", out var id) && id.ValueKind == JsonValueKind.Number && id.TryGetInt32(out var number) ? number : position;
            var name = function.TryGetProperty("api_name", out var given) && given.ValueKind == JsonValueKind.String ? given.GetString() : null;
            names[index] = name is { Length: > 0 and < Tokens.IdentityTokens.LongestEndpoint } ? "/" + name.TrimStart('/') : $"#{index}";
        }

        return names;
    }

    private sealed record Known(Uri Upstream, Dictionary<int, string> ByIndex, long At);
}
