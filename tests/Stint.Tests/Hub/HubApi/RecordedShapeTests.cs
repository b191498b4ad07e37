using System.Text.Json;
using Xunit;

namespace Stint.Tests.Hub.HubApi;

/// <summary>What the real Python client asked a hub, asked here: each answer has every field that it was given there, of the same kind.</summary>
public sealed class RecordedShapeTests : IDisposable
{
    private const string Recording = "python-client-by-id-hub.jsonl";
    private readonly WebHub hub = new();

    public void Dispose() => hub.Dispose();

    [SharedFact(Recording)]
    public async Task Answers_ToTheRecordedRequests_HaveTheirShape()
    {
        hub.Start();
        var token = hub.Ledger.NewToken("ada").Text;
        foreach (var line in File.ReadLines(SharedFactAttribute.Recording(Recording)!).Where(line => line.Length > 0))
        {
            var exchange = JsonDocument.Parse(line).RootElement;
            var request = exchange.GetProperty("request");
            var path = request.GetProperty("line").GetString()!.Split(' ')[1].Replace("me/square", "ada/paint", StringComparison.Ordinal);
            using var answer = await hub.ApiAsync(path, request.GetProperty("headers").TryGetProperty("authorization", out _) ? token : null);
            var recorded = exchange.GetProperty("response");
            Assert.Equal(recorded.GetProperty("status").GetInt32(), (int)answer.StatusCode);
            Assert.Equal("application/json", answer.Content.Headers.ContentType!.MediaType);
            foreach (var header in recorded.GetProperty("headers").EnumerateObject().Where(header => header.Name.StartsWith("X-Error", StringComparison.Ordinal)))
                Assert.Equal(header.Value.GetString(), answer.Headers.GetValues(header.Name).Single());
            var body = JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;
            Compare(path, JsonDocument.Parse(recorded.GetProperty("body").GetString()!).RootElement, body);
        }
    }

    private static void Compare(string where, JsonElement recorded, JsonElement answered)
    {
        // Only a Space that sleeps has a time after which it does.
        if (where.EndsWith(".gcTimeout", StringComparison.Ordinal) && answered.ValueKind == JsonValueKind.Null) return;
        var kinds = (IsTruth(recorded), IsTruth(answered));
        Assert.True(kinds is (true, true) || recorded.ValueKind == answered.ValueKind, $"{where}: {recorded.ValueKind}, answered {answered.ValueKind}");
        if (recorded.ValueKind != JsonValueKind.Object) return;
        foreach (var field in recorded.EnumerateObject())
        {
            Assert.True(answered.TryGetProperty(field.Name, out var value), $"{where}.{field.Name} is missing");
            Compare($"{where}.{field.Name}", field.Value, value);
        }
    }

    private static bool IsTruth(JsonElement value) => value.ValueKind is JsonValueKind.True or JsonValueKind.False;
}
