namespace Stint.Core.Quota.Purses;

/// <summary>Parts of a purse whose using up is told to its holder, once each.</summary>
public static class Threshold
{
    /// <summary>In percent, rising.</summary>
    public static readonly IReadOnlyList<int> Percents = [80, 95];

    /// <summary>The highest threshold that was reached; null where none was. A purse of nothing has none.</summary>
    public static int? Reached(GpuTime spent, GpuTime amount)
    {
        int? reached = null;
        foreach (var percent in Percents)
            if (amount > GpuTime.Zero && spent.Milliseconds >= (amount.Milliseconds * (decimal)percent) / 100) reached = percent;
        return reached;
    }
}
