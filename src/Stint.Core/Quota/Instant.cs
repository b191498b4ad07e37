namespace Stint.Core.Quota;

/// <summary>A moment of ledger time: whole milliseconds since 1970, UTC. Ledger time never runs backwards.</summary>
public readonly record struct Instant(long UnixMilliseconds) : IComparable<Instant>
{
    public static readonly Instant Never = new(long.MaxValue);

    public static Instant From(DateTimeOffset time) => new(time.ToUnixTimeMilliseconds());

    public DateTimeOffset ToUtc() => DateTimeOffset.FromUnixTimeMilliseconds(UnixMilliseconds);

    public static Instant operator +(Instant at, TimeSpan span) => new(checked(at.UnixMilliseconds + (long)span.TotalMilliseconds));
    public static Instant operator -(Instant at, TimeSpan span) => new(checked(at.UnixMilliseconds - (long)span.TotalMilliseconds));
    public static TimeSpan operator -(Instant a, Instant b) => TimeSpan.FromMilliseconds(checked(a.UnixMilliseconds - b.UnixMilliseconds));

    public static bool operator <(Instant a, Instant b) => a.UnixMilliseconds < b.UnixMilliseconds;
    public static bool operator >(Instant a, Instant b) => a.UnixMilliseconds > b.UnixMilliseconds;
    public static bool operator <=(Instant a, Instant b) => a.UnixMilliseconds <= b.UnixMilliseconds;
    public static bool operator >=(Instant a, Instant b) => a.UnixMilliseconds >= b.UnixMilliseconds;

    public static Instant Min(Instant a, Instant b) => a <= b ? a : b;
    public static Instant Max(Instant a, Instant b) => a >= b ? a : b;

    public int CompareTo(Instant other) => UnixMilliseconds.CompareTo(other.UnixMilliseconds);

    public override string ToString() => this == Never ? "never" : ToUtc().ToString("yyyy-MM-ddTHH:mm:ss.fffZ");
}
