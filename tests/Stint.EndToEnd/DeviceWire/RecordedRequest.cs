using System.Text.Json;
using System.Text.Json.Serialization;
using Stint.EndToEnd.Harness;

namespace Stint.EndToEnd.DeviceWire;

/// <summary>One request that the real package sent, as it was recorded.</summary>
internal sealed record RecordedRequest(string Method, string Path, IReadOnlyDictionary<string, string> Query, IReadOnlyDictionary<string, string> Headers)
{
    [JsonIgnore]
    public bool HasToken => Query.ContainsKey("token");

    /// <summary>All that a client chooses for itself; where it connects to is ours.</summary>
    [JsonIgnore]
    public Dictionary<string, string> OwnHeaders => Headers.Where(header => header.Key is not ("Host" or "Content-Length")).ToDictionary();

    public static IReadOnlyList<RecordedRequest> All() =>
        [.. File.ReadLines(Checkout.Recording).Where(line => line.Length > 0).Select(line => JsonSerializer.Deserialize<RecordedRequest>(line, JsonSerializerOptions.Web)!)];

    public Dictionary<string, object> With(string name, object value) => new(Query.ToDictionary(pair => pair.Key, pair => (object)pair.Value)) { [name] = value };
}
