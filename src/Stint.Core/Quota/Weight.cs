namespace Stint.Core.Quota;

/// <summary>How much GPU time one second on a slot costs, in thousandths: 1000 is one for one, 2000 costs double. Positive.</summary>
public readonly record struct Weight
{
    public static readonly Weight One = new(1000);

    /// <exception cref="InvariantBrokenException">When not positive.</exception>
    public Weight(int thousandths)
    {
        Invariant.Holds(thousandths > 0, $"a weight is positive, got {thousandths} thousandths");
        Thousandths = thousandths;
    }

    public int Thousandths { get; }

    /// <summary>GPU time for a span that was measured. Rounded down, so that charges of runs that share a purse never sum past it.</summary>
    public GpuTime Charge(TimeSpan measured) => new(Milliseconds(measured) * Thousandths / 1000);

    /// <summary>GPU time to hold for a span that is asked for. Rounded up.</summary>
    public GpuTime Hold(TimeSpan asked) => new((Milliseconds(asked) * Thousandths + 999) / 1000);

    /// <summary>How long a run may last on this much GPU time. Rounded down.</summary>
    public TimeSpan Lasts(GpuTime time) => TimeSpan.FromMilliseconds(time.Milliseconds * 1000 / Thousandths);

    /// <summary>Whole seconds a run may last on this much GPU time, as the wire says <c>left</c>.</summary>
    public long WholeSecondsOf(GpuTime time) => time.Milliseconds / Thousandths;

    private static long Milliseconds(TimeSpan span) => Math.Max(0, (long)span.TotalMilliseconds);

    public override string ToString() => $"{Thousandths / 1000m:0.###}";
}
