using System.Collections;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Stint.Hub.Store.Ledgers.Rows;

/// <summary>
/// What of a record has no column of its own: the properties that are seldom set, as one JSON text; null where all of them
/// are as they are in a record nobody gave anything. So a property that is added to Core is kept without a change here.
/// </summary>
/// <typeparam name="T">A record of Core.</typeparam>
internal sealed class Rest<T> where T : class
{
    private readonly JsonSerializerOptions options;
    private readonly List<(Func<object, object?> Get, object? Ordinary)> uncommon = [];

    /// <param name="columns">The properties that have columns.</param>
    public Rest(params string[] columns)
    {
        var resolver = new DefaultJsonTypeInfoResolver();
        resolver.Modifiers.Add(info => LeaveOut(info, columns));
        options = new JsonSerializerOptions(Json.Options) { TypeInfoResolver = resolver };
        Ordinary = JsonSerializer.Deserialize<T>("{}", options)!;
        foreach (var property in options.GetTypeInfo(typeof(T)).Properties)
            if (property is { Get: { } get, Set: not null } && !columns.Contains(property.Name, StringComparer.OrdinalIgnoreCase)) uncommon.Add((get, get(Ordinary)));
    }

    /// <summary>A record with nothing in it: what has columns is set with <c>with</c>.</summary>
    public T Ordinary { get; }

    public string? Write(T record)
    {
        foreach (var (get, ordinary) in uncommon)
            if (IsUncommon(get(record), ordinary)) return JsonSerializer.Serialize(record, options);
        return null;
    }

    /// <exception cref="HubDirectoryException">When the text is not what was written.</exception>
    public T Read(string? text)
    {
        if (text is null) return Ordinary;
        try
        {
            return JsonSerializer.Deserialize<T>(text, options) ?? throw new JsonException("null");
        }
        catch (JsonException e)
        {
            throw new HubDirectoryException($"the data file holds a {typeof(T).Name} that cannot be read: {e.Message}", e);
        }
    }

    private static bool IsUncommon(object? value, object? ordinary) => value is ICollection { Count: 0 } ? false : !Equals(value, ordinary);

    private static void LeaveOut(JsonTypeInfo info, string[] columns)
    {
        if (info.Type != typeof(T)) return;
        foreach (var property in info.Properties)
        {
            property.IsRequired = false;
            // What is reckoned from the others is not kept.
            if (property.Set is null || columns.Contains(property.Name, StringComparer.OrdinalIgnoreCase)) property.ShouldSerialize = (_, _) => false;
        }
    }
}
