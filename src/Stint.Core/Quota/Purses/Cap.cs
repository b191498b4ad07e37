using System.Text.Json.Serialization;
using Stint.Core.Identities;
using Stint.Core.Spaces;

namespace Stint.Core.Quota.Purses;

/// <summary>What a cap bounds.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<CapKind>))]
public enum CapKind
{
    /// <summary>One device of a network whose visitors nobody knows.</summary>
    Device,
    /// <summary>All anonymous visitors together.</summary>
    Anonymous,
    /// <summary>One Space, by the ceiling that whoever pays has set for it.</summary>
    Space,
}

/// <summary>
/// A limit that a run must fit as well and that pays nothing. It counts like an allowance, in windows of its own that open at
/// the first use under it, and stands in a ledger of its own; a change of the limit counts at once.
/// </summary>
/// <param name="Ledger">Where use under it is counted.</param>
public sealed record Cap(CapKind Kind, IdentityId Ledger, GpuTime Limit)
{
    /// <param name="network">The anonymous identity whose devices are told apart.</param>
    /// <param name="device">What tells this device apart; null where nothing does: all such share one.</param>
    public static Cap OfDevice(IdentityId network, string? device, GpuTime limit) =>
        new(CapKind.Device, IdentityId.OfCap($"device:{network.Network}:{device}"), limit);

    public static Cap OfAnonymous(GpuTime limit) => new(CapKind.Anonymous, IdentityId.OfCap("anonymous"), limit);

    public static Cap OfSpace(IdentityId payer, SpaceId space, GpuTime limit) => new(CapKind.Space, IdentityId.OfCap($"space:{space}:{payer}"), limit);
}

/// <summary>What a reservation holds under one cap. Once leased it counts in the window in which the lease began.</summary>
/// <param name="WindowOpenedAt">Null while it waits.</param>
public sealed record CapHold(Cap Cap, GpuTime Held, Instant? WindowOpenedAt = null);

/// <summary>What a cap says at one moment.</summary>
/// <param name="Used">Spent and held in the open window.</param>
/// <param name="ResetsAt">Null while no window is open.</param>
public sealed record CapReading(Cap Cap, GpuTime Used, GpuTime Left, Instant? ResetsAt);
