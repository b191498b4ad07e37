using Stint.Core.Quota;
using Stint.Core.Quota.Purses;

namespace Stint.Core.Plans;

/// <summary>Why a rule can never decide anything.</summary>
public enum IdleCause
{
    /// <summary>A cap of anonymous visitors on a plan that no anonymous visitor is ever on.</summary>
    CapOfNobody,
    /// <summary>The allowance of a network ends no later than the cap of one device in it.</summary>
    DeviceCapNotBelowAllowance,
    /// <summary>One device reaches its cap no sooner than all anonymous visitors together have used theirs, twice.</summary>
    DeviceCapNotBelowSharedCap,
    /// <summary>Nobody reaches the allowance: two windows of the cap of all together, as many as one window can touch, hold no more.</summary>
    AllowanceNotReached,
    /// <summary>A run may declare more than what pays for it: it ends when the allowance does, unless a boost, a credit or a sponsor pays on.</summary>
    LongestBeyondAllowance,
    /// <summary>A run may declare more than a cap leaves it, whoever pays.</summary>
    LongestBeyondCap,
    /// <summary>Spaces are hosted by accounts, and no account is on the anonymous plan.</summary>
    HostingOfNobody,
    /// <summary>All plans have the same priority, so it orders nobody before anybody.</summary>
    PriorityOfAll,
    /// <summary>A person's ceiling for what credits pay, where credits hold less.</summary>
    CeilingBeyondCredits,
    /// <summary>A person's ceiling for a Space, where everything that can pay in the windows it touches comes to less.</summary>
    CeilingBeyondFunds,
}

/// <summary>A rule without effect: whatever happens, it decides nothing (or, for the two of the longest duration, promises more than can be had).</summary>
/// <param name="Of">The plan, or the Space of a ceiling; empty where it is about all plans.</param>
/// <param name="Value">What the rule says, in milliseconds of GPU time or of a run; a plain number for hosting and priority.</param>
/// <param name="Bound">What decides before it.</param>
public sealed record IdleRule(IdleCause Cause, string Of, long Value, long Bound);

/// <summary>Finds rules without effect among plans and ceilings. Pure: it knows the plans and nothing of what was used.</summary>
public static class IdleRules
{
    /// <param name="plans">All plans of a hub.</param>
    public static IReadOnlyList<IdleRule> Of(IReadOnlyList<Plan> plans)
    {
        var found = plans.SelectMany(Of).ToList();
        if (plans.Count > 1 && plans.Select(plan => plan.Priority).Distinct().Count() == 1) found.Add(new(IdleCause.PriorityOfAll, "", plans[0].Priority, plans[0].Priority));
        return found;
    }

    public static IEnumerable<IdleRule> Of(Plan plan)
    {
        var (allowance, longest) = (plan.Allowance.Milliseconds, (long)plan.LongestDuration.TotalMilliseconds);
        if (plan.Name == Plan.Anonymous)
        {
            if (plan.DeviceCap is { } device && device >= plan.Allowance) yield return Rule(IdleCause.DeviceCapNotBelowAllowance, device, allowance);
            // Windows open at the first use under each, so one may begin in one window of the other and end in the next.
            else if (plan.DeviceCap is { } inside && plan.SharedCap is { } all && inside.Milliseconds >= 2 * all.Milliseconds) yield return Rule(IdleCause.DeviceCapNotBelowSharedCap, inside, 2 * all.Milliseconds);
            if (plan.SharedCap is { } shared && allowance > 2 * shared.Milliseconds) yield return Rule(IdleCause.AllowanceNotReached, plan.Allowance, 2 * shared.Milliseconds);
            if (plan.HostingLimit > 0) yield return new(IdleCause.HostingOfNobody, plan.Name, plan.HostingLimit, 0);
            // What a run counts under a cap stays in the window in which it began.
            if (SmallestCap(plan) is { } cap && longest > cap.Milliseconds)
            {
                yield return new(IdleCause.LongestBeyondCap, plan.Name, longest, cap.Milliseconds);
                yield break;
            }
        }
        else
        {
            if (plan.DeviceCap is { } device) yield return Rule(IdleCause.CapOfNobody, device, 0);
            if (plan.SharedCap is { } shared) yield return Rule(IdleCause.CapOfNobody, shared, 0);
        }

        if (longest > allowance) yield return new(IdleCause.LongestBeyondAllowance, plan.Name, longest, allowance);

        IdleRule Rule(IdleCause cause, GpuTime value, long bound) => new(cause, plan.Name, value.Milliseconds, bound);
    }

    /// <param name="further">What boosts and credits of the person hold, and a sponsor may add: null where one pays without a known end.</param>
    public static IEnumerable<IdleRule> Of(Ceilings ceilings, Plan plan, GpuTime credits, GpuTime? further)
    {
        if (ceilings.Beyond > credits) yield return new(IdleCause.CeilingBeyondCredits, "", ceilings.Beyond.Milliseconds, credits.Milliseconds);
        if (further is not { } more) yield break;
        // A window of the ceiling may touch two of the allowance.
        var most = (2 * plan.Allowance.Milliseconds) + more.Milliseconds;
        foreach (var ceiling in ceilings.Spaces)
            if (ceiling.Limit.Milliseconds >= most) yield return new(IdleCause.CeilingBeyondFunds, ceiling.Space.ToString(), ceiling.Limit.Milliseconds, most);
    }

    private static GpuTime? SmallestCap(Plan plan)
    {
        var device = plan.DeviceCap is { } cap && cap < plan.Allowance ? cap : (GpuTime?)null;
        return plan.SharedCap is { } shared ? device is { } smaller ? GpuTime.Min(shared, smaller) : shared : device;
    }
}
