using System.Text.Json;
using System.Text.Json.Serialization;
using Stint.Core.Identities;
using Stint.Core.Leasing;
using Stint.Core.Quota;
using Stint.Core.Quota.Purses;
using Stint.Core.Spaces;

namespace Stint.Hub.Store;

/// <summary>How Core's records are written to the data file: ids as text, GPU time and moments as whole milliseconds.</summary>
internal static class Json
{
    public static readonly JsonSerializerOptions Options = Create();

    public static string Write<T>(T value) => JsonSerializer.Serialize(value, Options);

    /// <exception cref="HubDirectoryException">When the text is not what was written.</exception>
    public static T Read<T>(string text)
    {
        try
        {
            return JsonSerializer.Deserialize<T>(text, Options) ?? throw new JsonException("null");
        }
        catch (JsonException e)
        {
            throw new HubDirectoryException($"the data file holds a {typeof(T).Name} that cannot be read: {e.Message}", e);
        }
    }

    private static JsonSerializerOptions Create()
    {
        var options = new JsonSerializerOptions(JsonSerializerDefaults.Web) { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };
        options.Converters.Add(new TextConverter<ReservationId>(id => id.Value, text => new(text)));
        options.Converters.Add(new TextConverter<RefusalId>(id => id.Value, text => new(text)));
        options.Converters.Add(new TextConverter<IdentityId>(id => id.Value, text => new(text)));
        options.Converters.Add(new TextConverter<AccountId>(id => id.Value, text => new(text)));
        options.Converters.Add(new TextConverter<CreditId>(id => id.Value, text => new(text)));
        options.Converters.Add(new TextConverter<SlotId>(id => id.Value, text => new(text)));
        options.Converters.Add(new TextConverter<SpaceId>(id => id.ToString(), SpaceId.Parse));
        options.Converters.Add(new NumberConverter<GpuTime>(time => time.Milliseconds, ms => new(ms)));
        options.Converters.Add(new NumberConverter<Instant>(at => at.UnixMilliseconds, ms => new(ms)));
        options.Converters.Add(new NumberConverter<Weight>(weight => weight.Thousandths, thousandths => new((int)thousandths)));
        options.Converters.Add(new NumberConverter<TimeSpan>(span => (long)span.TotalMilliseconds, ms => TimeSpan.FromMilliseconds(ms)));
        options.Converters.Add(new JsonStringEnumConverter());
        return options;
    }

    private sealed class TextConverter<T>(Func<T, string> write, Func<string, T> read) : JsonConverter<T>
    {
        public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            read(reader.GetString() ?? throw new JsonException("a name is missing"));

        public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) => writer.WriteStringValue(write(value));
    }

    private sealed class NumberConverter<T>(Func<T, long> write, Func<long, T> read) : JsonConverter<T>
    {
        public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => read(reader.GetInt64());

        public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) => writer.WriteNumberValue(write(value));
    }
}
