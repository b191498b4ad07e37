using System.Text.Json.Serialization;
using Stint.Core.Quota;
using Stint.Core.Spaces;

namespace Stint.Core.Leasing;

/// <summary>What a task asks for: half a card or a whole one.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<SlotSize>))]
public enum SlotSize { Large, XLarge }

public static class SlotSizes
{
    /// <summary>GPU time that one second on a slot of this size costs: a whole card counts as the two halves it is.</summary>
    public static Weight Weight(this SlotSize size) => size switch
    {
        SlotSize.Large => Quota.Weight.One,
        SlotSize.XLarge => new(2 * Quota.Weight.One.Thousandths),
    };
}

/// <summary>Names one slot: <c>node/device</c>, and the share of the device where there are several.</summary>
public readonly record struct SlotId(string Value) : IComparable<SlotId>
{
    public int CompareTo(SlotId other) => string.CompareOrdinal(Value, other.Value);
    public static bool operator <(SlotId a, SlotId b) => a.CompareTo(b) < 0;
    public static bool operator >(SlotId a, SlotId b) => a.CompareTo(b) > 0;
    public static bool operator <=(SlotId a, SlotId b) => a.CompareTo(b) <= 0;
    public static bool operator >=(SlotId a, SlotId b) => a.CompareTo(b) >= 0;
    public override string ToString() => Value;
}

/// <summary>Free ⇄ Leased; Leased → Draining → Free; Draining → Quarantined → Free.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<SlotPhase>))]
public enum SlotPhase
{
    /// <summary>Ready for a lease; may keep the worker of the last task warm.</summary>
    Free,
    /// <summary>In use by exactly one lease.</summary>
    Leased,
    /// <summary>The lease is over and its worker is being stopped.</summary>
    Draining,
    /// <summary>A worker may still be on it that cannot be stopped with proof; nothing is granted here until it is gone.</summary>
    Quarantined,
}

/// <summary>The share of a device that one task gets.</summary>
/// <param name="DeviceIndex">The device's index on its node: <c>nvidiaIndex</c> on the wire.</param>
/// <param name="DeviceUuid">What the worker sets <c>CUDA_VISIBLE_DEVICES</c> to.</param>
/// <param name="Largest">The largest size it can serve; smaller ones fit too.</param>
public sealed record Slot(SlotId Id, string Node, int DeviceIndex, string DeviceUuid, SlotSize Largest)
{
    public SlotPhase Phase { get; init; }
    public ReservationId? Lease { get; init; }

    /// <summary>The worker the last task left behind, while <see cref="SlotPhase.Free"/>.</summary>
    public WarmWorker? Warm { get; init; }

    /// <summary>The worker to be stopped, while draining or in quarantine.</summary>
    public WorkerProcess? Leaving { get; init; }

    public bool Fits(SlotSize size) => size <= Largest;
}

/// <summary>A process that was named by <c>/allow</c>.</summary>
/// <param name="Pid">As the hub's own machine counts it.</param>
/// <param name="StartTicks">Start time since boot as the kernel reports it: with the pid it names one process for ever. 0 where it could not be read.</param>
/// <param name="Proven">True where the process was shown to belong to the Space's own tree; only such a one is ever stopped.</param>
public sealed record WorkerProcess(int Pid, long StartTicks, bool Proven);

/// <summary>A worker that ended its task well and waits for the next one of the same Space and task.</summary>
public sealed record WarmWorker(SpaceId Space, long TaskId, WorkerProcess Process);
