using Stint.Core.Leasing;
using Stint.Core.Quota;
using Stint.Core.Spaces;

namespace Stint.Hub.Nodes;

/// <summary>
/// How one slot of a node has to stand, as last committed. It replaces whatever was said of that slot before, so it may be
/// said twice, late, or after a crash.
/// </summary>
/// <param name="Lease">Who uses it; null for nobody.</param>
/// <param name="Warm">The worker to be left alone although nobody uses the slot.</param>
/// <param name="Leaving">The worker to be asked to leave, and killed after the grace.</param>
/// <param name="Forgotten">Workers to be killed at once.</param>
public sealed record SlotOrder(SlotId Slot, LeaseOrder? Lease, WorkerProcess? Warm, WorkerProcess? Leaving, IReadOnlyList<WorkerProcess> Forgotten)
{
    /// <summary>Workers that may be there and are not to be touched.</summary>
    public IEnumerable<WorkerProcess> Kept => new[] { Lease?.Worker, Warm }.OfType<WorkerProcess>();

    /// <summary>Every worker the hub knows of on this slot.</summary>
    public IEnumerable<WorkerProcess> Known => Kept.Concat(Forgotten).Concat(new[] { Leaving }.OfType<WorkerProcess>());

    /// <param name="slot">Null where it has left the pool.</param>
    public static SlotOrder Of(SlotId id, Slot? slot, Books books) =>
        Of(id, slot, slot?.Lease is { } lease && books.Find(lease) is { } run ? run : null, run => books.LedgerOf(run.Identity).EndOf(run).Deadline);

    /// <param name="run">The reservation that has its lease; null for none.</param>
    public static SlotOrder Of(SlotId id, Slot? slot, Reservation? run, Func<Reservation, Instant> endOf) => new(
        id,
        run?.Lease is { } lease ? new LeaseOrder(run.Id, lease.Worker, lease.IsAllowed, endOf(run)) { Space = run.Function.Space } : null,
        slot?.Warm?.Process,
        slot?.Leaving,
        slot?.Forgotten ?? []);

    /// <summary>Without the workers that are not there.</summary>
    public SlotOrder Only(IReadOnlySet<WorkerProcess> alive) => this with
    {
        Lease = Lease is { Worker: { } worker } lease && !alive.Contains(worker) ? lease with { Worker = null } : Lease,
        Warm = Warm is { } warm && alive.Contains(warm) ? warm : null,
        Leaving = Leaving is { } leaving && alive.Contains(leaving) ? leaving : null,
        Forgotten = [.. Forgotten.Where(alive.Contains)],
    };
}

/// <param name="EndsAt">
/// The deadline of the run in ledger time, as things stand; it may move as long as the hub is there. One whose worker is not
/// named ends sooner.
/// </param>
public sealed record LeaseOrder(ReservationId Id, WorkerProcess? Worker, bool IsAllowed, Instant EndsAt)
{
    /// <summary>Whose task it is; null where the order came over the network.</summary>
    public SpaceId? Space { get; init; }
}

/// <summary>A machine that does what the hub's commits ask of its slots: this one, or one that has joined.</summary>
public interface INode
{
    string Name { get; }

    /// <summary>Called on the engine's own thread: hand over and return.</summary>
    void Take(IReadOnlyList<SlotOrder> orders);
}

/// <summary>How a machine tells the hub what it saw of its workers: in the same process, or over the network.</summary>
public interface IHubLink
{
    /// <summary>Returns at once; what is told arrives, or is part of the next report.</summary>
    void Tell(Command seen);
}
