namespace Stint.Core.Quota;

/// <summary>
/// The 24 h in which an allowance counts. It opens with the first lease granted in it and ends exactly
/// <see cref="Length"/> later; it neither slides nor follows the calendar.
/// </summary>
/// <param name="Allowance">The most this window has ever promised: a raised plan raises it at once, a lowered one waits for the next window.</param>
/// <param name="Spent">What settled runs of this window were charged.</param>
/// <param name="Grants">Leases granted in it that did not end void.</param>
/// <param name="Refusals">Requests refused in it for want of GPU time.</param>
/// <param name="Overstay">What runs since the last grant were charged beyond <see cref="OverstaysFrom"/> times their estimate: it counts against the next place in the queue, and once.</param>
/// <param name="Beyond">What its settled runs were charged to credits of the identity's own, beyond the allowance.</param>
/// <param name="Courtesies">Runs of it that the house let go on for a moment when their purses had ended.</param>
public sealed record Window(
    Instant OpenedAt, GpuTime Allowance, GpuTime Spent, int Grants, int Refusals = 0, GpuTime Overstay = default, GpuTime Beyond = default, int Courtesies = 0)
{
    public static readonly TimeSpan Length = TimeSpan.FromHours(24);

    /// <summary>A run that takes more than so many times its estimate has overstayed.</summary>
    public const int OverstaysFrom = 2;

    /// <summary>So many runs in one window may go on for <see cref="CourtesyLasts"/> when their purses have ended.</summary>
    public const int MostCourtesies = 1;

    /// <summary>Stopping a run throws away what it took; so long may it go on instead, at the cost of the house. Never charged.</summary>
    public static readonly TimeSpan CourtesyLasts = TimeSpan.FromSeconds(5);

    public Instant ResetsAt => OpenedAt + Length;

    /// <summary>The moment of the reset itself already belongs to the next window.</summary>
    public bool IsOpenAt(Instant now) => now < ResetsAt;
}

/// <summary>What an identity's place in the queue is reckoned by.</summary>
/// <param name="Outstanding">GPU time that its waiting and running tasks are expected to take.</param>
/// <param name="Window">Its latest; what was spent in it counts for tasks that came while it was open.</param>
public readonly record struct Standing(GpuTime Outstanding, Window? Window, Instant LastServedAt)
{
    /// <summary>GPU time used and asked for by this identity as a task that arrived at <paramref name="arrivedAt"/> has to answer for it.</summary>
    public GpuTime BurdenOn(Instant arrivedAt) => Window is { } window && window.IsOpenAt(arrivedAt) ? Outstanding + window.Spent : Outstanding;

    /// <summary>What its last runs took beyond twice their estimates, as a task that arrived at <paramref name="arrivedAt"/> has to answer for it.</summary>
    public GpuTime OverstayOn(Instant arrivedAt) => Window is { } window && window.IsOpenAt(arrivedAt) ? window.Overstay : GpuTime.Zero;
}
