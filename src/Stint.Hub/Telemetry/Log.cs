namespace Stint.Hub.Telemetry;

/// <summary>Every message the hub logs, in one place: no secret may be a parameter here.</summary>
internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Critical, "The ledger engine stopped; the hub must stop too")]
    public static partial void EngineStopped(this ILogger log, Exception e);

    [LoggerMessage(2, LogLevel.Error, "A commit failed; nothing of it was kept or told to anyone")]
    public static partial void CommitFailed(this ILogger log, Exception e);
}
