using Stint.Core.Quota;

namespace Stint.Core.Leasing.Forecasts;

/// <summary>How long one run may take: around its estimate, with the long tail that runs have, never past its declared duration.</summary>
public readonly struct RunSpread
{
    /// <summary>As many equally likely lengths are told apart.</summary>
    public const int Levels = 32;

    /// <summary>The standard normal's quantile of <see cref="Estimate.LikelyLevel"/>.</summary>
    private const double AtLikely = 1.2816;

    private const double Narrowest = 0.15;
    private const double Widest = 1.5;

    private static readonly double[] Normal = [.. Enumerable.Range(0, Levels).Select(level => NormalAt((level + 0.5) / Levels))];

    private readonly double median;
    private readonly double spread;
    private readonly double longest;

    public RunSpread(Reservation run)
    {
        median = Math.Max(1, run.Weight.Lasts(run.Expected).TotalMilliseconds);
        // What it is sure of is what it will hardly pass, as far as that was there.
        spread = Math.Clamp(Math.Log(Math.Max(1, run.Weight.Lasts(run.Floor).TotalMilliseconds / median)) / AtLikely, Narrowest, Widest);
        longest = run.Weight.Lasts(run.Ceiling).TotalMilliseconds;
    }

    /// <summary>Milliseconds in all.</summary>
    public double At(int level) => Math.Min(longest, median * Math.Exp(spread * Normal[level]));

    /// <summary>Milliseconds from now on, for one that has run for so many already.</summary>
    public double LeftAt(int level, double ran)
    {
        var first = 0;
        while (first < Levels && At(first) <= ran) first++;
        // It has outlasted all that is known of its like: what it took already is the best guess of what it still takes.
        if (first == Levels) return Math.Max(0, Math.Min(longest, ran * (1.1 + ((double)level / Levels))) - ran);
        return At(first + (level * (Levels - first) / Levels)) - ran;
    }

    /// <summary>Shore's approximation: within a hundredth between 0.01 and 0.99.</summary>
    private static double NormalAt(double p) =>
        p >= 0.5 ? 5.5556 * (1 - Math.Pow((1 - p) / p, 0.1186)) : -5.5556 * (1 - Math.Pow(p / (1 - p), 0.1186));
}
