using Stint.Core.Quota;

namespace Stint.Hub.Texts.Findings;

/// <summary>What is amiss at the hub itself, in words.</summary>
public static class HubFindings
{
    /// <param name="first">The first line of the audit.</param>
    /// <param name="more">How many lines follow it.</param>
    public static FindingText LedgerDamaged(string first, int more) => FindingText.Of(
        "ledger-damaged", FindingSide.Operator, $"{first}{(more > 0 ? $" And {more} more." : "")}",
        "What is kept does not add up, so no number of this hub can be relied on.",
        "Stop the hub, keep a copy of its data directory, and put the last backup back: stint audit names all of it, stint restore FILE puts one back.",
        ("first", first), ("more", more));

    public static FindingText ClockJumped(DateTimeOffset wall, Instant ledger)
    {
        var differs = (wall - ledger.ToUtc()).Duration();
        return FindingText.Of(
            "hub-clock-jumped", FindingSide.Operator, $"The wall clock says {wall:yyyy-MM-dd HH:mm:ss} UTC, the ledger {Amounts.Of(ledger)}: {Amounts.About(differs)} apart.",
            "The machine's clock was moved. Windows and tokens go on by the ledger's clock, so the times shown differ from those on the wall.",
            "Set the machine's clock right (ntp) and start the hub again.",
            ("wall", wall.UtcDateTime), ("ledger", ledger.ToUtc().UtcDateTime), ("apartSeconds", differs.InSeconds()));
    }

    public static FindingText DiskFull(long freeMebibytes) => FindingText.Of(
        "disk-full", FindingSide.Operator, $"{freeMebibytes} MiB are free where the hub keeps its data.",
        "Soon nothing can be committed any more, and what cannot be committed is not granted.",
        "Make room on that disk, or move the data directory to a larger one.",
        ("freeMebibytes", freeMebibytes));

    public static FindingText ProxyNotTrusted(string proxy) => FindingText.Of(
        "proxy-not-trusted", FindingSide.Operator, $"{proxy} says that it forwards for others, and is no proxy that this hub was told of.",
        "All who come through it have its address, so people who are not signed in share one purse.",
        $"If it is yours, name it in stint.json: \"trustedProxies\": [\"{proxy}\"], and start the hub again.",
        ("proxy", proxy));

    public static FindingText OtherAddress(Uri asked, Uri own)
    {
        var (there, here) = (asked.GetLeftPart(UriPartial.Authority), own.GetLeftPart(UriPartial.Authority));
        return FindingText.Of(
            "other-address", FindingSide.Operator, $"The hub was asked at {there} and knows itself as {here}.",
            "Cookies and sign-ins belong to one address. Who signs in at one of the two is a stranger at the other.",
            "Open the hub at the address it knows, or set publicUrl in stint.json to the one that people use.",
            ("asked", there), ("own", here));
    }

    public static FindingText HoldOverdue(Instant since) => FindingText.Of(
        "hold-overdue", FindingSide.Operator, $"GPU time is held by a run that should have ended at {Amounts.Of(since)}.",
        "What is held cannot be used, though nothing runs for it.",
        "Start the hub again: it settles what has ended. Then stint audit should pass; if it does not, send its output along.",
        ("since", since.ToUtc().UtcDateTime));

    /// <param name="byApi">By <c>/v1/quota</c>; null where it was not asked.</param>
    /// <param name="byHubApi">By <c>/api/spaces/zero-gpu/quota</c>; null where it was not asked.</param>
    public static FindingText NumbersDiffer(decimal atGate, decimal? byApi, decimal? byHubApi) => FindingText.Of(
        "numbers-differ", FindingSide.Operator, $"Left at the gate: {atGate} s; by /v1/quota: {Shown(byApi)}; by /api/spaces/zero-gpu/quota: {Shown(byHubApi)}.",
        "The hub answers all of them from one reading, so something between you and the hub gave you an answer of before. The gate's number is the one that counts.",
        "Let no proxy keep answers of the hub: they all say Cache-Control: no-store.",
        ("atGateSeconds", atGate), ("byApiSeconds", byApi), ("byHubApiSeconds", byHubApi));

    /// <param name="rule">What it is, as <see cref="PlanTexts"/> says it.</param>
    public static FindingText RuleWithoutEffect(string rule) => FindingText.Of(
        "rule-without-effect", FindingSide.Operator, rule,
        "A rule that can never apply was meant to do something that it does not do.",
        "Change the plan: stint plan set NAME --allowance … --longest …",
        ("rule", rule));

    /// <param name="ahead">How far the caller's clock is ahead; less than nothing where it is behind.</param>
    public static FindingText CallerClockOff(TimeSpan ahead) => FindingText.Of(
        "caller-clock-off", FindingSide.Visitor, $"Your clock is {Amounts.About(ahead.Duration())} {(ahead > TimeSpan.Zero ? "ahead of" : "behind")} the hub's.",
        "The hub counts by its own clock; times that your machine reckons itself, such as how many minutes are left, are off by as much.",
        "Set your machine's clock by the network.",
        ("aheadSeconds", ahead.InSeconds()));

    private static string Shown(decimal? seconds) => seconds is { } known ? $"{known} s" : "not asked";
}
