using System.Globalization;
using Stint.Core.Identities;
using Stint.Core.Quota;
using Stint.Hub.Layout.Charts;
using Stint.Hub.Store.Ledgers;

namespace Stint.Hub.Billing.Usage;

/// <summary>What one used in each of the last days, as a chart draws it and a table says it. Days are UTC's.</summary>
/// <param name="Labels">The days, the first first.</param>
/// <param name="Series">The Spaces that took most, in seconds day by day; all others together come last.</param>
/// <param name="Lines">The same, exact, line by line: the latest day first.</param>
public sealed record UseByDay(IReadOnlyList<string> Labels, IReadOnlyList<(string Name, IReadOnlyList<decimal> Values)> Series, IReadOnlyList<DayUse> Lines)
{
    public const int Days = 30;
    public const string Others = "other Spaces";

    public GpuTime Charged => Sum(Lines);

    internal static UseByDay Of(UseReads reads, IdentityId identity, Instant now)
    {
        var last = DateOnly.FromDateTime(now.ToUtc().UtcDateTime);
        var first = last.AddDays(1 - Days);
        var lines = reads.ByDay(identity, first);
        var bySpace = lines.GroupBy(line => line.Space.ToString()).OrderByDescending(space => Sum(space)).ThenBy(space => space.Key, StringComparer.Ordinal).ToList();
        var own = bySpace.Count <= ColumnChart.MostSeries ? bySpace.Count : ColumnChart.MostSeries - 1;
        var series = bySpace.Take(own).Select(space => (Name: space.Key, Values: (IReadOnlyList<decimal>)ValuesOf(space, first))).ToList();
        if (own < bySpace.Count) series.Add((Others, ValuesOf(bySpace.Skip(own).SelectMany(space => space), first)));
        return new(
            [.. Enumerable.Range(0, Days).Select(day => first.AddDays(day).ToString("d MMM", CultureInfo.InvariantCulture))], series,
            [.. lines.OrderByDescending(line => line.Day).ThenBy(line => line.Space.ToString(), StringComparer.Ordinal)]);
    }

    private static decimal[] ValuesOf(IEnumerable<DayUse> lines, DateOnly first)
    {
        var values = new decimal[Days];
        foreach (var line in lines)
            if (line.Day.DayNumber - first.DayNumber is >= 0 and < Days and var day) values[day] += line.Charged.Milliseconds / 1000m;
        return values;
    }

    private static GpuTime Sum(IEnumerable<DayUse> lines) => lines.Aggregate(GpuTime.Zero, (sum, line) => sum + line.Charged);
}
