namespace Stint.Core.Spaces;

/// <summary>
/// Where a Space stands, as it is and not as it was told to be.
/// <c>AppStarting → Running ⇄ RuntimeError</c>; a crash leads back to <c>AppStarting</c>, idleness to <c>Sleeping</c> and a visit from there, removal to <c>Stopped</c> from anywhere.
/// </summary>
public enum SpaceStage
{
    /// <summary>It was started, or will be in a moment, and does not answer yet.</summary>
    AppStarting,
    /// <summary>It answers requests.</summary>
    Running,
    /// <summary>It crashes again and again, or does not answer.</summary>
    RuntimeError,
    /// <summary>Nobody used it for so long that it was stopped; a visit starts it again.</summary>
    Sleeping,
    /// <summary>Nothing of it runs and nothing will.</summary>
    Stopped,
}

/// <summary>The names that clients of the Hub API know the stages by.</summary>
public static class SpaceStageNames
{
    public static string Name(this SpaceStage stage) => stage switch
    {
        SpaceStage.AppStarting => "APP_STARTING",
        SpaceStage.Running => "RUNNING",
        SpaceStage.RuntimeError => "RUNTIME_ERROR",
        SpaceStage.Sleeping => "SLEEPING",
        SpaceStage.Stopped => "STOPPED",
    };
}
