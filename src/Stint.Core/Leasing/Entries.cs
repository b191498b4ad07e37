using System.Text.Json.Serialization;
using Stint.Core.Identities;
using Stint.Core.Plans;
using Stint.Core.Quota;
using Stint.Core.Quota.Purses;
using Stint.Core.Spaces;

namespace Stint.Core.Leasing;

/// <summary>One line of the append-only ledger: what was decided, in the past tense. State is the fold of entries.</summary>
/// <remarks>The kind names below are written to disk and never change.</remarks>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(PlanObserved), "plan-observed")]
[JsonDerivedType(typeof(GpuTimeReserved), "reserved")]
[JsonDerivedType(typeof(LeaseGranted), "granted")]
[JsonDerivedType(typeof(WorkerAllowed), "allowed")]
[JsonDerivedType(typeof(DowntimeForgiven), "downtime-forgiven")]
[JsonDerivedType(typeof(MoreHeld), "more-held")]
[JsonDerivedType(typeof(CourtesyGiven), "courtesy-given")]
[JsonDerivedType(typeof(ReservationEnded), "ended")]
[JsonDerivedType(typeof(ChargeRefunded), "refunded")]
[JsonDerivedType(typeof(CreditGranted), "credit-granted")]
[JsonDerivedType(typeof(CreditWithdrawn), "credit-withdrawn")]
[JsonDerivedType(typeof(CeilingSet), "ceiling-set")]
[JsonDerivedType(typeof(RequestRefused), "refused")]
[JsonDerivedType(typeof(RefusalsCounted), "refusals-counted")]
[JsonDerivedType(typeof(SlotJoined), "slot-joined")]
[JsonDerivedType(typeof(SlotLeft), "slot-left")]
[JsonDerivedType(typeof(SlotFreed), "slot-freed")]
[JsonDerivedType(typeof(SlotQuarantined), "slot-quarantined")]
[JsonDerivedType(typeof(WarmWorkerGone), "warm-worker-gone")]
[JsonDerivedType(typeof(ForgottenWorkerGone), "forgotten-worker-gone")]
[JsonDerivedType(typeof(SlotWithdrawn), "slot-withdrawn")]
[JsonDerivedType(typeof(NodeLost), "node-lost")]
[JsonDerivedType(typeof(NodeReturned), "node-returned")]
[JsonDerivedType(typeof(NodeDrained), "node-drained")]
public abstract record Entry(Instant At)
{
    /// <summary>Whose ledger this is a line of; null for lines about slots.</summary>
    [JsonIgnore]
    public virtual IdentityId? OfIdentity => null;

    [JsonIgnore]
    public virtual ReservationId? OfReservation => null;
}

/// <summary>A line about one reservation.</summary>
public abstract record ReservationEntry(Instant At, IdentityId Identity, ReservationId Reservation) : Entry(At)
{
    public override IdentityId? OfIdentity => Identity;
    public override ReservationId? OfReservation => Reservation;
}

/// <summary>An identity's plan was seen to be other than before.</summary>
/// <param name="RaisedTo">The open window's new allowance, where the plan raised it.</param>
public sealed record PlanObserved(Instant At, IdentityId Identity, Plan Plan, GpuTime? RaisedTo) : Entry(At)
{
    public override IdentityId? OfIdentity => Identity;
}

/// <summary>GPU time is held and a ticket is in the queue.</summary>
public sealed record GpuTimeReserved(Instant At, Reservation Reservation) : Entry(At)
{
    public override IdentityId? OfIdentity => Reservation.Identity;
    public override ReservationId? OfReservation => Reservation.Id;
}

/// <summary>A slot was given to a waiting reservation; the meter starts.</summary>
/// <param name="Allowance">What the window opens with, where this grant opens one.</param>
/// <param name="Forgotten">Another task's warm worker that has to leave this slot.</param>
public sealed record LeaseGranted(
    Instant At, IdentityId Identity, ReservationId Reservation, Lease Lease, GpuTime Allowance, WorkerProcess? Forgotten)
    : ReservationEntry(At, Identity, Reservation);

public sealed record WorkerAllowed(Instant At, IdentityId Identity, ReservationId Reservation, WorkerProcess Worker)
    : ReservationEntry(At, Identity, Reservation);

/// <summary>The hub was down for this long while the lease ran; the time is not charged.</summary>
public sealed record DowntimeForgiven(Instant At, IdentityId Identity, ReservationId Reservation, TimeSpan Downtime)
    : ReservationEntry(At, Identity, Reservation);

/// <summary>A run that had used up what it held goes on: it holds more of purses beyond the allowance, or under its caps.</summary>
public sealed record MoreHeld(Instant At, IdentityId Identity, ReservationId Reservation, IReadOnlyList<Share> Shares, IReadOnlyList<CapHold> Caps)
    : ReservationEntry(At, Identity, Reservation);

/// <summary>A run's purses ended and it may go on for a moment, at the house's cost.</summary>
public sealed record CourtesyGiven(Instant At, IdentityId Identity, ReservationId Reservation, TimeSpan Lasts) : ReservationEntry(At, Identity, Reservation);

/// <summary>A reservation ended: settled, voided or expired. From here on its GPU time is charged or back.</summary>
/// <param name="Slot">What becomes of the slot; null where none was held.</param>
public sealed record ReservationEnded(
    Instant At, IdentityId Identity, ReservationId Reservation, ReservationPhase Phase, Ending Ending, SlotAfter? Slot)
    : ReservationEntry(At, Identity, Reservation);

/// <summary>What a run was charged came back: a fault was attested after its settlement.</summary>
/// <param name="Ended">The reservation with its refund.</param>
public sealed record ChargeRefunded(Instant At, Reservation Ended) : Entry(At)
{
    public override IdentityId? OfIdentity => Ended.Identity;
    public override ReservationId? OfReservation => Ended.Id;
}

/// <summary>An administrator granted GPU time beyond the allowance.</summary>
public sealed record CreditGranted(Instant At, IdentityId Identity, Credit Credit) : Entry(At)
{
    public override IdentityId? OfIdentity => Identity;
}

/// <summary>An administrator took back what is not spent or held of a credit.</summary>
/// <param name="Unspent">How much that was.</param>
public sealed record CreditWithdrawn(Instant At, IdentityId Identity, CreditId Credit, GpuTime Unspent, string Reason, string Approver) : Entry(At)
{
    public override IdentityId? OfIdentity => Identity;
}

/// <summary>Someone set a bound for oneself.</summary>
/// <param name="Space">Null where it is for all that is used beyond the allowance.</param>
/// <param name="Limit">Null where it was taken away.</param>
public sealed record CeilingSet(Instant At, IdentityId Identity, SpaceId? Space, GpuTime? Limit) : Entry(At)
{
    public override IdentityId? OfIdentity => Identity;
}

/// <summary>A reservation was not made.</summary>
public sealed record RequestRefused(Instant At, Refusal Refusal) : Entry(At)
{
    public override IdentityId? OfIdentity => Refusal.Identity;
}

/// <summary>What is left of refusals whose time of being kept is over: how many of them one window counts.</summary>
public sealed record RefusalsCounted(Instant At, IdentityId Identity, int Count) : Entry(At)
{
    public override IdentityId? OfIdentity => Identity;
}

public sealed record SlotJoined(Instant At, Slot Slot) : Entry(At);

public sealed record SlotLeft(Instant At, SlotId Slot) : Entry(At);

/// <summary>The worker that had to leave is gone.</summary>
public sealed record SlotFreed(Instant At, SlotId Slot) : Entry(At);

/// <summary>A worker may still use the device and cannot be stopped with proof.</summary>
public sealed record SlotQuarantined(Instant At, SlotId Slot, string Cause) : Entry(At);

public sealed record WarmWorkerGone(Instant At, SlotId Slot) : Entry(At);

public sealed record ForgottenWorkerGone(Instant At, SlotId Slot, WorkerProcess Worker) : Entry(At);

/// <summary>Its node offers a slot no more, or offers it again before it has left.</summary>
public sealed record SlotWithdrawn(Instant At, SlotId Slot, bool IsWithdrawn) : Entry(At);

/// <summary>Nothing is heard of a node: its slots are blocked, its leases wait for its report, at most until their deadlines and the grace.</summary>
/// <param name="HubDownSince">Set where it was the hub that was away.</param>
public sealed record NodeLost(Instant At, string Node, TimeSpan Grace, Instant? HubDownSince) : Entry(At);

/// <summary>A node has reported what became of its leases; its slots serve again.</summary>
public sealed record NodeReturned(Instant At, string Node, long Epoch) : Entry(At);

/// <summary>An operator wants a node empty, or serving again.</summary>
public sealed record NodeDrained(Instant At, string Node, bool IsDrained) : Entry(At);
