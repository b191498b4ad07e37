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

    /// <summary>Workers that nobody remembers any more and that are killed while others already use the slot. Each was proven.</summary>
    public IReadOnlyList<WorkerProcess> Forgotten { get; init => field = value.Count == 0 ? [] : value; } = [];

    /// <summary>Counts the times its node reached the hub: what is still said in the name of an earlier one is void. 0 on the hub's own machine.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public long Epoch { get; init; }

    /// <summary>An operator wants the node empty: what runs goes on, nothing new is granted.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool IsDrained { get; init; }

    /// <summary>Its node offers it no more: nothing is granted here, and it leaves once nothing holds it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool IsWithdrawn { get; init; }

    /// <summary>Set while nothing is heard of its node; nothing is granted here until the node has reported.</summary>
    public Loss? Lost { get; init; }

    /// <summary>Ready for a lease.</summary>
    [JsonIgnore]
    public bool IsOpen => Phase == SlotPhase.Free && Lost is null && !IsDrained && !IsWithdrawn;

    /// <summary>True where something may be granted on it, now or when what holds it ends.</summary>
    [JsonIgnore]
    public bool Serves => Phase != SlotPhase.Quarantined && Lost is null && !IsDrained && !IsWithdrawn;

    /// <summary>True where it was withdrawn and nothing holds it any more.</summary>
    [JsonIgnore]
    public bool MayLeave => IsWithdrawn && Phase == SlotPhase.Free && Warm is null && Forgotten.Count == 0;

    /// <summary>The slot with one more worker to be killed on it. One that was not proven is nobody's to stop, so nothing waits for it.</summary>
    public Slot Forgetting(WorkerProcess? worker) =>
        worker is not { Proven: true } || Forgotten.Contains(worker) ? this : this with { Forgotten = [.. Forgotten, worker] };

    public bool Fits(SlotSize size) => size <= Largest;
}

/// <summary>A node of which nothing is heard.</summary>
/// <param name="Grace">How long after its deadline a lease is still left to the node's report.</param>
/// <param name="HubDownSince">Set where the hub itself was away meanwhile: that time is charged to nobody.</param>
/// <param name="HubBackAt">When it was there again; set together with <paramref name="HubDownSince"/>.</param>
public sealed record Loss(Instant At, TimeSpan Grace, Instant? HubDownSince = null, Instant? HubBackAt = null)
{
    /// <summary>What has to pass after a lease's end before it is ended without the node's report.</summary>
    [JsonIgnore]
    public TimeSpan Patience => Grace + HubAwayBetween(new(0), Instant.Never);

    /// <summary>No end of a lease that nobody reported lies before this.</summary>
    [JsonIgnore]
    public Instant Since => HubBackAt ?? At;

    /// <summary>How much of a span the hub was away.</summary>
    public TimeSpan HubAwayBetween(Instant from, Instant to)
    {
        if (HubDownSince is not { } down || HubBackAt is not { } back) return TimeSpan.Zero;
        var (start, end) = (Instant.Max(from, down), Instant.Min(to, back));
        return end > start ? end - start : TimeSpan.Zero;
    }

    /// <summary>Lost once more, because the hub was away while it was lost.</summary>
    public static Loss After(Loss? before, NodeLost entry) => new(
        before?.At ?? entry.At, entry.Grace, before?.HubDownSince ?? entry.HubDownSince, entry.HubDownSince is null ? before?.HubBackAt : entry.At);
}

/// <summary>A process that was named by <c>/allow</c>.</summary>
/// <param name="Pid">As its node counts it, outside of any container.</param>
/// <param name="StartTicks">Start time since boot as the kernel reports it: with the pid it names one process for ever. 0 where it could not be read.</param>
/// <param name="Proven">True where the process was shown to belong to the Space's own tree; only such a one is ever stopped.</param>
public sealed record WorkerProcess(int Pid, long StartTicks, bool Proven);

/// <summary>A worker that ended its task well and waits for the next one of the same Space and task.</summary>
public sealed record WarmWorker(SpaceId Space, long TaskId, WorkerProcess Process);
