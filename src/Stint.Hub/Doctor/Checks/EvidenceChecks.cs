using Stint.Hub.Texts.Findings;

namespace Stint.Hub.Doctor.Checks;

/// <summary>Whether the caller is known at the hub, and whether that still holds at the Space's address and inside its frame.</summary>
internal static class EvidenceChecks
{
    public static IReadOnlyList<Check> All =>
    [
        new(TriedTexts.Cookies, Cookies),
        new(TriedTexts.Header, Header),
        new(TriedTexts.AtHub, AtHub),
        new(TriedTexts.Missing, Missing),
        new(TriedTexts.Reach, Reach),
        new(TriedTexts.Hop, Hop),
        new(TriedTexts.AtSpace, AtSpace),
        new(TriedTexts.Direct, Direct),
        new(TriedTexts.Framed, Framed),
        new(TriedTexts.Other, Other),
        new(TriedTexts.OlderPage, OlderPage),
    ];

    private static FindingText? Cookies(Observations seen) => seen.Caller?.CookiesKept is false ? EvidenceFindings.CookiesBlocked() : null;

    private static FindingText? Header(Observations seen) => seen.Evidence is { Kind: null, TokenInHeader: { } header } ? EvidenceFindings.TokenInWrongHeader(header) : null;

    private static FindingText? AtHub(Observations seen) =>
        seen.Evidence is { Cause: { } cause } evidence ? EvidenceFindings.NotBelievedAtHub(cause, evidence.Sentence, evidence.Advice) : null;

    private static FindingText? Missing(Observations seen)
    {
        if (seen.Evidence is not { Kind: null, Cause: null } evidence || seen.Caller?.Direct is { IsRecognised: true }) return null;
        // Two of the checks to come say the same and more: why it matters at this Space, and at this address.
        if (seen.Space is { IsThere: true, IsOpenToCaller: false } || PurseChecks.IsShared(seen)) return null;
        return seen.Caller?.IsPrivateWindow is true || (seen.Caller?.Door == "browser" && evidence.SignedInElsewhere)
            ? EvidenceFindings.PrivateWindow()
            : EvidenceFindings.NotSignedIn(isProgram: seen.Caller?.Door == "program");
    }

    private static FindingText? Reach(Observations seen) => seen.Caller?.Unreachable is { } why ? EvidenceFindings.AddressUnreachable(why, seen.Space?.Address) : null;

    private static FindingText? Hop(Observations seen) =>
        seen.Caller is { Sent: "access-token", Direct: { } me } && me.Missed("access-token") ? EvidenceFindings.TokenDropped() : null;

    private static FindingText? AtSpace(Observations seen) =>
        (seen.Caller?.Direct?.Rejected ?? seen.Caller?.Framed?.Rejected) is { } rejected ? EvidenceFindings.NotBelievedAtSpace(rejected.Cause, rejected.Sentence) : null;

    private static FindingText? Direct(Observations seen) => seen is not { Evidence: { Cause: null, Account: { } account }, Caller.Direct: { IsAnonymous: true } me }
        ? null
        : EvidenceFindings.SignedOutAtSpace(account, me.Because, seen.Space is { } space ? new Uri(seen.Hub.Url, Hub.Visit.AtHub(Core.Spaces.SpaceId.Parse(space.Name))) : null);

    private static FindingText? Framed(Observations seen) =>
        seen is { Evidence: { Cause: null, Account: { } account }, Caller.Framed: { IsAnonymous: true } } ? EvidenceFindings.SignedOutInFrame(account) : null;

    private static FindingText? Other(Observations seen) =>
        seen is { Evidence: { Cause: null, Identity: { } here } evidence, Caller.Direct: { IsRecognised: true } me } && me.Identity != here
            ? EvidenceFindings.AnotherAccount(evidence.Account, me.Account ?? me.Identity)
            : null;

    private static FindingText? OlderPage(Observations seen) =>
        seen is { Evidence: { Cause: null, Plan: { } plan }, Caller.PageOpened: { Plan: { } before } } && before != plan ? EvidenceFindings.PlanChanged(before, plan) : null;
}
