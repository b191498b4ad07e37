using System.Text.Json;

namespace Stint.Hub.Commands.Examining.Practice;

/// <summary>One event of a Space, sent and followed as Gradio's clients do.</summary>
internal static class PracticeRun
{
    /// <summary>True where it came to its end and succeeded.</summary>
    public static async Task<bool> RunAsync(HttpClient client, Uri space, string? token = null) => (await CallAsync(client, space, token).ConfigureAwait(false)).Succeeded;

    /// <summary>The same, with the error that its visitor is shown; null where there is none.</summary>
    /// <param name="leaving">Cancelled where the visitor goes away; throws then.</param>
    public static async Task<(bool Succeeded, string? Error)> CallAsync(HttpClient client, Uri space, string? token = null, CancellationToken leaving = default)
    {
        var session = Guid.NewGuid().ToString("N")[..10];
        using var join = new HttpRequestMessage(HttpMethod.Post, new Uri(space, "/gradio_api/queue/join"))
        {
            Content = JsonContent.Create(new { data = Array.Empty<string>(), fn_index = 0, session_hash = session }),
        };
        Authorize(join, space, token);
        using var joined = await client.SendAsync(join, leaving).ConfigureAwait(false);
        if (!joined.IsSuccessStatusCode) return (false, TurnedAway(await joined.Content.ReadAsStringAsync(leaving).ConfigureAwait(false)));
        using var follow = new HttpRequestMessage(HttpMethod.Get, new Uri(space, $"/gradio_api/queue/data?session_hash={session}"));
        Authorize(follow, space, token);
        using var answer = await client.SendAsync(follow, HttpCompletionOption.ResponseHeadersRead, leaving).ConfigureAwait(false);
        using var lines = new StreamReader(await answer.Content.ReadAsStreamAsync(leaving).ConfigureAwait(false));
        while (await lines.ReadLineAsync(leaving).ConfigureAwait(false) is { } line)
        {
            if (!line.StartsWith("data:", StringComparison.Ordinal)) continue;
            using var message = JsonDocument.Parse(line["data:".Length..]);
            if (message.RootElement.GetProperty("msg").GetString() != "process_completed") continue;
            var error = message.RootElement.GetProperty("output").TryGetProperty("error", out var text) ? text.GetString() : null;
            return (message.RootElement.GetProperty("success").GetBoolean(), error);
        }

        return (false, null);
    }

    /// <summary>As Gradio's clients read an answer that is no event.</summary>
    private static string? TurnedAway(string body)
    {
        try
        {
            using var answer = JsonDocument.Parse(body);
            return answer.RootElement.TryGetProperty("detail", out var detail) && detail.ValueKind == JsonValueKind.Object ? detail.GetProperty("error").GetString() : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>A cookie counts only for a page of the very address, so a browser's request says which page sends it.</summary>
    private static void Authorize(HttpRequestMessage request, Uri space, string? token)
    {
        if (token is not null) request.Headers.Add("Authorization", "Bearer " + token);
        else request.Headers.Add("Origin", space.GetLeftPart(UriPartial.Authority));
    }
}
