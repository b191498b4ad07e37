using System.CommandLine.Parsing;
using System.Globalization;

namespace Stint.Hub.Commands;

/// <summary>A span of time as an operator writes it: a number and its unit, <c>90s</c>, <c>3.5m</c>, <c>12h</c>, <c>30d</c>.</summary>
internal static class SpanText
{
    public const string Rule = "write a number and its unit, as in 90s, 3.5m, 12h or 30d";

    private const long LongestMilliseconds = 3_660L * 86_400_000;

    public static bool TryParse(string text, out TimeSpan span)
    {
        span = default;
        decimal? unit = text.Length < 2 ? null : text[^1] switch { 's' => 1_000, 'm' => 60_000, 'h' => 3_600_000, 'd' => 86_400_000, _ => null };
        if (unit is not { } milliseconds) return false;
        if (!decimal.TryParse(text[..^1], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)) return false;
        if (number > LongestMilliseconds / milliseconds) return false;
        span = TimeSpan.FromMilliseconds((long)(number * milliseconds));
        return true;
    }

    public static TimeSpan Parse(ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        if (!TryParse(text, out var span)) result.AddError($"'{text}' is no span of time: {Rule}");
        return span;
    }

    /// <summary>In the largest unit that loses nothing.</summary>
    public static string Of(TimeSpan span) => (long)span.TotalMilliseconds switch
    {
        0 => "0s",
        var ms when ms % 86_400_000 == 0 => $"{ms / 86_400_000}d",
        var ms when ms % 3_600_000 == 0 => $"{ms / 3_600_000}h",
        var ms when ms % 30_000 == 0 && ms >= 120_000 => $"{ms / 60_000m:0.#}m",
        var ms => $"{ms / 1000m:0.###}s",
    };
}
