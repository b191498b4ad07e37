namespace Stint.Hub.Texts.Findings;

/// <summary>What is amiss with what speaks for a caller, in words.</summary>
public static class EvidenceFindings
{
    public static FindingText CookiesBlocked() => FindingText.Of(
        "cookies-blocked", FindingSide.Visitor, "The hub set a cookie, and it did not come back.",
        "Without cookies a sign-in cannot last, so each of your calls is an anonymous one.",
        "Allow cookies for this hub's address in your browser's settings, then sign in. Programs need none: they send an access token.");

    public static FindingText TokenInWrongHeader(string header) => FindingText.Of(
        "token-in-wrong-header", FindingSide.Visitor, $"An access token of this hub was in the header '{header}', where it is not read.",
        "A token in any other header says nothing, so the call counts as anonymous. It was also shown to whatever stands between.",
        "Send it as: Authorization: Bearer hf_… (the Python client's token=, the JavaScript client's token option).",
        ("header", header));

    /// <summary>Named by the word that every refusal uses for it.</summary>
    /// <param name="sentence">What is wrong, as <see cref="EvidenceTexts"/> says it; null where that is not known.</param>
    public static FindingText NotBelievedAtHub(string cause, string? sentence, string? advice) => FindingText.Of(
        cause, FindingSide.Visitor, sentence ?? cause, "Evidence that does not hold is refused: nobody else's purse pays for it.",
        advice ?? "Sign in again, or make a new access token.");

    public static FindingText PrivateWindow() => FindingText.Of(
        "private-window", FindingSide.Visitor, "No sign-in came with the request, and one from this network and this kind of browser is open elsewhere, or this window keeps nothing.",
        "A private window, or another profile of the browser, knows nothing of sign-ins in the others.",
        "Sign in in this very window, or use the one where you are signed in.");

    public static FindingText NotSignedIn(bool isProgram) => FindingText.Of(
        "not-signed-in", FindingSide.Visitor, "The request carries no sign-in and no token.",
        "Such a call is an anonymous visitor's: it counts to the small purse of your network address, whatever plan your account has.",
        isProgram ? "Send an access token: Authorization: Bearer hf_… (stint token create)." : "Sign in. Programs send an access token: Authorization: Bearer hf_…",
        ("isProgram", isProgram));

    /// <param name="why">What kept the caller from it, as it says itself.</param>
    /// <param name="address">The Space's own; null where it has none.</param>
    public static FindingText AddressUnreachable(string why, Uri? address) => FindingText.Of(
        "space-address-unreachable", FindingSide.Operator, why, "The hub answers you and the Space's own address does not: a port or a host name does not lead there from your place.",
        address is not null ? $"Open the way to {address.Authority}: its port in the firewall, or its host name in DNS and at the proxy." : "Ask whoever runs the hub.",
        ("why", why), ("address", address?.Authority));

    public static FindingText TokenDropped() => FindingText.Of(
        "token-dropped-on-the-way", FindingSide.Operator, "A token was sent to the Space's address, and none arrived there.",
        "Something between you and the Space's address takes the Authorization header away: a proxy, a VPN's gateway, a company's filter. What arrives is anonymous.",
        "Let that hop pass Authorization on (nginx: proxy_set_header Authorization $http_authorization), or go around it.");

    /// <param name="cause">Null where the Space's address gave no word for it.</param>
    public static FindingText NotBelievedAtSpace(string? cause, string? sentence) => FindingText.Of(
        cause ?? "evidence-rejected", FindingSide.Visitor, sentence ?? "What was sent to the Space's address is not believed there.",
        "The Space's address refuses it by name rather than count you as somebody else.", "Sign out at the Space's address and open it again from its page at the hub.");

    /// <param name="because">Whom the Space's address counts, as it says itself.</param>
    /// <param name="visit">The way there that takes the hub's sign-in along; null where no Space was asked about.</param>
    public static FindingText SignedOutAtSpace(string account, string because, Uri? visit) => FindingText.Of(
        "signed-out-at-space", FindingSide.Visitor, $"The hub knows you as {account}; at the Space's own address there is no sign-in. {because}",
        "Each Space has an address of its own with a sign-in of its own. Opened directly it does not know the hub's, so your runs there are an anonymous visitor's.",
        visit is not null ? $"Open it through {visit.AbsoluteUri}, or press “sign in” at its address." : "Open it from its page at the hub.",
        ("account", account), ("because", because), ("visit", visit?.AbsoluteUri));

    public static FindingText SignedOutInFrame(string account) => FindingText.Of(
        "signed-out-in-frame", FindingSide.Visitor, $"The hub knows you as {account}; inside the frame of the Space's page nobody does.",
        "The browser keeps the frame's cookies away from it, or the frame was opened before you signed in.",
        "Reload the Space's page. If that does not help, press “Open directly” there: then the address stands on its own.",
        ("account", account));

    public static FindingText AnotherAccount(string? here, string? there) => FindingText.Of(
        "another-account-at-space", FindingSide.Visitor, $"The hub knows you as {here}, the Space's address as {there}.",
        "You are signed in as two accounts; runs in the Space count to the other one.", "Sign out at the Space's address (/.stint/me there shows who you are) and open it again from the hub.",
        ("account", here), ("other", there));

    public static FindingText PlanChanged(string before, string now) => FindingText.Of(
        "plan-changed-since-page-opened", FindingSide.Nobody, $"The page was opened with plan '{before}'; your plan is '{now}' now.",
        "What the open page shows is from before. A raised allowance counts at once, for open pages too; a lowered one from the next window.",
        "Reload the page: it shows the new numbers.",
        ("before", before), ("now", now));
}
