using Stint.Core.Leasing;
using Stint.Core.Quota;

namespace Stint.Hub.Texts;

/// <summary>How amounts and moments are written for people: always with their unit, never rounded to something that was not measured.</summary>
public static class Amounts
{
    public static string Of(GpuTime time) => $"{Seconds(time)} s";

    public static string Of(TimeSpan span) => $"{Seconds(span)} s";

    /// <summary>Exact to the millisecond, so that what is more also reads as more.</summary>
    public static string Seconds(GpuTime time) => $"{time.InSeconds():0.###}";

    public static string Seconds(TimeSpan span) => $"{span.InSeconds():0.###}";

    public static decimal InSeconds(this GpuTime time) => time.Milliseconds / 1000m;

    public static decimal InSeconds(this TimeSpan span) => span.InMilliseconds() / 1000m;

    public static long InMilliseconds(this TimeSpan span) => (long)span.TotalMilliseconds;

    public static string Of(SlotSize size) => size switch { SlotSize.Large => "large", SlotSize.XLarge => "xlarge" };

    public static string Of(Instant at) => at.ToUtc().ToString("yyyy-MM-dd HH:mm:ss 'UTC'");

    /// <summary>In this machine's own time zone, which the text names by its offset.</summary>
    public static string OfLocal(Instant at) => at.ToUtc().ToLocalTime().ToString("yyyy-MM-dd HH:mm:ss zzz");

    /// <summary>A span in its two largest units, for "in about …": never for anything that is counted.</summary>
    public static string About(TimeSpan span) => span switch
    {
        { TotalDays: >= 1 } => Two((int)span.TotalDays, "d", span.Hours, "h"),
        { TotalHours: >= 1 } => Two((int)span.TotalHours, "h", span.Minutes, "min"),
        { TotalMinutes: >= 1 } => Two((int)span.TotalMinutes, "min", span.Seconds, "s"),
        _ => $"{Math.Max(1, (int)Math.Ceiling(span.TotalSeconds))} s",
    };

    private static string Two(int large, string largeUnit, int small, string smallUnit) =>
        small == 0 ? $"{large} {largeUnit}" : $"{large} {largeUnit} {small} {smallUnit}";
}
