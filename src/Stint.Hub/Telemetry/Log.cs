using Stint.Core.Leasing;

namespace Stint.Hub.Telemetry;

/// <summary>Every message the hub logs, in one place: no secret may be a parameter here.</summary>
internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Critical, "The ledger engine stopped; the hub must stop too")]
    public static partial void EngineStopped(this ILogger log, Exception e);

    [LoggerMessage(2, LogLevel.Error, "A commit failed; nothing of it was kept or told to anyone")]
    public static partial void CommitFailed(this ILogger log, Exception e);

    [LoggerMessage(3, LogLevel.Information, "Rolled up: {Entries} entries, {Refusals} refusals and {Instructions} instructions that are older than they are kept")]
    public static partial void RolledUp(this ILogger log, long entries, long refusals, long instructions);

    [LoggerMessage(4, LogLevel.Error, "What is older than it is kept could not be rolled up; it stays, and the next look tries again")]
    public static partial void RollUpFailed(this ILogger log, Exception e);

    [LoggerMessage(10, LogLevel.Error, "The queue's tickets could not be reckoned; they are shown as they were")]
    public static partial void TicketsUnread(this ILogger log, Exception e);

    [LoggerMessage(50, LogLevel.Error, "Alerts could not be looked for or sent; the next look tries again")]
    public static partial void AlertsUnread(this ILogger log, Exception e);

    [LoggerMessage(51, LogLevel.Error, "An audit that was started from a page could not go to its end")]
    public static partial void AuditFailed(this ILogger log, Exception e);

    [LoggerMessage(20, LogLevel.Warning, "Slot {Slot}: the worker {Pid} may still use it and is not stopped: {Because}")]
    public static partial void WorkerStays(this ILogger log, SlotId slot, int pid, string because);

    [LoggerMessage(21, LogLevel.Warning, "GPUs: {Problem}")]
    public static partial void GpuProblem(this ILogger log, string problem);

    [LoggerMessage(22, LogLevel.Error, "A call of a node failed")]
    public static partial void NodeCallFailed(this ILogger log, Exception e);

    [LoggerMessage(23, LogLevel.Information, "Node {Node} has joined")]
    public static partial void NodeJoined(this ILogger log, string node);

    [LoggerMessage(24, LogLevel.Information, "Node {Node} is there (epoch {Epoch}) with {Slots} slots")]
    public static partial void NodeReturned(this ILogger log, string node, long epoch, int slots);

    [LoggerMessage(25, LogLevel.Warning, "Node {Node} is lost: nothing was heard of it for {After}. Its slots serve nobody until it has reported")]
    public static partial void NodeLost(this ILogger log, string node, TimeSpan after);

    [LoggerMessage(26, LogLevel.Information, "Node {Node} was removed; its slots leave")]
    public static partial void NodeRemoved(this ILogger log, string node);

    [LoggerMessage(27, LogLevel.Error, "Nodes could not be looked after; it is tried again")]
    public static partial void NodesUnread(this ILogger log, Exception e);

    [LoggerMessage(28, LogLevel.Warning, "Node {Node}: processes use its GPUs without a lease: {What}")]
    public static partial void UnleasedElsewhere(this ILogger log, string node, string what);

    [LoggerMessage(53, LogLevel.Warning, "A process uses a GPU without a lease: {What}")]
    public static partial void Unleased(this ILogger log, string what);

    [LoggerMessage(54, LogLevel.Warning, "NVIDIA's driver does not say which processes use a GPU: those without a lease go unseen")]
    public static partial void UsesUnseen(this ILogger log);

    [LoggerMessage(50, LogLevel.Information, "The hub is there (epoch {Epoch})")]
    public static partial void HubReached(this ILogger log, long epoch);

    [LoggerMessage(51, LogLevel.Warning, "The hub is out of reach: {Because}. What runs is finished, nothing new is granted")]
    public static partial void HubOutOfReach(this ILogger log, string because);

    [LoggerMessage(52, LogLevel.Warning, "Lease {Lease} has reached its end while the hub is out of reach; it is ended here")]
    public static partial void EndedWithoutHub(this ILogger log, Stint.Core.Quota.ReservationId lease);

    [LoggerMessage(31, LogLevel.Error, "A page failed; it was answered with 500")]
    public static partial void PageFailed(this ILogger log, Exception e);

    [LoggerMessage(30, LogLevel.Error, "A call of the device API failed; it was answered with 503")]
    public static partial void DeviceCallFailed(this ILogger log, Exception e);

    [LoggerMessage(401, LogLevel.Warning, "SPACES RUN AS THE HUB'S OWN USER, {Space} first: {Reason}. Host only Spaces you trust with the hub's files")]
    public static partial void SpaceRunsAsHub(this ILogger log, string space, string reason);

    [LoggerMessage(407, LogLevel.Warning, "SPACES RUN WITHOUT THEIR LIMITS, {Space} first: this machine lets the hub hold nothing to limits of memory and processes: {Reason}. Run the hub as root, or under systemd with Delegate=yes")]
    public static partial void SpaceUnlimited(this ILogger log, string space, string reason);

    [LoggerMessage(402, LogLevel.Warning, "Space {Space}: {Problem}; it is started again in {Wait}")]
    public static partial void SpaceCrashed(this ILogger log, string space, string problem, TimeSpan wait);

    [LoggerMessage(403, LogLevel.Warning, "Space {Space}: {Found} processes that a former hub left were stopped, {Left} could not be")]
    public static partial void LeftoverStopped(this ILogger log, string space, int found, int left);

    [LoggerMessage(404, LogLevel.Error, "Space {Space} is no longer watched")]
    public static partial void SpaceWatchFailed(this ILogger log, string space, Exception e);

    [LoggerMessage(405, LogLevel.Error, "The Spaces that should run could not be read; those that run go on")]
    public static partial void SpacesUnread(this ILogger log, Exception e);

    [LoggerMessage(406, LogLevel.Error, "Some Spaces were still stopping when the hub's time to stop was over; the next start of the hub ends them")]
    public static partial void SpacesLeft(this ILogger log);

    [LoggerMessage(40, LogLevel.Error, "The addresses of Spaces could not be read from the catalogue; they stay as they were")]
    public static partial void HostsUnread(this ILogger log, Exception e);

    [LoggerMessage(41, LogLevel.Warning, "Leaving an event could not be told to the engine; its run ends at its deadline")]
    public static partial void LeaveFailed(this ILogger log, Exception e);
}
