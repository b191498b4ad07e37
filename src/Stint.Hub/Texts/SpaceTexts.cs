using Stint.Core.Quota;
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
        SpaceStage.Sleeping => "asleep",
        SpaceStage.Stopped => "stopped",
    };

    /// <summary>In place of a Space that cannot be shown.</summary>
    public static string NotRunning(SpaceStage stage) => stage switch
    {
        SpaceStage.AppStarting => "The Space is starting. This page shows it as soon as it answers.",
        SpaceStage.Running => "The Space runs, but it has no address of its own yet.",
        SpaceStage.RuntimeError => "The Space does not answer. Nothing is charged; its owner sees on this page what is wrong.",
        SpaceStage.Sleeping => "The Space is asleep, because nobody used it for a while. Your visit wakes it; this page shows it as soon as it answers.",
        SpaceStage.Stopped => "The Space is stopped. Its owner can start it again.",
    };

    public static string Starved(long times, int? mebibytes) =>
        $"Its memory ({mebibytes} MiB) was used up {(times == 1 ? "once" : $"{times} times")} since the hub started, and the kernel ended a process of it each time. More memory: stint space set --memory";

    /// <summary>How often it crashed, and when it is tried again.</summary>
    public static string Crashes(int crashes, DateTime? nextStartAt, Instant now)
    {
        var often = crashes == 1 ? "It ended by itself once since the hub started" : $"It ended by itself {crashes} times since the hub started";
        return nextStartAt is { } at && Instant.From(at) > now ? $"{often}; it is started again in {Amounts.About(Instant.From(at) - now)}." : $"{often}; it is being started again.";
    }

    public static string Missing(string name, bool isSignedIn) => isSignedIn
        ? $"There is no Space '{name}' that you may open."
        : $"There is no Space '{name}' that is open to everyone. If it is yours, or open to members, sign in.";
}
