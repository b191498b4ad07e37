using Stint.Core.Quota;
using Stint.Core.Spaces;
using Stint.Hub.Telemetry;

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

    /// <summary>Who may open it, where that is not everyone.</summary>
    public static string? OpenTo(SpaceVisibility visibility) => visibility switch
    {
        SpaceVisibility.Public => null,
        SpaceVisibility.Members => "members",
        SpaceVisibility.Private => "private",
    };

    /// <param name="cost">Null where nothing was measured yet.</param>
    /// <param name="endpoint">The function it is of; empty where it has no name.</param>
    public static string Typical(GpuTime? cost, string? endpoint) => cost is { } typical
        ? $"A run{(endpoint is null or "" ? "" : $" of {endpoint}")} takes {Amounts.Of(typical)} of GPU time as a rule."
        : "No run was measured yet.";

    /// <param name="wait">Null where nobody can say.</param>
    public static string Wait(SpaceStage stage, TimeSpan? wait) => wait switch
    {
        _ when stage is SpaceStage.RuntimeError or SpaceStage.Stopped => "It takes no runs now.",
        null => "Nobody can say how long a run would wait now.",
        { TotalSeconds: < 1 } => "It would start at once.",
        { } span => $"It would wait about {Amounts.About(span)} now.",
    };

    public static string Pool(int slots, int free, int waiting) => slots == 0
        ? "No GPU serves this hub now."
        : $"{free} of {slots} GPU slots free, {(waiting == 0 ? "nobody waits" : waiting == 1 ? "one task waits" : $"{waiting} tasks wait")}.";

    /// <summary>In place of a Space that cannot be shown.</summary>
    public static string NotRunning(SpaceStage stage) => stage switch
    {
        SpaceStage.AppStarting => "The Space is starting. This page shows it as soon as it answers.",
        SpaceStage.Running => "The Space runs, but it has no address of its own yet.",
        SpaceStage.RuntimeError => "The Space does not answer. Nothing is charged; its owner sees on this page what is wrong.",
        SpaceStage.Sleeping => "The Space is asleep, because nobody used it for a while. Your visit wakes it; this page shows it as soon as it answers.",
        SpaceStage.Stopped => "The Space is stopped. Its owner can start it again.",
    };

    /// <summary>The stable word for a Space that gave no answer.</summary>
    public static string UnreachedCode(SpaceStage stage) => stage switch
    {
        SpaceStage.AppStarting => "space-starting",
        SpaceStage.Running => "space-silent",
        SpaceStage.RuntimeError => "space-failed",
        SpaceStage.Sleeping => "space-waking",
        SpaceStage.Stopped => "space-stopped",
    };

    public static string UnreachedTitle(SpaceStage stage) => stage switch
    {
        SpaceStage.AppStarting => "The Space is starting",
        SpaceStage.Running => "The Space broke off",
        SpaceStage.RuntimeError => "The Space fails",
        SpaceStage.Sleeping => "The Space is waking up",
        SpaceStage.Stopped => "The Space is stopped",
    };

    /// <param name="name">What the Space is called in the sentence.</param>
    public static string Unreached(SpaceStage stage, string name) => stage switch
    {
        SpaceStage.AppStarting => $"{name} is starting and does not answer yet.",
        SpaceStage.Running => $"{name} broke off or does not answer, though it runs. The fault is the Space's; nothing was charged for it.",
        SpaceStage.RuntimeError => $"{name} fails. The fault is the Space's; nothing was charged for it.",
        SpaceStage.Sleeping => $"{name} was asleep, because nobody used it for a while, and is waking up.",
        SpaceStage.Stopped => $"{name} does not run.",
    };

    public static string UnreachedAdvice(SpaceStage stage) => stage switch
    {
        SpaceStage.AppStarting or SpaceStage.Sleeping => "Try again in a moment.",
        SpaceStage.Running => "Try again; if it happens again, tell its owner.",
        SpaceStage.RuntimeError => "Tell its owner, who finds the reason in its log.",
        SpaceStage.Stopped => "Ask its owner to start it.",
    };

    public static string UnreachedUntil(SpaceStage stage) => stage switch
    {
        SpaceStage.AppStarting or SpaceStage.Sleeping => "In a moment, by itself.",
        SpaceStage.Running => "At once, if it was a single failure; nobody can say else.",
        SpaceStage.RuntimeError => "When its owner has repaired it; nobody can say when that is.",
        SpaceStage.Stopped => "When its owner has started it.",
    };

    public static string Starved(long times, int? mebibytes) =>
        $"Its memory ({mebibytes} MiB) was used up {(times == 1 ? "once" : $"{times} times")} since the hub started, and the kernel ended a process of it each time. More memory: stint space set --memory";

    /// <summary>How often it crashed, and when it is tried again.</summary>
    public static string Crashes(int crashes, DateTime? nextStartAt, Instant now)
    {
        var often = crashes == 1 ? "It ended by itself once since the hub started" : $"It ended by itself {crashes} times since the hub started";
        return nextStartAt is { } at && Instant.From(at) > now ? $"{often}; it is started again in {Amounts.About(Instant.From(at) - now)}." : $"{often}; it is being started again.";
    }

    /// <summary>Where the visitor of those calls was lost, and what an author does about it.</summary>
    public static string WithoutIdentity(SpaceCounts counts)
    {
        var amid = counts.CallsWithoutAmidEvents == 0 ? "" : $"{counts.CallsWithoutAmidEvents} of them came while a visitor's event went on: the visitor was lost on the way, often in a thread or a process of the app's own. ";
        return $"{amid}They were refused. Call the GPU function from the event's own handler, with its gr.Request where you call another Space.";
    }

    /// <summary>Events that the app's own queue kept from the hub's.</summary>
    public static string OwnQueue(SpaceCounts counts) =>
        $"{counts.WaitedInApp} waited in the app's own queue and {counts.TurnedAwayByApp} were turned away by it, where the hub cannot tell them their place. Set default_concurrency_limit=None and max_size=None in queue().";

    public static string NotTheirs(string name) => $"There is no Space '{name}' of yours. Its owner and administrators see this page.";

    /// <summary>So many of so many calls: "3 of 12 calls, 25 %".</summary>
    public static string Share(int some, int all) => $"{some} of {all} calls, {(100m * some / Math.Max(1, all)):0.#} %";

    public static string Missing(string name, bool isSignedIn) => isSignedIn
        ? $"There is no Space '{name}' that you may open."
        : $"There is no Space '{name}' that is open to everyone. If it is yours, or open to members, sign in.";
}
