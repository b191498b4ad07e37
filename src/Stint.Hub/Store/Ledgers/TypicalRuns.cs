using System.Globalization;
using Dapper;
using Stint.Core.Leasing;
using Stint.Core.Quota;
using Stint.Core.Spaces;

namespace Stint.Hub.Store.Ledgers;

/// <summary>What a run of a Space's most used function costs as a rule: the middle one of the latest run of each identity.</summary>
/// <param name="Runs">How many were measured.</param>
public sealed record TypicalRun(FunctionKey Function, GpuTime Cost, int Runs);

/// <summary>What runs cost as a rule, from the histories that estimates are made of, as last committed.</summary>
public sealed class TypicalRuns(Database database)
{
    /// <summary>Rows looked at of one Space: so many people's runs of its functions.</summary>
    private const int MostRows = 1_000;

    /// <summary>Null where nothing of it has completed yet.</summary>
    public TypicalRun? Of(SpaceId space)
    {
        using var reader = database.OpenReader();
        // The key begins with the Space's name and a colon, which no name holds; the semicolon comes right after it.
        var rows = reader.Query<(string Function, string Runs)>(
            "SELECT function, runs FROM histories WHERE function > @from AND function < @to LIMIT @most", new { from = $"{space}:", to = $"{space};", most = MostRows });
        return rows.GroupBy(row => row.Function).Select(function => TypicalOf(space, function.Key, [.. function.Select(row => row.Runs.Split(' '))]))
            .OrderByDescending(typical => typical.Runs).ThenBy(typical => typical.Function.ToString(), StringComparer.Ordinal).FirstOrDefault();
    }

    private static TypicalRun TypicalOf(SpaceId space, string key, List<string[]> runs)
    {
        var function = FunctionOf(space, key);
        var latest = runs.Select(own => long.Parse(own[^1], CultureInfo.InvariantCulture)).Order().ToList();
        return new(function, function.Size.Weight().Charge(TimeSpan.FromMilliseconds(latest[latest.Count / 2])), runs.Sum(own => own.Length));
    }

    /// <summary>Reads <see cref="FunctionKey.ToString"/> again, from its end: an endpoint may hold any sign.</summary>
    private static FunctionKey FunctionOf(SpaceId space, string key)
    {
        var (size, declared) = (key.LastIndexOf('#'), key.LastIndexOf('/'));
        var endpoint = key[(space.ToString().Length + 1)..size];
        return new(space, endpoint, Enum.Parse<SlotSize>(key[(size + 1)..declared]), long.Parse(key[(declared + 1)..], CultureInfo.InvariantCulture));
    }
}
