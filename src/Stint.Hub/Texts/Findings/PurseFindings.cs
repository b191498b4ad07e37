using Stint.Core.Quota;

namespace Stint.Hub.Texts.Findings;

/// <summary>What is amiss with GPU time, or with GPUs to use it on, in words.</summary>
public static class PurseFindings
{
    /// <param name="lost">Nodes that do not answer; one at least.</param>
    public static FindingText NodeLost(IReadOnlyList<string> lost) => FindingText.Of(
        "node-lost", FindingSide.Operator, $"{lost[0]}{(lost.Count > 1 ? $" and {lost.Count - 1} more do" : " does")} not answer.",
        "Its slots are closed until it does; what ran there is settled by its report, or by its deadline.", "See that the machine is up and reaches the hub: stint node list.",
        ("first", lost[0]), ("more", lost.Count - 1));

    public static FindingText NoSlots() => FindingText.Of(
        "no-slots", FindingSide.Operator, "The pool has no slot.", "Nothing can run until a node with GPUs is there.", "Join one: stint node --join, or see why this machine's GPUs were not found in the hub's log.");

    public static FindingText SlotsQuarantined(int taken, int slots) => FindingText.Of(
        "slots-quarantined", FindingSide.Operator, $"{taken} of {slots} slots were taken out.",
        "A process may still use that GPU and cannot be stopped with proof, so nobody else is let on it.", "End that process on its machine; the slot comes back by itself.",
        ("taken", taken), ("slots", slots));

    public static FindingText QueueFull(int waiting) => FindingText.Of(
        "queue-full", FindingSide.Operator, $"{waiting} tasks wait, which is as many as may.", "New ones are turned away until some have started.", "Try again later; more slots would help.",
        ("waiting", waiting));

    public static FindingText WaitLongerThanLimit(TimeSpan wait, TimeSpan limit) => FindingText.Of(
        "wait-longer-than-limit", FindingSide.Nobody, $"A new run would wait about {Amounts.About(wait)}; a call gives up after {Amounts.About(limit)}.",
        "All slots are in use and others are before you. Waiting costs nothing.", "Try again later, or ask for a longer wait limit: the Space's owner can raise it.",
        ("waitSeconds", wait.InSeconds()), ("limitSeconds", limit.InSeconds()));

    public static FindingText AddressShared(int browsers) => FindingText.Of(
        "address-shared", FindingSide.Visitor, $"{browsers} browsers came from your network address lately.",
        "An office, a VPN or a mobile network gives many people one address, and visitors who are not signed in share its purse.", "Sign in: an account's purse is its own, wherever it comes from.",
        ("browsers", browsers));

    public static FindingText AllHeld(QuotaReading reading) => FindingText.Of(
        "all-held", FindingSide.Visitor, VisitorTexts.Parts(reading), "Runs of yours that wait or run hold all that is left. What they do not use comes back as they end.",
        "Wait for them, or stop them.", Parts(reading));

    public static FindingText QuotaUsedUp(QuotaReading reading, string plan) => FindingText.Of(
        "quota-used-up", FindingSide.Nobody, VisitorTexts.Parts(reading), $"The plan '{plan}' grants no more in this window. {VisitorTexts.Resets(reading)}",
        "Wait for the reset; or a larger plan, or credit: an administrator can give both.",
        [.. Parts(reading), ("plan", plan), ("resetsAt", reading.ResetsAt?.ToUtc().UtcDateTime)]);

    /// <summary>In the words, and by the word, of the refusal itself.</summary>
    /// <param name="path">Where all of it can be opened.</param>
    public static FindingText LatestRefusal(RefusalId id, Instant at, string code, string title, string sentence, string advice, string path) => FindingText.Of(
        code, FindingSide.Visitor, $"At {Amounts.Of(at)}: {sentence}", $"{title}. The whole of it: {path}", advice,
        ("refusal", id.Value), ("at", at.ToUtc().UtcDateTime));

    private static (string, object?)[] Parts(QuotaReading reading) =>
    [
        ("allowanceSeconds", reading.Allowance.InSeconds()), ("spentSeconds", reading.Spent.InSeconds()), ("reservedSeconds", reading.Reserved.InSeconds()), ("leftSeconds", reading.Left.InSeconds()),
    ];
}
