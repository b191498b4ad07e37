using Stint.Hub.Texts;

namespace Stint.Hub.Doctor.Checks;

/// <summary>Whether the hub itself is in a state to count anyone rightly. First, for nothing after it could be trusted.</summary>
internal static class HubChecks
{
    private const long LeastFreeBytes = 256L << 20;
    private static readonly TimeSpan ClockTolerance = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan HubClockTolerance = TimeSpan.FromMinutes(5);

    public static IReadOnlyList<Check> All =>
    [
        new("Add up the ledger again, entry by entry", Ledger),
        new("Compare the hub's wall clock with the clock the ledger runs by", HubClock),
        new("Look for room where the hub keeps its data", Room),
        new("See who hands requests on to the hub", Forwarder),
        new("Compare the address that was asked with the one the hub knows as its own", Address),
        new("Look for holds on GPU time that should have ended", Overdue),
        new("Compare the numbers of the page, the API and the gate", Numbers),
        new("Look for rules of plans that can never take effect", Rules),
        new("Compare the caller's clock with the hub's", CallerClock),
    ];

    private static Found? Ledger(Observations seen) => seen.Hub.LedgerDamage is not [var first, ..] ? null : new(
        "ledger-damaged", Found.Operator, $"{first}{(seen.Hub.LedgerDamage.Count > 1 ? $" And {seen.Hub.LedgerDamage.Count - 1} more." : "")}",
        "What is kept does not add up, so no number of this hub can be relied on.",
        "Stop the hub, keep a copy of its data directory, and put the last backup back: stint audit names all of it, stint restore FILE puts one back.");

    private static Found? HubClock(Observations seen)
    {
        var differs = (seen.Hub.Now - seen.Hub.LedgerNow.ToUtc()).Duration();
        return differs < HubClockTolerance ? null : new(
            "hub-clock-jumped", Found.Operator, $"The wall clock says {seen.Hub.Now:yyyy-MM-dd HH:mm:ss} UTC, the ledger {Amounts.Of(seen.Hub.LedgerNow)}: {Amounts.About(differs)} apart.",
            "The machine's clock was moved. Windows and tokens go on by the ledger's clock, so the times shown differ from those on the wall.",
            "Set the machine's clock right (ntp) and start the hub again.");
    }

    private static Found? Room(Observations seen) => seen.Hub.FreeBytes is not { } free || free >= LeastFreeBytes ? null : new(
        "disk-full", Found.Operator, $"{free >> 20} MiB are free where the hub keeps its data.",
        "Soon nothing can be committed any more, and what cannot be committed is not granted.",
        "Make room on that disk, or move the data directory to a larger one.");

    private static Found? Forwarder(Observations seen) => seen.Hub.UntrustedForwarder is not { } proxy ? null : new(
        "proxy-not-trusted", Found.Operator, $"{proxy} says that it forwards for others, and is no proxy that this hub was told of.",
        "All who come through it have its address, so people who are not signed in share one purse.",
        $"If it is yours, name it in stint.json: \"trustedProxies\": [\"{proxy}\"], and start the hub again.");

    private static Found? Address(Observations seen) => seen.Hub.AskedAt is not { } asked || SameOrigin(asked, seen.Hub.Url) ? null : new(
        "other-address", Found.Operator, $"The hub was asked at {asked.GetLeftPart(UriPartial.Authority)} and knows itself as {seen.Hub.Url.GetLeftPart(UriPartial.Authority)}.",
        "Cookies and sign-ins belong to one address. Who signs in at one of the two is a stranger at the other.",
        "Open the hub at the address it knows, or set publicUrl in stint.json to the one that people use.");

    private static Found? Overdue(Observations seen) => seen.Purse?.OverdueSince is not { } since ? null : new(
        "hold-overdue", Found.Operator, $"GPU time is held by a run that should have ended at {Amounts.Of(since)}.",
        "What is held cannot be used, though nothing runs for it.",
        "Start the hub again: it settles what has ended. Then stint audit should pass; if it does not, send its output along.");

    /// <summary>Only while nothing of the person's runs: then nothing moves between two looks.</summary>
    private static Found? Numbers(Observations seen)
    {
        if (seen is not { Purse: { Reading: var gate } purse, Caller: { } caller } || purse.Identity != seen.Evidence.Identity || gate.Reserved != Core.Quota.GpuTime.Zero) return null;
        var left = gate.Left.InSeconds();
        if ((caller.LeftByApi ?? left) == left && (caller.LeftByHubApi ?? Math.Floor(left)) == Math.Floor(left)) return null;
        return new(
            "numbers-differ", Found.Operator, $"Left at the gate: {left} s; by /v1/quota: {Shown(caller.LeftByApi)}; by /api/spaces/zero-gpu/quota: {Shown(caller.LeftByHubApi)}.",
            "The hub answers all of them from one reading, so something between you and the hub gave you an answer of before. The gate's number is the one that counts.",
            "Let no proxy keep answers of the hub: they all say Cache-Control: no-store.");
    }

    private static Found? Rules(Observations seen) => seen.Hub.IdleRules is not [var first, ..] ? null : new(
        "rule-without-effect", Found.Operator, first,
        "A rule that can never apply was meant to do something that it does not do.",
        "Change the plan: stint plan set NAME --allowance … --longest …");

    private static Found? CallerClock(Observations seen)
    {
        if (seen.Caller?.Clock is not { } clock) return null;
        var differs = clock - seen.Hub.Now;
        return differs.Duration() < ClockTolerance ? null : new(
            "caller-clock-off", Found.Visitor, $"Your clock is {Amounts.About(differs.Duration())} {(differs > TimeSpan.Zero ? "ahead of" : "behind")} the hub's.",
            "The hub counts by its own clock; times that your machine reckons itself, such as “in 5 minutes”, are off by as much.",
            "Set your machine's clock by the network.");
    }

    private static bool SameOrigin(Uri one, Uri other) =>
        Uri.Compare(one, other, UriComponents.SchemeAndServer, UriFormat.UriEscaped, StringComparison.OrdinalIgnoreCase) == 0;

    private static string Shown(decimal? seconds) => seconds is { } known ? $"{known} s" : "not asked";
}
