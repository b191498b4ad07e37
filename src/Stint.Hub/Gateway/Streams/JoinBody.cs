using System.Text.Json;

namespace Stint.Hub.Gateway.Streams;

/// <summary>What the gateway reads of a body of Gradio's queue API; null where it does not say.</summary>
/// <param name="Function">Which function of <c>/config</c> it is for.</param>
internal sealed record JoinBody(int? Function, string? Session, string? EventId)
{
    private static readonly JoinBody Unreadable = new(null, null, null);

    /// <summary>No JSON, or a text in it that is none: bytes that are no UTF-8, half a character.</summary>
    public static bool IsUnreadable(Exception e) => e is JsonException or InvalidOperationException;

    public static JoinBody Read(ReadOnlySpan<byte> json)
    {
        var found = Unreadable;
        var reader = new Utf8JsonReader(json);
        try
        {
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) return Unreadable;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var name = reader.GetString();
                reader.Read();
                found = (name, reader.TokenType) switch
                {
                    ("fn_index", JsonTokenType.Number) when reader.TryGetInt32(out var index) => found with { Function = index },
                    ("session_hash", JsonTokenType.String) => found with { Session = reader.GetString() },
                    ("event_id", JsonTokenType.String) => found with { EventId = reader.GetString() },
                    _ => found,
                };
                reader.Skip();
            }
        }
        catch (Exception e) when (IsUnreadable(e))
        {
            return Unreadable;
        }

        return found;
    }
}
