using Stint.Core.Quota;

namespace Stint.Hub.Texts.Findings;

/// <summary>What is amiss with a Space or the app in it, in words.</summary>
public static class SpaceFindings
{
    public static FindingText Unknown(string name) => FindingText.Of(
        "space-unknown", FindingSide.Visitor, $"There is no Space '{name}' that you may know of.", "It is misspelt, was removed, or is its owner's alone and you are not known as its owner.",
        "Check the name (OWNER/NAME), and sign in if it is a private one of yours.",
        ("space", name));

    public static FindingText SignInNeeded() => FindingText.Of(
        EvidenceTexts.SignInNeededCode, FindingSide.Visitor, EvidenceTexts.SignInNeeded, "Anonymous visitors may not use it.", "Sign in, or send an access token.");

    /// <param name="last">The last line of its output; null for whoever may not see it.</param>
    public static FindingText Starting(string? last) => FindingText.Of(
        "space-starting", FindingSide.Nobody, $"The Space is starting.{Said(last)}", "It answers in a moment.", "Wait a moment and reload.", ("lastLine", last));

    public static FindingText Asleep() => FindingText.Of(
        "space-asleep", FindingSide.Nobody, "The Space is asleep.", "Nobody used it for a while. A visit wakes it.", "Open it and wait a moment.");

    public static FindingText Stopped() => FindingText.Of(
        "space-stopped", FindingSide.Space, "Nothing of the Space runs.", "It was stopped or removed.", "Ask its owner to start it.");

    /// <param name="problem">What the hub knows of it; null for whoever may not see it.</param>
    public static FindingText Failing(string? problem, string? last) => FindingText.Of(
        "space-failing", FindingSide.Space, $"{problem ?? "The Space does not answer."}{Said(last)}", "The app itself fails; no purse is touched.",
        "Its owner finds the reason in its log: stint space logs OWNER/NAME.",
        ("problem", problem), ("lastLine", last));

    public static FindingText AppNotAnswering() => FindingText.Of(
        "app-not-answering", FindingSide.Space, "The Space runs, and its /config is no Gradio app's.", "Clients cannot find its functions, and the hub cannot tell one event from another.",
        "See that the app listens at the port that the hub gave it, and serves Gradio there.");

    /// <param name="since">When the first of them came; null for some time since the hub started.</param>
    public static FindingText DropsVisitor(long calls, Instant? since) => FindingText.Of(
        "app-drops-visitor", FindingSide.Space, $"{calls} calls for a GPU came without their visitor while an event with one went on; {Since(since)}.",
        "The visitor reached the app and was lost inside it: an old `spaces` package, or a function that runs in a thread of its own. Such calls are refused, and charged to nobody.",
        "Update `spaces` and `gradio` in the app, and call @spaces.GPU functions from the event itself, not from a thread that it starts.",
        ("calls", calls), ("since", since?.ToUtc().UtcDateTime));

    public static FindingText CallsWithoutVisitor(long calls, Instant? since) => FindingText.Of(
        "calls-without-visitor", FindingSide.Space, $"{calls} calls for a GPU came while nobody used the Space; {Since(since)}.",
        "A background thread, a timer or an example at start: there is no visitor to charge, so they are refused.",
        "Let GPU work begin with a visitor's event.",
        ("calls", calls), ("since", since?.ToUtc().UtcDateTime));

    public static FindingText CalledWithoutForwarding(long events) => FindingText.Of(
        "app-calls-without-forwarding", FindingSide.Space, $"{events} events were begun anonymously by a program of this machine, while visitors used another Space.",
        "Another app calls this Space and does not hand its visitor on, so all of its visitors share one anonymous purse.",
        "In the calling app hand the visitor's token on: Client(…, headers={\"X-IP-Token\": request.headers[\"x-ip-token\"]}).",
        ("events", events));

    public static FindingText NeverAsks(long events) => FindingText.Of(
        "space-never-asks", FindingSide.Space, $"{events} events began in the Space, and none asked for a GPU.",
        "The app does not know the hub's device API, or none of its functions uses a GPU.",
        "Start it with the variables of: stint space env OWNER/NAME.",
        ("events", events));

    public static FindingText QueueHidesOurs(long waited, long events) => FindingText.Of(
        "app-queue-hides-ours", FindingSide.Space, $"{waited} of {events} events waited in the app's own queue before the hub heard of them.",
        "There the hub can neither order people nor tell them when it is their turn.",
        "Set GRADIO_DEFAULT_CONCURRENCY_LIMIT=none (stint space env prints it), and no concurrency_limit on GPU functions.",
        ("waited", waited), ("events", events));

    public static FindingText QueueSmall(long turnedAway) => FindingText.Of(
        "app-queue-small", FindingSide.Space, $"The app itself turned {turnedAway} visitors away because its own queue was full.",
        "“Queue is full” is the app's answer: Gradio lets one wait where SPACES_ZERO_GPU is set. The hub never heard of those calls.",
        "Start the app with a longer queue: demo.queue(max_size=None).",
        ("turnedAway", turnedAway));

    private static string Said(string? last) => last is null ? "" : $" Its last line: {last}";

    private static string Since(Instant? first) => first is { } at ? $"the first at {Amounts.Of(at)}" : "since the hub started";
}
