using Stint.Hub.Tokens;

namespace Stint.Hub.Texts;

/// <summary>The one place where evidence that does not hold becomes words. Never repeats any of the evidence.</summary>
public static class EvidenceTexts
{
    public const string MissingCode = "evidence-missing";
    public const string UnusableCode = "evidence-unusable";

    public const string Title = "Who sends this is not known";
    public const string Unusable = "The Authorization header is not one bearer token.";
    public const string Missing = "The request carries nothing that says who sends it.";
    public const string HowToBeRecognised = "Send an access token of this hub: Authorization: Bearer hf_... (stint token create, or the tokens page).";

    public static string Of(EvidenceKind evidence) => evidence switch { EvidenceKind.AccessToken => "access token" };

    public static string Code(AccessTokenOutcome outcome) => outcome switch
    {
        AccessTokenOutcome.Valid => "access-token-valid",
        AccessTokenOutcome.Malformed => "access-token-malformed",
        AccessTokenOutcome.Foreign => "access-token-of-another-hub",
        AccessTokenOutcome.Unknown => "access-token-unknown",
        AccessTokenOutcome.Revoked => "access-token-revoked",
        AccessTokenOutcome.Expired => "access-token-expired",
        AccessTokenOutcome.AccountBlocked => "account-blocked",
    };

    public static string Sentence(AccessTokenOutcome outcome) => outcome switch
    {
        AccessTokenOutcome.Valid => "The access token holds.",
        AccessTokenOutcome.Malformed => "What was sent as an access token is none of this hub's: it is mistyped or cut short.",
        AccessTokenOutcome.Foreign => "This is an access token of another hub. It was not stored; take care where you send it.",
        AccessTokenOutcome.Unknown => "This hub made the access token but does not know it any more: its data was put back to an earlier state.",
        AccessTokenOutcome.Revoked => "The access token was revoked.",
        AccessTokenOutcome.Expired => "The access token has passed its time.",
        AccessTokenOutcome.AccountBlocked => "The account of this access token was shut out by an administrator.",
    };
}
