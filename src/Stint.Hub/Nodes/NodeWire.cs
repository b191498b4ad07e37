using Stint.Core.Leasing;
using Stint.Core.Quota;
using Stint.Hub.Nodes.Gpus;

namespace Stint.Hub.Nodes;

/// <summary>What nodes and hub say to each other, as JSON. Times are spans in milliseconds: the two clocks need not agree.</summary>
internal static class NodeWire
{
    public const string Prefix = "/node/";
    public const string EpochHeader = "X-Stint-Epoch";

    /// <summary>On <c>/allow</c> from a node: what it saw of the pid the Space named.</summary>
    public const string WorkerHeader = "X-Stint-Worker";

    /// <summary>On the hub's answers to a node: whose secret it was, and where that Space is reached.</summary>
    public const string SpaceHeader = "X-Stint-Space";
    public const string UpstreamHeader = "X-Stint-Upstream";

    public const int MostSlots = 1024;
    public const int MostLeases = 4096;
    public const int MostUnleased = 256;
    public const long LongestBody = 2 * 1024 * 1024;
}

internal sealed record JoinWire(string Token, string Name);

internal sealed record JoinedWire(string Name, string Secret);

/// <param name="Key">Names the slot on its node.</param>
internal sealed record OfferWire(string Key, int Index, string Uuid, SlotSize Largest);

/// <param name="DeviceUrl">Where Spaces of that machine ask for GPUs.</param>
internal sealed record HelloWire(Uri DeviceUrl, IReadOnlyList<OfferWire> Slots, string Devices);

/// <param name="Epoch">To be said with everything from now on.</param>
/// <param name="Seen">Counts orders; the next beat asks for those after it.</param>
internal sealed record WelcomeWire(string Name, long Epoch, TimeSpan LostAfter, TimeSpan Grace, long Seen, IReadOnlyList<OrderWire> Orders);

/// <param name="Withheld">Slots that are not offered after all: something is on them that cannot be stopped.</param>
internal sealed record ReturnWire(long Epoch, IReadOnlyList<LeaseReport> Leases, IReadOnlyList<GoneWire> Gone, IReadOnlyList<SlotId> Withheld);

internal sealed record GoneWire(SlotId Slot, WorkerProcess Worker);

internal sealed record BeatWire(long Epoch, long Seen);

internal sealed record OrdersWire(long Seen, IReadOnlyList<OrderWire> Orders);

/// <summary>One thing seen: a worker that is gone, or one that cannot be stopped.</summary>
internal sealed record SeenWire(long Epoch, SlotId Slot, WorkerProcess? Gone, string? Unstoppable);

/// <summary>All uses of its GPUs without a lease that the node sees now.</summary>
internal sealed record UnleasedWire(long Epoch, IReadOnlyList<UnleasedUse> Uses);

/// <summary>A lease that was granted to a Space whose connection had broken.</summary>
internal sealed record UndeliveredWire(long Epoch, ReservationId Id);

internal sealed record OrderWire(SlotId Slot, LeaseWire? Lease, WorkerProcess? Warm, WorkerProcess? Leaving, IReadOnlyList<WorkerProcess> Forgotten)
{
    public static OrderWire Of(SlotOrder order, Instant now) => new(
        order.Slot,
        order.Lease is { } lease ? new(lease.Id, lease.Worker, lease.IsAllowed, lease.EndsAt > now ? lease.EndsAt - now : TimeSpan.Zero) : null,
        order.Warm, order.Leaving, order.Forgotten);

    /// <param name="now">By whatever clock the reader ends leases.</param>
    public SlotOrder At(Instant now) => new(
        Slot, Lease is { } lease ? new(lease.Id, lease.Worker, lease.IsAllowed, now + lease.EndsIn) : null, Warm, Leaving, Forgotten ?? []);
}

internal sealed record LeaseWire(ReservationId Id, WorkerProcess? Worker, bool IsAllowed, TimeSpan EndsIn);
