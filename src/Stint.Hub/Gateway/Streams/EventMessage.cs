using System.Text.Encodings.Web;
using System.Text.Json;

namespace Stint.Hub.Gateway.Streams;

/// <summary>What the gateway has to know of one server-sent message of Gradio's, read without changing a byte of it.</summary>
/// <param name="Kind">The <c>event:</c> line; empty where there is none.</param>
/// <param name="Msg">The message's own <c>msg</c>.</param>
/// <param name="EventId">The event it speaks of.</param>
/// <param name="Succeeded">Its <c>success</c>; null where it does not say.</param>
/// <param name="ErrorEnd">Where the text of its error ends, just before the closing quote; null where it has none.</param>
internal readonly record struct EventMessage(string Kind, string? Msg, string? EventId, bool? Succeeded, int? ErrorEnd)
{
    private static ReadOnlySpan<byte> DataField => "data:"u8;
    private static ReadOnlySpan<byte> EventField => "event:"u8;

    /// <param name="isWhole">False for the beginning of a message that is too long: what stands there is read all the same.</param>
    /// <param name="isOfOneEvent">True in the stream of one event, whose data are the output itself.</param>
    public static EventMessage Read(ReadOnlySpan<byte> message, bool isWhole, bool isOfOneEvent)
    {
        var (kind, start) = ("", 0);
        var data = ReadOnlySpan<byte>.Empty;
        for (var rest = message; rest.Length > 0;)
        {
            var end = rest.IndexOf((byte)'\n');
            var line = end < 0 ? rest : rest[..end];
            if (line.StartsWith(EventField)) kind = System.Text.Encoding.UTF8.GetString(line[EventField.Length..]).Trim();
            else if (line.StartsWith(DataField))
            {
                data = line[DataField.Length..];
                start = message.Length - rest.Length + DataField.Length;
            }

            if (end < 0) break;
            rest = rest[(end + 1)..];
        }

        return ReadJson(kind, data, start, isWhole, isOfOneEvent);
    }

    /// <summary>The message with <paramref name="text"/> at the end of its error, and nothing else changed.</summary>
    public byte[] Append(ReadOnlySpan<byte> message, string text)
    {
        var more = JsonEncodedText.Encode(text, JavaScriptEncoder.UnsafeRelaxedJsonEscaping).EncodedUtf8Bytes;
        return [.. message[..ErrorEnd!.Value], .. more, .. message[ErrorEnd.Value..]];
    }

    private static EventMessage ReadJson(string kind, ReadOnlySpan<byte> json, int start, bool isWhole, bool isOfOneEvent)
    {
        var found = new EventMessage(kind, null, null, null, null);
        var reader = new Utf8JsonReader(json, isWhole, default);
        var inOutput = isOfOneEvent;
        try
        {
            while (reader.Read())
            {
                if (reader.TokenType != JsonTokenType.PropertyName || reader.CurrentDepth > 2) continue;
                if (reader.CurrentDepth == 1 && !isOfOneEvent) inOutput = reader.ValueTextEquals("output"u8);
                var isError = inOutput && reader.CurrentDepth == (isOfOneEvent ? 1 : 2) && reader.ValueTextEquals("error"u8);
                var name = reader.CurrentDepth == 1 && !isOfOneEvent ? reader.GetString() : null;
                if (!reader.Read()) break;
                if (isError && reader.TokenType == JsonTokenType.String) found = found with { ErrorEnd = start + (int)reader.BytesConsumed - 1 };
                else found = found.With(name, ref reader);
            }
        }
        catch (Exception e) when (JoinBody.IsUnreadable(e))
        {
            // Not Gradio's: it goes on as it is.
            return found with { ErrorEnd = null };
        }

        return found;
    }

    private EventMessage With(string? name, ref Utf8JsonReader reader) => (name, reader.TokenType) switch
    {
        ("msg", JsonTokenType.String) => this with { Msg = reader.GetString() },
        ("event_id", JsonTokenType.String) => this with { EventId = reader.GetString() },
        ("success", JsonTokenType.True or JsonTokenType.False) => this with { Succeeded = reader.GetBoolean() },
        _ => this,
    };
}
