using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Stint.Tests.Hub.Fuzz;

/// <summary>What may be done to a body: JSON stays JSON for the most part, and a form a form.</summary>
internal static class BodyMutations
{
    private static readonly string[] Nodes =
        ["null", "true", "0", "-1", "1e400", "0.1", "123456789012345678901234567890", "\"\"", "\"\\u0000\"", "\"\\ud800\"", "[]", "{}", "[[]]", "{\"a\":{}}", "\"" + "ab" + "\"", "1.7976931348623157e308"];

    public static byte[] Of(byte[] body, Random random)
    {
        var text = Encoding.UTF8.GetString(body);
        return random.Next(8) switch
        {
            0 => Nested(random),
            1 => Encoding.UTF8.GetBytes(random.Any(Mutations.Texts)),
            2 when body.Length > 1 => body[..random.Next(body.Length)],
            3 => Mutations.Bytes(body, random),
            4 => [0xEF, 0xBB, 0xBF, .. body],
            _ when text is ['{', ..] => Encoding.UTF8.GetBytes(Json(text, random)),
            _ when text.Contains('=', StringComparison.Ordinal) => Encoding.UTF8.GetBytes(Form(text, random)),
            _ => body,
        };
    }

    private static byte[] Nested(Random random)
    {
        var (depth, pair) = (random.Next(10, 5_000), random.Any(["[]", "{\"a\":"]));
        return Encoding.UTF8.GetBytes(pair == "[]" ? new string('[', depth) + new string(']', depth) : string.Concat(Enumerable.Repeat(pair, depth)) + "1" + new string('}', depth));
    }

    private static string Json(string text, Random random)
    {
        if (Parsed(text) is not { Count: > 0 } json) return text;
        var names = json.Select(pair => pair.Key).ToList();
        var name = names[random.Next(names.Count)];
        switch (random.Next(5))
        {
            case 0: return json.Remove(name) ? json.ToJsonString() : text;
            case 1: return text.Replace($"\"{name}\"", $"\"{name.ToUpperInvariant()}\"", StringComparison.Ordinal);
            case 2: return $"{text[..^1]},{JsonSerializer.Serialize(name)}:{random.Any(Nodes)}}}";
            case 3:
                json[name] = random.Any(Mutations.Texts);
                return json.ToJsonString();
            default:
                json[name] = "stand-in";
                return json.ToJsonString().Replace("\"stand-in\"", random.Any(Nodes), StringComparison.Ordinal);
        }
    }

    private static JsonObject? Parsed(string text)
    {
        try
        {
            var json = JsonNode.Parse(text) as JsonObject;
            // Names and texts are looked at only now.
            return json is null || json.Count == 0 || json.ToJsonString().Length == 0 ? null : json;
        }
        catch (Exception e) when (e is JsonException or ArgumentException or InvalidOperationException)
        {
            // A name stands in it twice, or it was cut before.
            return null;
        }
    }

    private static string Form(string text, Random random)
    {
        var fields = text.Split('&').ToList();
        var at = random.Next(fields.Count);
        switch (random.Next(5))
        {
            case 0: fields.RemoveAt(at); break;
            case 1: fields.Add(fields[at]); break;
            case 2: fields[at] = fields[at].Split('=')[0] + "=" + random.Any(Mutations.Texts); break;
            case 3: fields.AddRange(Enumerable.Range(0, random.Next(10, 1_500)).Select(i => $"f{i}={i}")); break;
            default: fields[at] = fields[at].Split('=')[0] + "=" + new string('%', random.Next(1, 3_000)); break;
        }

        return string.Join('&', fields);
    }
}
