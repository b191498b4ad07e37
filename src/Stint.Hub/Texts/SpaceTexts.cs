using Stint.Core.Spaces;

namespace Stint.Hub.Texts;

/// <summary>What pages say about how a Space is.</summary>
public static class SpaceTexts
{
    public static string Stage(SpaceStage stage) => stage switch
    {
        SpaceStage.AppStarting => "starting",
        SpaceStage.Running => "running",
        SpaceStage.RuntimeError => "does not answer",
        SpaceStage.Stopped => "stopped",
    };

    /// <summary>In place of a Space that cannot be shown.</summary>
    public static string NotRunning(SpaceStage stage) => stage switch
    {
        SpaceStage.AppStarting => "The Space is starting. This page shows it as soon as it answers.",
        SpaceStage.Running => "The Space runs, but it has no address of its own yet.",
        SpaceStage.RuntimeError => "The Space does not answer. Nothing is charged; its owner sees on this page what is wrong.",
        SpaceStage.Stopped => "The Space is stopped. Its owner can start it again.",
    };

    public static string Missing(string name, bool isSignedIn) => isSignedIn
        ? $"There is no Space '{name}' that you may open."
        : $"There is no Space '{name}' that is open to everyone. If it is yours, or open to members, sign in.";
}
