namespace Stint.Core.Quota;

/// <summary>The unit that is reserved, spent and billed: slot weight × seconds, in whole milliseconds. Never negative.</summary>
public readonly record struct GpuTime : IComparable<GpuTime>
{
    public static readonly GpuTime Zero;

    /// <exception cref="InvariantBrokenException">When negative.</exception>
    public GpuTime(long milliseconds)
    {
        Invariant.Holds(milliseconds >= 0, $"GPU time is never negative, got {milliseconds} ms");
        Milliseconds = milliseconds;
    }

    public long Milliseconds { get; }

    /// <summary>Whole seconds, rounded down: what the wire calls <c>left</c>.</summary>
    public long WholeSeconds => Milliseconds / 1000;

    public static GpuTime FromSeconds(long seconds) => new(checked(seconds * 1000));
    public static GpuTime FromMinutes(double minutes) => new((long)(minutes * 60_000));

    public static GpuTime operator +(GpuTime a, GpuTime b) => new(checked(a.Milliseconds + b.Milliseconds));

    /// <exception cref="InvariantBrokenException">When <paramref name="b"/> is more than <paramref name="a"/>.</exception>
    public static GpuTime operator -(GpuTime a, GpuTime b) => new(a.Milliseconds - b.Milliseconds);

    public static bool operator <(GpuTime a, GpuTime b) => a.Milliseconds < b.Milliseconds;
    public static bool operator >(GpuTime a, GpuTime b) => a.Milliseconds > b.Milliseconds;
    public static bool operator <=(GpuTime a, GpuTime b) => a.Milliseconds <= b.Milliseconds;
    public static bool operator >=(GpuTime a, GpuTime b) => a.Milliseconds >= b.Milliseconds;

    /// <summary><paramref name="a"/> less <paramref name="b"/>, but at least nothing.</summary>
    public static GpuTime Less(GpuTime a, GpuTime b) => a <= b ? Zero : a - b;

    public static GpuTime Min(GpuTime a, GpuTime b) => a <= b ? a : b;
    public static GpuTime Max(GpuTime a, GpuTime b) => a >= b ? a : b;

    public int CompareTo(GpuTime other) => Milliseconds.CompareTo(other.Milliseconds);

    public override string ToString() => $"{Milliseconds / 1000m:0.###} s";
}
