using Stint.Hub.Texts;
using Stint.Hub.Texts.Findings;

namespace Stint.Hub.Doctor.Checks;

/// <summary>Whether the hub itself is in a state to count anyone rightly. First, for nothing after it could be trusted.</summary>
internal static class HubChecks
{
    private const long LeastFreeBytes = 256L << 20;
    private static readonly TimeSpan ClockTolerance = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan HubClockTolerance = TimeSpan.FromMinutes(5);

    public static IReadOnlyList<Check> All =>
    [
        new(TriedTexts.Ledger, Ledger),
        new(TriedTexts.HubClock, HubClock),
        new(TriedTexts.Room, Room),
        new(TriedTexts.Forwarder, Forwarder),
        new(TriedTexts.Address, Address),
        new(TriedTexts.Overdue, Overdue),
        new(TriedTexts.Numbers, Numbers),
        new(TriedTexts.Rules, Rules),
        new(TriedTexts.CallerClock, CallerClock),
    ];

    private static FindingText? Ledger(Observations seen) =>
        seen.Hub.LedgerDamage is [var first, ..] ? HubFindings.LedgerDamaged(first, seen.Hub.LedgerDamage.Count - 1) : null;

    private static FindingText? HubClock(Observations seen) =>
        (seen.Hub.Now - seen.Hub.LedgerNow.ToUtc()).Duration() < HubClockTolerance ? null : HubFindings.ClockJumped(seen.Hub.Now, seen.Hub.LedgerNow);

    private static FindingText? Room(Observations seen) => seen.Hub.FreeBytes is { } free and < LeastFreeBytes ? HubFindings.DiskFull(free >> 20) : null;

    private static FindingText? Forwarder(Observations seen) => seen.Hub.UntrustedForwarder is { } proxy ? HubFindings.ProxyNotTrusted(proxy) : null;

    private static FindingText? Address(Observations seen) =>
        seen.Hub.AskedAt is { } asked && !SameOrigin(asked, seen.Hub.Url) ? HubFindings.OtherAddress(asked, seen.Hub.Url) : null;

    private static FindingText? Overdue(Observations seen) => seen.Purse?.OverdueSince is { } since ? HubFindings.HoldOverdue(since) : null;

    /// <summary>Only while nothing of the person's runs: then nothing moves between two looks.</summary>
    private static FindingText? Numbers(Observations seen)
    {
        if (seen is not { Purse: { Reading: var gate } purse, Caller: { } caller } || purse.Identity != seen.Evidence.Identity || gate.Reserved != Core.Quota.GpuTime.Zero) return null;
        var left = gate.Left.InSeconds();
        return (caller.LeftByApi ?? left) == left && (caller.LeftByHubApi ?? Math.Floor(left)) == Math.Floor(left) ? null : HubFindings.NumbersDiffer(left, caller.LeftByApi, caller.LeftByHubApi);
    }

    private static FindingText? Rules(Observations seen) => seen.Hub.IdleRules is [var first, ..] ? HubFindings.RuleWithoutEffect(first) : null;

    private static FindingText? CallerClock(Observations seen) =>
        seen.Caller?.Clock is { } clock && (clock - seen.Hub.Now).Duration() >= ClockTolerance ? HubFindings.CallerClockOff(clock - seen.Hub.Now) : null;

    private static bool SameOrigin(Uri one, Uri other) =>
        Uri.Compare(one, other, UriComponents.SchemeAndServer, UriFormat.UriEscaped, StringComparison.OrdinalIgnoreCase) == 0;
}
