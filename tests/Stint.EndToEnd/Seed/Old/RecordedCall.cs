using System.Text;
using System.Text.Json;
using Stint.EndToEnd.Harness;

namespace Stint.EndToEnd.Seed.Old;

/// <summary>One request of a real Gradio client of 2024 to a real Gradio app of 2024, and what that answered.</summary>
internal sealed record RecordedCall(string Method, string Target, IReadOnlyDictionary<string, string> Headers, string Body, string Answer)
{
    /// <summary>What is said anew, or is the connection's own.</summary>
    private static readonly string[] NotReplayed = ["host", "connection", "content-length", "authorization", "x-ip-token", "accept-encoding"];

    /// <summary>Of the first call of its first function: <c>/config</c>, <c>/info</c>, the join and the stream.</summary>
    public static IReadOnlyList<RecordedCall> Of(string recording) =>
        [.. File.ReadLines(Checkout.Recorded(recording)).Take(4).Select(line => Read(JsonDocument.Parse(line).RootElement))];

    public bool IsStream => Target.Contains("/queue/data", StringComparison.Ordinal);

    public bool IsJoin => Target.EndsWith("/queue/join", StringComparison.Ordinal);

    /// <summary>The messages of a recorded stream, without the frames of its transfer.</summary>
    public IEnumerable<string> Messages => Answer.Split('\n').Where(line => line.StartsWith("data: ", StringComparison.Ordinal)).Select(line => line["data: ".Length..].Trim());

    /// <summary>The request again, with other evidence: what was sent as a token then is worth nothing here.</summary>
    public HttpRequestMessage Again(Uri space, params (string Name, string Value)[] evidence)
    {
        var request = new HttpRequestMessage(new HttpMethod(Method), new Uri(space, Target));
        if (Body.Length > 0) request.Content = new StringContent(Body, Encoding.UTF8, "application/json");
        foreach (var (name, value) in Headers.Where(header => !NotReplayed.Contains(header.Key.ToLowerInvariant()))) request.Headers.TryAddWithoutValidation(name, value);
        foreach (var (name, value) in evidence) request.Headers.TryAddWithoutValidation(name, value);
        return request;
    }

    private static RecordedCall Read(JsonElement recorded)
    {
        var request = recorded.GetProperty("request");
        var line = request.GetProperty("line").GetString()!.Split(' ');
        return new(
            line[0], line[1], request.GetProperty("headers").EnumerateObject().ToDictionary(header => header.Name, header => header.Value.GetString()!),
            request.GetProperty("body").GetString() ?? "", recorded.GetProperty("response").GetProperty("body").GetString() ?? "");
    }
}
