using Stint.Core.Spaces;
using Stint.Hub.Telemetry;
using Stint.Hub.Texts;

namespace Stint.Hub.Doctor.Checks;

/// <summary>Whether the Space is there, open, running, and hands its visitors on to the GPU.</summary>
internal static class SpaceChecks
{
    public static IReadOnlyList<Check> All =>
    [
        new("Look for the Space", Exists),
        new("See whether the Space is open to you", Open),
        new("See how the Space is doing", Running),
        new("Ask the app for its own configuration", App),
        new("See whether calls of the Space's events carry their visitor on", Sdk),
        new("See whether the Space calls the GPU when no visitor is there", Background),
        new("See whether other apps call this Space without their visitor", Apps),
        new("See whether the Space asks for GPUs at all", Never),
        new("See whether the app turns visitors away itself", OwnQueueSize),
        new("Look for a queue of the app's own in front of the hub's", OwnQueue),
    ];

    private static Found? Exists(Observations seen) => seen.Space is not { IsThere: false } space ? null : new(
        "space-unknown", Found.Visitor, $"There is no Space '{space.Name}' that you may know of.", "It is misspelt, was removed, or is its owner's alone and you are not known as its owner.",
        "Check the name (OWNER/NAME), and sign in if it is a private one of yours.");

    private static Found? Open(Observations seen) => seen.Space is not { IsThere: true, IsOpenToCaller: false } ? null : new(
        EvidenceTexts.SignInNeededCode, Found.Visitor, EvidenceTexts.SignInNeeded, "Anonymous visitors may not use it.", "Sign in, or send an access token.");

    private static Found? Running(Observations seen)
    {
        if (seen.Space is not { IsThere: true } space || space.Stage is SpaceStage.Running) return null;
        var said = space.LastLines is [.., var last] ? $" Its last line: {last}" : "";
        return space.Stage switch
        {
            SpaceStage.AppStarting => new("space-starting", Found.Nobody, $"The Space is starting.{said}", "It answers in a moment.", "Wait a moment and reload."),
            SpaceStage.Sleeping => new("space-asleep", Found.Nobody, "The Space is asleep.", "Nobody used it for a while. A visit wakes it.", "Open it and wait a moment."),
            SpaceStage.Stopped => new("space-stopped", Found.Space, "Nothing of the Space runs.", "It was stopped or removed.", "Ask its owner to start it."),
            SpaceStage.RuntimeError => new(
                "space-failing", Found.Space, $"{space.Problem ?? "The Space does not answer."}{said}", "The app itself fails; no purse is touched.", "Its owner finds the reason in its log: stint space logs OWNER/NAME."),
            _ => null,
        };
    }

    private static Found? App(Observations seen) => seen.Space is not { IsThere: true, Stage: SpaceStage.Running, App: null } ? null : new(
        "app-not-answering", Found.Space, "The Space runs, and its /config is no Gradio app's.", "Clients cannot find its functions, and the hub cannot tell one event from another.",
        "See that the app listens at the port that the hub gave it, and serves Gradio there.");

    private static Found? Sdk(Observations seen) => seen.Space?.Counts is not { CallsWithoutAmidEvents: > 0 } counts ? null : new(
        "app-drops-visitor", Found.Space, $"{counts.CallsWithoutAmidEvents} calls for a GPU came without their visitor while an event with one went on; {Since(counts)}.",
        "The visitor reached the app and was lost inside it: an old `spaces` package, or a function that runs in a thread of its own. Such calls are refused, and charged to nobody.",
        "Update `spaces` and `gradio` in the app, and call @spaces.GPU functions from the event itself, not from a thread that it starts.");

    private static Found? Background(Observations seen) => seen.Space?.Counts is not { CallsWithout: > 0, CallsWithoutAmidEvents: 0 } counts ? null : new(
        "calls-without-visitor", Found.Space, $"{counts.CallsWithout} calls for a GPU came while nobody used the Space; {Since(counts)}.",
        "A background thread, a timer or an example at start: there is no visitor to charge, so they are refused.",
        "Let GPU work begin with a visitor's event.");

    private static Found? Apps(Observations seen) => seen.Space?.Counts is not { FromOtherApps: > 0 } counts ? null : new(
        "app-calls-without-forwarding", Found.Space, $"{counts.FromOtherApps} events were begun anonymously by a program of this machine, while visitors used another Space.",
        "Another app calls this Space and does not hand its visitor on, so all of its visitors share one anonymous purse.",
        "In the calling app hand the visitor's token on: Client(…, headers={\"X-IP-Token\": request.headers[\"x-ip-token\"]}).");

    private static Found? Never(Observations seen) => seen.Space is not { IsThere: true, Counts: { Events: >= 3, CallsWithVisitor: 0, CallsWithout: 0 } counts } ? null : new(
        "space-never-asks", Found.Space, $"{counts.Events} events began in the Space, and none asked for a GPU.",
        "The app does not know the hub's device API, or none of its functions uses a GPU.",
        "Start it with the variables of: stint space env OWNER/NAME.");

    private static Found? OwnQueue(Observations seen) => seen.Space?.Counts is not { WaitedInApp: > 0 } counts ? null : new(
        "app-queue-hides-ours", Found.Space, $"{counts.WaitedInApp} of {counts.Events} events waited in the app's own queue before the hub heard of them.",
        "There the hub can neither order people nor tell them when it is their turn.",
        "Set GRADIO_DEFAULT_CONCURRENCY_LIMIT=none (stint space env prints it), and no concurrency_limit on GPU functions.");

    private static Found? OwnQueueSize(Observations seen) => seen.Space?.Counts is not { TurnedAwayByApp: > 0 } counts ? null : new(
        "app-queue-small", Found.Space, $"The app itself turned {counts.TurnedAwayByApp} visitors away because its own queue was full.",
        "“Queue is full” is the app's answer: Gradio lets one wait where SPACES_ZERO_GPU is set. The hub never heard of those calls.",
        "Start the app with a longer queue: demo.queue(max_size=None).");

    private static string Since(SpaceCounts counts) => counts.CallsWithoutSince is { } first ? $"the first at {Amounts.Of(first)}" : "since the hub started";
}
