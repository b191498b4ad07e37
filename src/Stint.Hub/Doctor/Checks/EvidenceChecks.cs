namespace Stint.Hub.Doctor.Checks;

/// <summary>Whether the caller is known at the hub, and whether that still holds at the Space's address and inside its frame.</summary>
internal static class EvidenceChecks
{
    public static IReadOnlyList<Check> All =>
    [
        new("Set a cookie and ask for it again", Cookies),
        new("Look for a token in headers where nobody reads one", Header),
        new("Ask the hub who you are", AtHub),
        new("Look for a sign-in or a token in the request", Missing),
        new("Ask the Space's address", Reach),
        new("Send a token to the Space's address and see whether it arrives", Hop),
        new("Ask the Space's address who you are", AtSpace),
        new("Ask the Space's address whether it knows your sign-in", Direct),
        new("Ask from inside the Space's frame who you are", Framed),
        new("Compare who you are at the hub with who you are at the Space", Other),
        new("Compare your plan with the one the open page was counted by", OlderPage),
    ];

    private static Found? Cookies(Observations seen) => seen.Caller?.CookiesKept is not false ? null : new(
        "cookies-blocked", Found.Visitor, "The hub set a cookie, and it did not come back.",
        "Without cookies a sign-in cannot last, so each of your calls is an anonymous one.",
        "Allow cookies for this hub's address in your browser's settings, then sign in. Programs need none: they send an access token.");

    private static Found? Header(Observations seen) => seen.Evidence is not { Kind: null, TokenInHeader: { } header } ? null : new(
        "token-in-wrong-header", Found.Visitor, $"An access token of this hub was in the header '{header}', where it is not read.",
        "A token in any other header says nothing, so the call counts as anonymous. It was also shown to whatever stands between.",
        "Send it as: Authorization: Bearer hf_… (the Python client's token=, the JavaScript client's token option).");

    /// <summary>Names what is wrong with the evidence by the word that every refusal uses for it.</summary>
    private static Found? AtHub(Observations seen) => seen.Evidence is not { Cause: { } cause } evidence ? null : new(
        cause, Found.Visitor, evidence.Sentence ?? cause, "Evidence that does not hold is refused: nobody else's purse pays for it.",
        evidence.Advice ?? "Sign in again, or make a new access token.");

    private static Found? Missing(Observations seen)
    {
        if (seen.Evidence is not { Kind: null, Cause: null } evidence || seen.Caller?.Direct is { IsRecognised: true }) return null;
        // Two of the checks to come say the same and more: why it matters at this Space, and at this address.
        if (seen.Space is { IsThere: true, IsOpenToCaller: false } || PurseChecks.IsShared(seen)) return null;
        if (seen.Caller?.IsPrivateWindow is true || (seen.Caller?.Door == "browser" && evidence.SignedInElsewhere))
            return new(
                "private-window", Found.Visitor, "No sign-in came with the request, and one from this network and this kind of browser is open elsewhere, or this window keeps nothing.",
                "A private window, or another profile of the browser, knows nothing of sign-ins in the others.",
                "Sign in in this very window, or use the one where you are signed in.");
        return new(
            "not-signed-in", Found.Visitor, "The request carries no sign-in and no token.",
            "Such a call is an anonymous visitor's: it counts to the small purse of your network address, whatever plan your account has.",
            seen.Caller?.Door == "program" ? "Send an access token: Authorization: Bearer hf_… (stint token create)." : "Sign in. Programs send an access token: Authorization: Bearer hf_…");
    }

    private static Found? Reach(Observations seen) => seen.Caller?.Unreachable is not { } why ? null : new(
        "space-address-unreachable", Found.Operator, why, "The hub answers you and the Space's own address does not: a port or a host name does not lead there from your place.",
        seen.Space?.Address is { } address ? $"Open the way to {address.Authority}: its port in the firewall, or its host name in DNS and at the proxy." : "Ask whoever runs the hub.");

    private static Found? Hop(Observations seen) => seen.Caller is not { Sent: "access-token", Direct: { } me } || !me.Missed("access-token") ? null : new(
        "token-dropped-on-the-way", Found.Operator, "A token was sent to the Space's address, and none arrived there.",
        "Something between you and the Space's address takes the Authorization header away: a proxy, a VPN's gateway, a company's filter. What arrives is anonymous.",
        "Let that hop pass Authorization on (nginx: proxy_set_header Authorization $http_authorization), or go around it.");

    private static Found? AtSpace(Observations seen) => (seen.Caller?.Direct?.Rejected ?? seen.Caller?.Framed?.Rejected) is not { } rejected ? null : new(
        rejected.Cause ?? "evidence-rejected", Found.Visitor, rejected.Sentence ?? "What was sent to the Space's address is not believed there.",
        "The Space's address refuses it by name rather than count you as somebody else.", "Sign out at the Space's address and open it again from its page at the hub.");

    private static Found? Direct(Observations seen) => seen is not { Evidence: { Cause: null, Account: { } account }, Caller.Direct: { IsAnonymous: true } me } ? null : new(
        "signed-out-at-space", Found.Visitor, $"The hub knows you as {account}; at the Space's own address there is no sign-in. {me.Because}",
        "Each Space has an address of its own with a sign-in of its own. Opened directly it does not know the hub's, so your runs there are an anonymous visitor's.",
        seen.Space is { } space ? $"Open it through {new Uri(seen.Hub.Url, Hub.Visit.AtHub(Core.Spaces.SpaceId.Parse(space.Name))).AbsoluteUri}, or press “sign in” at its address." : "Open it from its page at the hub.");

    private static Found? Framed(Observations seen) => seen is not { Evidence: { Cause: null, Account: { } account }, Caller.Framed: { IsAnonymous: true } } ? null : new(
        "signed-out-in-frame", Found.Visitor, $"The hub knows you as {account}; inside the frame of the Space's page nobody does.",
        "The browser keeps the frame's cookies away from it, or the frame was opened before you signed in.",
        "Reload the Space's page. If that does not help, press “Open directly” there: then the address stands on its own.");

    private static Found? Other(Observations seen)
    {
        if (seen is not { Evidence: { Cause: null, Identity: { } here } evidence, Caller.Direct: { IsRecognised: true } me } || me.Identity == here) return null;
        return new(
            "another-account-at-space", Found.Visitor, $"The hub knows you as {evidence.Account}, the Space's address as {me.Account ?? me.Identity}.",
            "You are signed in as two accounts; runs in the Space count to the other one.", "Sign out at the Space's address (/.stint/me there shows who you are) and open it again from the hub.");
    }

    private static Found? OlderPage(Observations seen)
    {
        if (seen is not { Evidence: { Cause: null, Plan: { } plan }, Caller.PageOpened: { Plan: { } before } } || before == plan) return null;
        return new(
            "plan-changed-since-page-opened", Found.Nobody, $"The page was opened with plan '{before}'; your plan is '{plan}' now.",
            "What the open page shows is from before. A raised allowance counts at once, for open pages too; a lowered one from the next window.",
            "Reload the page: it shows the new numbers.");
    }
}
