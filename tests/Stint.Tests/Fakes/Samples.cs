using Stint.Core.Identities;
using Stint.Core.Leasing;
using Stint.Core.Plans;
using Stint.Core.Quota;
using Stint.Core.Spaces;

namespace Stint.Tests.Fakes;

/// <summary>Ordinary values for tests that care about one thing and need the rest to be there.</summary>
internal static class Samples
{
    /// <summary>A day in November 2023; no test may depend on which.</summary>
    public static readonly Instant Start = new(1_700_000_000_000);

    public static readonly IdentityId Ada = IdentityId.Of(new AccountId("ada"));
    public static readonly IdentityId Bob = IdentityId.Of(new AccountId("bob"));
    public static readonly IdentityId Passer = IdentityId.OfNetwork("203.0.113.7");
    public static readonly SpaceId Paint = new("ada", "paint");
    public static readonly SpaceId Sing = new("bob", "sing");

    /// <summary>A plan that grants so many seconds and lets one declare up to an hour.</summary>
    public static Plan PlanOf(long seconds, int priority = 1) =>
        new("p" + seconds, GpuTime.FromSeconds(seconds), priority, TimeSpan.FromHours(1), 1);

    public static FunctionKey Function(long declaredSeconds = 60, SlotSize size = SlotSize.Large, SpaceId? space = null, string endpoint = "/run") =>
        new(space ?? Paint, endpoint, size, declaredSeconds * 1000);

    public static Slot SlotNamed(string id, SlotSize largest = SlotSize.Large) => new(new SlotId(id), "n0", 0, "GPU-" + id, largest);

    public static WorkerProcess Worker(int pid = 100) => new(pid, pid * 10L, true);

    public static RequestLease Request(string id, IdentityId who, Plan plan, FunctionKey function, Weight? weight = null) => new(
        new ReservationId(id), new RefusalId("refusal-" + id), who, plan, function, 1, weight ?? Weight.One, "event-" + id, TimeSpan.FromSeconds(60));
}
