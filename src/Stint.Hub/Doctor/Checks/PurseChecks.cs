using Stint.Hub.Texts;

namespace Stint.Hub.Doctor.Checks;

/// <summary>Whether there is GPU time to run with, and a GPU to run on.</summary>
internal static class PurseChecks
{
    /// <summary>More browsers than this behind one address are people who share it.</summary>
    private const int ManyVisitors = 3;

    public static IReadOnlyList<Check> All =>
    [
        new("Look for nodes that do not answer", Nodes),
        new("Count the slots", Slots),
        new("Look for slots that were taken out", Quarantined),
        new("See how long the queue is", Queue),
        new("See how long a new run would wait", Wait),
        new("See who shares your network address", Shared),
        new("Read what is left", Left),
        new("Open your latest refusal", LastRefusal),
    ];

    private static Found? Nodes(Observations seen) => seen.Pool.Lost is not [var first, ..] lost ? null : new(
        "node-lost", Found.Operator, $"{first}{(lost.Count > 1 ? $" and {lost.Count - 1} more do" : " does")} not answer.",
        "Its slots are closed until it does; what ran there is settled by its report, or by its deadline.", "See that the machine is up and reaches the hub: stint node list.");

    private static Found? Slots(Observations seen) => seen.Pool.Slots > 0 ? null : new(
        "no-slots", Found.Operator, "The pool has no slot.", "Nothing can run until a node with GPUs is there.", "Join one: stint node --join, or see why this machine's GPUs were not found in the hub's log.");

    private static Found? Quarantined(Observations seen) => seen.Pool.Quarantined == 0 ? null : new(
        "slots-quarantined", Found.Operator, $"{seen.Pool.Quarantined} of {seen.Pool.Slots} slots were taken out.",
        "A process may still use that GPU and cannot be stopped with proof, so nobody else is let on it.", "End that process on its machine; the slot comes back by itself.");

    private static Found? Queue(Observations seen) => seen.Pool.Waiting < seen.Pool.MostWaiting ? null : new(
        "queue-full", Found.Operator, $"{seen.Pool.Waiting} tasks wait, which is as many as may.", "New ones are turned away until some have started.", "Try again later; more slots would help.");

    private static Found? Wait(Observations seen) => seen.Pool.ExpectedWait is not { } wait || wait <= seen.Pool.WaitLimit ? null : new(
        "wait-longer-than-limit", Found.Nobody, $"A new run would wait about {Amounts.About(wait)}; a call gives up after {Amounts.About(seen.Pool.WaitLimit)}.",
        "All slots are in use and others are before you. Waiting costs nothing.", "Try again later, or ask for a longer wait limit: the Space's owner can raise it.");

    public static bool IsShared(Observations seen) => seen.Purse is { Visitors: > ManyVisitors } && seen.Evidence.Account is null;

    private static Found? Shared(Observations seen) => !IsShared(seen) ? null : new(
        "address-shared", Found.Visitor, $"{seen.Purse!.Visitors} browsers came from your network address lately.",
        "An office, a VPN or a mobile network gives many people one address, and visitors who are not signed in share its purse.", "Sign in: an account's purse is its own, wherever it comes from.");

    private static Found? Left(Observations seen)
    {
        if (seen.Purse is not { } purse || purse.Reading.Left > Core.Quota.GpuTime.Zero) return null;
        if (purse.Reading.Reserved > Core.Quota.GpuTime.Zero)
            return new(
                "all-held", Found.Visitor, VisitorTexts.Parts(purse.Reading), "Runs of yours that wait or run hold all that is left. What they do not use comes back as they end.",
                "Wait for them, or stop them.");
        return new(
            "quota-used-up", Found.Nobody, VisitorTexts.Parts(purse.Reading), $"The plan '{purse.Plan}' grants no more in this window. {VisitorTexts.Resets(purse.Reading)}",
            "Wait for the reset; or a larger plan, or credit: an administrator can give both.");
    }

    private static Found? LastRefusal(Observations seen) => seen.Purse?.LastRefusal is not { } refusal ? null : new(
        refusal.Code, Found.Visitor, $"At {Amounts.Of(refusal.At)}: {refusal.Sentence}", $"{refusal.Title}. The whole of it: {Layout.Links.Refusal(refusal.Id)}", refusal.Advice);
}
