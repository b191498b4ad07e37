using Stint.Core.Identities;
using Stint.Core.Plans;
using Stint.Core.Quota;
using Stint.Core.Spaces;

using Stint.Core.Leasing.Decisions;

namespace Stint.Core.Leasing;

/// <summary>Something the world asks of the ledger and the pool. Decided by <see cref="Decide"/>, answered with a <see cref="Reply"/>.</summary>
public abstract record Command;

/// <summary>What a command came to.</summary>
public abstract record Reply;

/// <summary>Reserve GPU time and queue for a slot.</summary>
/// <param name="Id">Chosen by the caller; the same id with the same content is answered with what it came to.</param>
/// <param name="RefusalId">The id a refusal is kept under, should it come to one.</param>
/// <param name="Weight">GPU time a second costs at this size, on this pool.</param>
/// <param name="Event">The Gradio event the identity token was issued for.</param>
public sealed record RequestLease(
    ReservationId Id, RefusalId RefusalId, IdentityId Identity, Plan Plan, FunctionKey Function, long TaskId, Weight Weight, string Event, TimeSpan WaitLimit)
    : Command
{
    public int? SpaceConcurrency { get; init; }

    /// <summary>The node whose machine the Space's process asks from: its workers can use no other. Null where any will do.</summary>
    public string? Node { get; init; }

    /// <summary>How the identity was recognised, as its token says; kept with what this comes to.</summary>
    public Recognition? Recognition { get; init; }

    /// <summary>Ask for the declared duration and nothing less, as ZeroGPU does: the Space's own rule, beside the plan's.</summary>
    public bool Strict { get; init; }

    /// <summary>What tells one device from another behind a network whose visitors nobody knows; null where nothing does.</summary>
    public string? Device { get; init; }

    /// <summary>Others who pay where the identity's own purses end, in this order.</summary>
    public IReadOnlyList<IdentityId> Sponsors { get; init; } = [];

    /// <summary>Past this it makes no difference how long: no plan grants a hundredth of it.</summary>
    private const long LongestDeclared = 400L * 86_400_000;

    /// <summary>The declared duration: never negative, and not so long that reckoning with it could overflow.</summary>
    public TimeSpan Declared => TimeSpan.FromMilliseconds(Math.Clamp(Function.DeclaredMilliseconds, 0, LongestDeclared));
}

/// <summary>Keep a refusal that was decided before a ledger was asked: no visitor, a token that does not hold.</summary>
public sealed record RecordRefusal(RefusalId Id, IdentityId? Identity, FunctionKey Function, Weight Weight, RefusalCause Cause) : Command
{
    public Recognition? Recognition { get; init; }

    /// <summary>The Gradio event the call was part of; null where no token said so.</summary>
    public string? Event { get; init; }
}

/// <summary>Name the process that uses a granted slot.</summary>
public sealed record AllowWorker(ReservationId Id, SpaceId Space, WorkerProcess Worker) : Command
{
    /// <summary>The machine that counts this worker: a lease on another is unknown there. Null where any will do.</summary>
    public string? Node { get; init; }
}

/// <summary>End a lease: the Space says so.</summary>
public sealed record ReleaseLease(ReservationId Id, SpaceId Space, bool Failed) : Command
{
    /// <summary>A stable word for why it failed, where the hub saw it; kept only with a failure.</summary>
    public string? Cause { get; init; }
}

/// <summary>End a lease or leave the queue: the visitor left, pressed stop, or the answer could not be delivered.</summary>
/// <param name="Undelivered">True where the answer that granted the lease was lost, so that nobody can use it. A worker that was named shows otherwise.</param>
/// <param name="TicketOnly">True where a run that has begun goes on: the Space drains.</param>
public sealed record Cancel(ReservationId Id, bool Undelivered, bool TicketOnly = false) : Command
{
    /// <summary>The node that says so: what came through another is unknown to it. Null where the hub itself says it.</summary>
    public string? Node { get; init; }
}

/// <summary>The node saw a worker end: of a lease, of a draining slot, or a warm one.</summary>
public sealed record ReportWorkerGone(SlotId Slot, WorkerProcess Worker) : Command
{
    /// <summary>A stable word for why, where the node saw it.</summary>
    public string? Cause { get; init; }
}

/// <summary>The node cannot stop the worker of a draining slot with proof.</summary>
public sealed record ReportUnstoppable(SlotId Slot, string Cause) : Command;

/// <summary>What a node offers at its start. Slots of that node that are not named leave as soon as nothing holds them.</summary>
/// <param name="Slots">The state they carry is taken for those that are new; the rest keep theirs.</param>
public sealed record JoinSlots(string Node, IReadOnlyList<Slot> Slots) : Command
{
    public long Epoch { get; init; }
}

/// <summary>Nothing was heard of a node for too long.</summary>
/// <param name="Grace">How long after its deadline a lease is left to the node's report.</param>
public sealed record LoseNode(string Node, long Epoch, TimeSpan Grace) : Command;

/// <summary>A node is back, or there for the first time: what became of its leases, and what it offers.</summary>
/// <param name="Epoch">Greater than at any time before.</param>
/// <param name="Leases">Every lease the node knows of; one that it leaves out, it never heard of.</param>
/// <param name="Gone">Workers the hub counted on that are not there any more.</param>
public sealed record ReturnNode(
    string Node, long Epoch, IReadOnlyList<Slot> Slots, IReadOnlyList<LeaseReport> Leases, IReadOnlyList<ReportWorkerGone> Gone) : Command;

/// <summary>What a node saw of one lease while the hub was out of its reach, measured by the node's own clock.</summary>
/// <param name="Worker">The process that used the slot; null where none was ever named.</param>
/// <param name="AllowedAgo">Since when it was named, where it was named at the node alone.</param>
/// <param name="Exit">How it ended; null where it goes on.</param>
public sealed record LeaseReport(ReservationId Id, WorkerProcess? Worker, TimeSpan? AllowedAgo, ExitClass? Exit, TimeSpan EndedAgo);

/// <summary>Have a node emptied, or let it serve again.</summary>
public sealed record DrainNode(string Node, bool IsDrained) : Command;

/// <summary>The hub is back: settle what ended while it was down, go on with the rest.</summary>
/// <param name="LastEvidence">The last moment at which the hub is known to have been up.</param>
/// <param name="Alive">Processes that are there with the start time that was kept.</param>
public sealed record ResumeLeases(Instant LastEvidence, IReadOnlySet<WorkerProcess> Alive) : Command
{
    /// <summary>The only node whose processes were looked at: every other one is lost until it reports. Null where all were.</summary>
    public string? Here { get; init; }

    /// <summary>How long after its deadline a lease of another node is left to that node's report.</summary>
    public TimeSpan Grace { get; init; }
}

/// <summary>A plan was changed: let the open window know.</summary>
public sealed record ObservePlan(IdentityId Identity, Plan Plan) : Command;

public enum RequestLeaseOutcome { Queued, AlreadyRequested, AlreadyRequestedWithOtherContent, Refused }

/// <param name="Refusal">Set exactly when refused.</param>
/// <param name="WaitsForItsSpace">True where the Space's own limit is what it waits for.</param>
public sealed record RequestLeaseReply(RequestLeaseOutcome Outcome, Refusal? Refusal, bool WaitsForItsSpace) : Reply
{
    /// <summary>What the id was used for before, as it stands now, open or ended; set exactly when it was already requested.</summary>
    public Reservation? Before { get; init; }
}

public enum AllowWorkerOutcome { Allowed, AlreadyAllowed, AlreadyAllowedForAnotherWorker, LeaseUnknown }

public sealed record AllowWorkerReply(AllowWorkerOutcome Outcome) : Reply;

public enum ReleaseLeaseOutcome { Released, DeviceNotUsed, LeaseUnknown }

/// <param name="Ended">The reservation as it ended; null where the lease was unknown.</param>
public sealed record ReleaseLeaseReply(ReleaseLeaseOutcome Outcome, Reservation? Ended) : Reply;

public enum CancelOutcome { TicketLeft, LeaseEnded, Unknown }

public sealed record CancelReply(CancelOutcome Outcome) : Reply;

public enum NodeOutcome
{
    Taken,
    /// <summary>The node has reached the hub again since: whoever still speaks for the time before is not heard.</summary>
    EpochIsOver,
}

public sealed record NodeReply(NodeOutcome Outcome) : Reply
{
    public static readonly NodeReply Taken = new(NodeOutcome.Taken);
    public static readonly NodeReply EpochIsOver = new(NodeOutcome.EpochIsOver);
}

/// <summary>For commands whose sender has nothing to learn from the answer.</summary>
public sealed record Done : Reply
{
    public static readonly Done Reply = new();
}
