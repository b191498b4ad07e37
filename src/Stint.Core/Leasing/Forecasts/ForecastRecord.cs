using Stint.Core.Quota;

namespace Stint.Core.Leasing.Forecasts;

/// <summary>
/// How forecasts turned out: what makes a range of a middle. A forecast knows nothing of who comes later and goes first, of runs
/// that fail and people who leave; all of that is in how far earlier starts were from what was imagined for them. Of the last
/// <see cref="Kept"/> forecasts of about this length the narrowest part that holds <see cref="Share"/> is what the next one is told.
/// </summary>
/// <remarks>Bounded: a row for each doubling of the wait. Learned anew after a restart; until a row has <see cref="Least"/> a wide range is told.</remarks>
public sealed class ForecastRecord
{
    public const int Kept = 200;
    public const int Least = 20;

    /// <summary>A little more than the four out of five that are promised: what has waited longest is not known yet when the next asks.</summary>
    public const double Share = 0.86;

    /// <summary>Below this nobody minds a difference; it keeps ratios of short waits in bounds.</summary>
    private const double Slack = 2_000;

    private const int Rows = 40;
    private static readonly (double Least, double Most) Unlearned = (0.2, 4);

    private readonly Queue<double>[] ratios = [.. Enumerable.Range(0, Rows).Select(_ => new Queue<double>())];

    /// <param name="middle">What was imagined, as a <see cref="Turn"/> has it.</param>
    public StartRange RangeOf(TimeSpan middle, Instant now)
    {
        var (least, most) = Spread(ratios[RowOf(middle)]);
        return new(now + Around(middle, least), now + Around(middle, most));
    }

    /// <summary>A ticket started that was told a range when it came.</summary>
    /// <param name="middle">What was imagined then.</param>
    /// <param name="waited">From then on.</param>
    public void Learn(TimeSpan middle, TimeSpan waited)
    {
        var row = ratios[RowOf(middle)];
        row.Enqueue((waited.TotalMilliseconds + Slack) / (middle.TotalMilliseconds + Slack));
        if (row.Count > Kept) row.Dequeue();
    }

    private static (double Least, double Most) Spread(Queue<double> known)
    {
        if (known.Count < Least) return Unlearned;
        var sorted = known.Order().ToArray();
        var width = Math.Min(sorted.Length - 1, (int)Math.Ceiling(Share * sorted.Length));
        var from = 0;
        for (var i = 1; i + width < sorted.Length; i++)
            if (sorted[i + width] - sorted[i] < sorted[from + width] - sorted[from]) from = i;
        return (sorted[from], sorted[from + width]);
    }

    private static int RowOf(TimeSpan middle) => Math.Clamp((int)Math.Log2(Math.Max(0, middle.TotalMilliseconds) + Slack), 0, Rows - 1);

    private static TimeSpan Around(TimeSpan middle, double ratio) =>
        TimeSpan.FromMilliseconds(Math.Max(0, ((middle.TotalMilliseconds + Slack) * ratio) - Slack));
}
