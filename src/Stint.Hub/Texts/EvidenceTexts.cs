using Stint.Core.Identities;
using Stint.Hub.Tokens;

namespace Stint.Hub.Texts;

/// <summary>The one place where evidence, and what is wrong with it, becomes words. Never repeats any of the evidence.</summary>
public static class EvidenceTexts
{
    public const string MissingCode = "evidence-missing";
    public const string UnusableCode = "evidence-unusable";
    public const string SignInNeededCode = "sign-in-needed";
    public const string NotYoursCode = "space-not-yours";

    public const string Title = "Who sends this is not known";
    public const string Unusable = "The Authorization header is not one bearer token.";
    public const string Missing = "The request carries nothing that says who sends it.";
    public const string HowToBeRecognised = "Send an access token of this hub: Authorization: Bearer hf_... (stint token create, or the tokens page).";
    public const string SignInNeeded = "This Space is open to people who are signed in, and no sign-in reached it.";
    public const string SignInAdvice = "Sign in, or send an access token of this hub: Authorization: Bearer hf_...";
    public const string NotYoursAdvice = "Ask its owner to open it to others, or sign in as its owner.";
    public const string NotYours = "This Space is its owner's alone, and the account that was recognised is not its owner.";

    public static string Of(EvidenceKind evidence) => evidence switch
    {
        EvidenceKind.IdentityToken => "identity token of this Space",
        EvidenceKind.DelegatedToken => "identity token of another Space",
        EvidenceKind.SpaceToken => "Space token",
        EvidenceKind.AccessToken => "access token",
        EvidenceKind.Cookie => "sign-in",
        EvidenceKind.Network => "network address",
    };

    /// <summary>The stable word for a kind of evidence.</summary>
    public static string Word(EvidenceKind evidence) => evidence switch
    {
        EvidenceKind.IdentityToken => "identity-token",
        EvidenceKind.DelegatedToken => "delegated-token",
        EvidenceKind.SpaceToken => "space-token",
        EvidenceKind.AccessToken => "access-token",
        EvidenceKind.Cookie => "sign-in",
        EvidenceKind.Network => "network",
    };

    /// <summary>The stable word for what is wrong with evidence.</summary>
    public static string Code(EvidenceKind evidence, EvidenceFault fault) => fault switch
    {
        EvidenceFault.AccountBlocked => "account-blocked",
        EvidenceFault.AccountGone => "account-gone",
        EvidenceFault.Malformed => $"{Word(evidence)}-malformed",
        EvidenceFault.Repeated => $"{Word(evidence)}-repeated",
        EvidenceFault.ForeignForm => "authorization-foreign",
        EvidenceFault.Forged => $"{Word(evidence)}-forged",
        EvidenceFault.OfAnotherHub => $"{Word(evidence)}-of-another-hub",
        EvidenceFault.OfAnotherSpace => $"{Word(evidence)}-of-another-space",
        EvidenceFault.Unknown => $"{Word(evidence)}-unknown",
        EvidenceFault.Revoked => $"{Word(evidence)}-revoked",
        EvidenceFault.SignedOut => $"{Word(evidence)}-ended",
        EvidenceFault.Expired => $"{Word(evidence)}-expired",
        EvidenceFault.EventOver => $"{Word(evidence)}-event-over",
        EvidenceFault.TooManyHops => $"{Word(evidence)}-too-many-hops",
        EvidenceFault.NotPermitted => $"{Word(evidence)}-not-permitted",
        EvidenceFault.CrossSite => $"{Word(evidence)}-cross-site",
    };

    public static string Sentence(EvidenceKind evidence, EvidenceFault fault) => fault switch
    {
        EvidenceFault.Malformed => $"What was sent as {An(evidence)} is none of this hub's: it is mistyped or cut short.",
        EvidenceFault.Repeated => $"The {Of(evidence)} was sent more than once, so nobody can say which of them counts.",
        EvidenceFault.ForeignForm => "The Authorization header is no access token of this hub, and the Space did not ask to be shown others.",
        EvidenceFault.Forged => $"The {Of(evidence)} was not signed by this hub, or was changed on its way.",
        EvidenceFault.OfAnotherHub => $"This is {An(evidence)} of another hub. It was not stored; take care where you send it.",
        EvidenceFault.OfAnotherSpace => $"The {Of(evidence)} was made for another Space.",
        EvidenceFault.Unknown => $"This hub does not know the {Of(evidence)} any more.",
        EvidenceFault.Revoked => $"The {Of(evidence)} was revoked.",
        EvidenceFault.SignedOut => "You were signed out.",
        EvidenceFault.Expired => $"The {Of(evidence)} has passed its time.",
        EvidenceFault.EventOver => "The event that the identity token was issued for is over.",
        EvidenceFault.TooManyHops => $"The call was handed on by {Recognition.MostHops} Spaces already, which is as many as may.",
        EvidenceFault.AccountBlocked => $"The account of this {Of(evidence)} was shut out by an administrator.",
        EvidenceFault.AccountGone => $"The account of this {Of(evidence)} does not exist any more.",
        EvidenceFault.NotPermitted => $"This {Of(evidence)} does not permit the use of this Space.",
        EvidenceFault.CrossSite => "The sign-in was sent along by a page of another site, or by a program that is no page of this address; use an access token there.",
    };

    /// <summary>What whoever is refused can do to be recognised.</summary>
    public static string Advice(EvidenceKind evidence) => evidence switch
    {
        EvidenceKind.Cookie => "Sign in again.",
        EvidenceKind.IdentityToken or EvidenceKind.DelegatedToken => "Send the request again from an event that goes on.",
        EvidenceKind.SpaceToken => "Reload the page, or ask the hub for a fresh token.",
        EvidenceKind.AccessToken or EvidenceKind.Network => HowToBeRecognised,
    };

    /// <summary>The same, where it is known what is wrong: nobody is sent for a thing that would be refused again.</summary>
    public static string Advice(EvidenceKind evidence, EvidenceFault fault) => fault switch
    {
        EvidenceFault.AccountBlocked => "Ask an administrator of this hub about the account.",
        EvidenceFault.AccountGone => "Sign in as an account that is there, or send a token of one.",
        EvidenceFault.NotPermitted => "Send a token that permits this Space, or make one that does.",
        EvidenceFault.Repeated => $"Send the {Of(evidence)} once.",
        EvidenceFault.CrossSite => "Send an access token from there, or open the Space at its own address.",
        EvidenceFault.TooManyHops => "Call one of the Spaces in between directly.",
        EvidenceFault.EventOver => "Send the request again from an event that goes on.",
        EvidenceFault.Malformed or EvidenceFault.ForeignForm or EvidenceFault.Forged or EvidenceFault.OfAnotherHub or EvidenceFault.OfAnotherSpace
            or EvidenceFault.Unknown or EvidenceFault.Revoked or EvidenceFault.SignedOut or EvidenceFault.Expired => Advice(evidence),
    };

    /// <summary>What somebody does whose sign-in at the hub did not come along, without a full stop.</summary>
    public static string OpenAs(string reader) => $"Open the Space as {reader}, who is signed in here";

    /// <summary>Who is counted and why, as one sentence: what a person reads who does not see the evidence.</summary>
    /// <param name="account">The account's name; null where it is none, or gone.</param>
    public static string Counted(IdentityId identity, Recognition? recognition, string? account)
    {
        var who = identity.IsAnonymous
            ? $"You were counted as an anonymous visitor ({identity.Value["anonymous:".Length..]}): no sign-in reached this Space."
            : $"You were counted as {account ?? "an account that is gone"}{(recognition is null ? "" : $", recognised by {An(recognition.By)}")}.";
        return recognition switch
        {
            { Via: { } first, ThenVia: { } second } => $"{who} The call came through {first} and {second}.",
            { Via: { } first } => $"{who} The call came through {first}.",
            _ => who,
        };
    }

    /// <summary>Who somebody is where nothing was counted, as a clause that goes on.</summary>
    /// <param name="account">The account's name; null where it is none, or gone.</param>
    public static string Here(IdentityId identity, string? account) => identity.IsAnonymous
        ? $"You are an anonymous visitor here ({identity.Value["anonymous:".Length..]})"
        : $"You are {account ?? "an account that is gone"} here";

    /// <summary>What is wrong with an access token, for whoever looked it up; null where it holds.</summary>
    public static EvidenceFault? FaultOf(AccessTokenOutcome outcome) => outcome switch
    {
        AccessTokenOutcome.Valid => null,
        AccessTokenOutcome.Malformed => EvidenceFault.Malformed,
        AccessTokenOutcome.Foreign => EvidenceFault.OfAnotherHub,
        AccessTokenOutcome.Unknown => EvidenceFault.Unknown,
        AccessTokenOutcome.Revoked => EvidenceFault.Revoked,
        AccessTokenOutcome.Expired => EvidenceFault.Expired,
        AccessTokenOutcome.AccountBlocked => EvidenceFault.AccountBlocked,
    };

    /// <summary>What is wrong with a sign-in, for whoever looked it up; null where it holds.</summary>
    public static EvidenceFault? FaultOf(SessionOutcome outcome) => outcome switch
    {
        SessionOutcome.Valid => null,
        SessionOutcome.Unknown => EvidenceFault.Unknown,
        SessionOutcome.Ended => EvidenceFault.SignedOut,
        SessionOutcome.Expired => EvidenceFault.Expired,
        SessionOutcome.AccountBlocked => EvidenceFault.AccountBlocked,
        SessionOutcome.OfAnotherSpace => EvidenceFault.OfAnotherSpace,
    };

    public static string Code(AccessTokenOutcome outcome) => FaultOf(outcome) is { } fault ? Code(EvidenceKind.AccessToken, fault) : "access-token-valid";

    public static string Sentence(AccessTokenOutcome outcome) =>
        FaultOf(outcome) is { } fault ? Sentence(EvidenceKind.AccessToken, fault) : "The access token holds.";

    /// <summary>With its article.</summary>
    public static string An(EvidenceKind evidence) => evidence is EvidenceKind.IdentityToken or EvidenceKind.DelegatedToken or EvidenceKind.AccessToken
        ? $"an {Of(evidence)}"
        : $"a {Of(evidence)}";
}
