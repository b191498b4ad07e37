namespace Stint.Core.Leasing.Decisions;

/// <summary>Bounds of the pool that no plan changes: past each, a request is refused by name.</summary>
public static class Limits
{
    /// <summary>Leases one identity token may be used for: five GPU steps an event are common, a hundred are a stolen token.</summary>
    public const int LeasesPerEvent = 100;

    /// <summary>
    /// GPU time one identity token may come to in all, in runs of the plan's longest duration at the size asked for: five GPU
    /// steps an event are common, however long each is. What waits or runs counts with all it may yet be charged.
    /// </summary>
    public const int LongestRunsPerEvent = 5;

    public const int WaitingPerIdentity = 2_000;
    public const int WaitingPerPool = 200_000;

    /// <summary>The least that is worth starting: a shorter floor would admit runs that only load and are stopped.</summary>
    public static readonly TimeSpan LeastFloor = TimeSpan.FromSeconds(1);
}
