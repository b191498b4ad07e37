using Stint.Core.Leasing;

namespace Stint.Hub.Telemetry;

/// <summary>Every message the hub logs, in one place: no secret may be a parameter here.</summary>
internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Critical, "The ledger engine stopped; the hub must stop too")]
    public static partial void EngineStopped(this ILogger log, Exception e);

    [LoggerMessage(2, LogLevel.Error, "A commit failed; nothing of it was kept or told to anyone")]
    public static partial void CommitFailed(this ILogger log, Exception e);

    [LoggerMessage(20, LogLevel.Warning, "Slot {Slot}: the worker {Pid} may still use it and is not stopped: {Because}")]
    public static partial void WorkerStays(this ILogger log, SlotId slot, int pid, string because);

    [LoggerMessage(21, LogLevel.Warning, "Device {Index} ({Name}) is divided into MIG instances; it is left out until Stint can lease those")]
    public static partial void DeviceDivided(this ILogger log, int index, string name);

    [LoggerMessage(30, LogLevel.Error, "A call of the device API failed; it was answered with 503")]
    public static partial void DeviceCallFailed(this ILogger log, Exception e);
}
