using System.Text.Json.Serialization;
using Stint.Core.Identities;
using Stint.Core.Leasing;
using Stint.Core.Quota.Purses;
using Stint.Core.Spaces;

namespace Stint.Core.Quota;

/// <summary>Names one reservation, and with it the ticket, the lease and the receipt that grow out of it. Handed in, never made in Core.</summary>
public readonly record struct ReservationId(string Value) : IComparable<ReservationId>
{
    public int CompareTo(ReservationId other) => string.CompareOrdinal(Value, other.Value);
    public override string ToString() => Value;
    public static bool operator <(ReservationId a, ReservationId b) => a.CompareTo(b) < 0;
    public static bool operator >(ReservationId a, ReservationId b) => a.CompareTo(b) > 0;
    public static bool operator <=(ReservationId a, ReservationId b) => a.CompareTo(b) <= 0;
    public static bool operator >=(ReservationId a, ReservationId b) => a.CompareTo(b) >= 0;
}

/// <summary>Queued → Leased → Settled; or Queued → Voided | Expired; or Leased → Voided. The last three are ends.</summary>
public enum ReservationPhase { Queued, Leased, Settled, Voided, Expired }

/// <summary>
/// GPU time held before the work. Ends exactly once: settled, voided or expired. Until it ends,
/// <see cref="Floor"/> is held at least and <see cref="Ceiling"/> is never passed.
/// </summary>
public sealed record Reservation
{
    public required ReservationId Id { get; init; }
    public required IdentityId Identity { get; init; }
    public required FunctionKey Function { get; init; }
    public required long TaskId { get; init; }
    public required Weight Weight { get; init; }

    /// <summary>What it is sure of, whatever else happens: what admission needed, or more where more was there and likely to be used.</summary>
    public required GpuTime Floor { get; init; }

    /// <summary>What stands behind it beside its identity's allowance; null for nearly all.</summary>
    public Backing? Backing { get; init; }

    /// <summary>The declared duration, weighed: the most this run can be charged.</summary>
    public required GpuTime Ceiling { get; init; }

    /// <summary>What the run is thought to take: the queue orders by it, nothing is charged by it.</summary>
    public required GpuTime Expected { get; init; }

    /// <summary>The Gradio event the identity token was issued for; bounds what one token may lease.</summary>
    public required string Event { get; init; }

    /// <summary>How the identity was recognised; null where the request did not say.</summary>
    public Recognition? Recognition { get; init; }

    public required int Priority { get; init; }

    /// <summary>Should it come to nothing after all, the refusal is kept under this id.</summary>
    public required RefusalId RefusalId { get; init; }

    /// <summary>How many leases the Space may hold at once; null where it has no limit of its own.</summary>
    public int? SpaceConcurrency { get; init; }

    /// <summary>The node it has to run on; null where any will do.</summary>
    public string? Node { get; init; }

    public required Instant ReservedAt { get; init; }

    /// <summary>Its place in the queue counts from here: <see cref="ReservedAt"/>, or earlier where a broken wait reclaimed its place.</summary>
    public required Instant ArrivedAt { get; init; }

    public required Instant WaitUntil { get; init; }
    public ReservationPhase Phase { get; init; } = ReservationPhase.Queued;
    public Lease? Lease { get; init; }
    public Ending? Ending { get; init; }

    /// <summary>How long it may go on when its purses have ended, at the house's cost; nothing for nearly all.</summary>
    public TimeSpan Courtesy { get; init; }

    /// <summary>What came back after it was settled; null for nearly all.</summary>
    public Refund? Refund { get; init; }

    public SlotSize Size => Function.Size;
    public bool IsOpen => Phase is ReservationPhase.Queued or ReservationPhase.Leased;

    /// <summary>The part of the floor that it holds of purses beyond its identity's allowance, in the order in which they pay.</summary>
    [JsonIgnore]
    public IReadOnlyList<Share> Shares => Backing?.Shares ?? [];

    /// <summary>What it holds under limits that pay nothing: it is stopped where one of them ends.</summary>
    [JsonIgnore]
    public IReadOnlyList<CapHold> Caps => Backing?.Caps ?? [];

    /// <summary>GPU time used so far by a leased run; nothing before the grant. Never past the ceiling.</summary>
    public GpuTime UsedAt(Instant now) =>
        Lease is null ? GpuTime.Zero : GpuTime.Min(Ceiling, Weight.Charge(now - Lease.MeterStartsAt));

    /// <summary>What is held at this moment: the floor, or what was used where that is more.</summary>
    public GpuTime HeldAt(Instant now) => GpuTime.Max(Floor, UsedAt(now));

    /// <summary>The part of the floor that its identity's allowance holds for it.</summary>
    [JsonIgnore]
    public GpuTime Own => Shares.Count == 0 ? Floor : Floor - Shares.Sum();

    /// <summary>What its identity's allowance has to hold for it at this moment, as long as there is some.</summary>
    public GpuTime OwnHeldAt(Instant now) => GpuTime.Max(Own, UsedAt(now));
}

/// <summary>Exclusive use of a slot by one task until a deadline.</summary>
/// <param name="WindowOpenedAt">The window this run is charged to: the one in which its lease began.</param>
/// <param name="Idle">True where the slot still holds this task's own warm worker.</param>
/// <param name="Worker">The process that uses the GPU, as far as it was named and proven.</param>
/// <param name="Forgiven">Time that is not charged: the hub was down.</param>
public sealed record Lease(
    SlotId Slot, int DeviceIndex, string DeviceUuid, Instant GrantedAt, Instant WindowOpenedAt, bool Idle, WorkerProcess? Worker = null, Instant? AllowedAt = null, TimeSpan Forgiven = default)
{
    /// <summary>A worker must be named this soon after a grant that found none.</summary>
    public static readonly TimeSpan AllowWithin = TimeSpan.FromSeconds(10);

    /// <summary>A lease given back unused within this span costs nothing; one held longer is charged as held.</summary>
    public static readonly TimeSpan UnusedIsFreeFor = TimeSpan.FromSeconds(2);

    public Instant MeterStartsAt => GrantedAt + Forgiven;

    /// <summary>An idle grant reuses a worker that was allowed before, so it never waits for <c>/allow</c>.</summary>
    public bool IsAllowed => Idle || AllowedAt is not null;
}

/// <summary>How a reservation ended.</summary>
/// <param name="Exit">Null where no lease was ever granted.</param>
/// <param name="Cause">A stable word for voided and expired reservations (<c>visitor-left</c>, <c>no-gpu-in-time</c> …), and for the cap that stopped a run.</param>
public sealed record Ending(Instant At, ExitClass? Exit, TimeSpan Measured, GpuTime Charged, string? Cause = null)
{
    /// <summary>What of the charge other purses than the identity's allowance paid, in order; the allowance paid the rest. Null where it paid all.</summary>
    public IReadOnlyList<Share>? Further { get; init; }

    /// <summary>What the identity's allowance paid.</summary>
    [JsonIgnore]
    public GpuTime FromAllowance => Further is null ? Charged : Charged - Further.Sum();
}

/// <summary>A charge that came back, for a fault that was attested after the settlement. Always all of it, to the purses that paid.</summary>
/// <param name="Reason">What was at fault, as one who attests it says.</param>
/// <param name="By">Who attests it: <c>hub</c>, <c>node:NAME</c>, or an administrator.</param>
/// <param name="Boost">What comes back as a boost, because the purse that paid it is over; null where nothing does.</param>
public sealed record Refund(Instant At, GpuTime Amount, string Reason, string By, Credit? Boost)
{
    /// <summary>The reason where a machine itself attests it.</summary>
    public const string MachineFault = "the machine reported a fault of its own";
}
