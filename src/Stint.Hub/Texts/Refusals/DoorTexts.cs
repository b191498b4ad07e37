using Stint.Core.Identities;
using Stint.Core.Spaces;

namespace Stint.Hub.Texts.Refusals;

/// <summary>Why a request was turned away at a Space's address, as one stable word with its texts. Nobody was counted for it.</summary>
/// <param name="Key">What its address calls it: the word, and where that does not say it, the kind of evidence.</param>
/// <param name="When">When it works again, as a sentence.</param>
/// <param name="Kind">The evidence that is not believed; null where none was wanting belief.</param>
/// <param name="IsOfSpace">True where the Space gave no answer; nobody who asked is at fault.</param>
public sealed record DoorCause(string Key, string Code, string Title, string Sentence, string Advice, string When, EvidenceKind? Kind, EvidenceFault? Fault, bool IsOfSpace);

/// <summary>Every such cause by its word.</summary>
public static class DoorTexts
{
    private static readonly Dictionary<string, DoorCause> ByKey = All().ToDictionary(cause => cause.Key);

    public static IReadOnlyCollection<DoorCause> Causes => ByKey.Values;

    /// <summary>Null for a word that is none of ours: nothing from an address is ever shown.</summary>
    public static DoorCause? Find(string key) => ByKey.GetValueOrDefault(key);

    /// <summary>What the address of such a refusal calls it.</summary>
    public static string KeyOf(EvidenceKind kind, EvidenceFault fault) =>
        EvidenceTexts.Code(kind, fault) is var code && code.StartsWith(EvidenceTexts.Word(kind), StringComparison.Ordinal) ? code : $"{EvidenceTexts.Word(kind)}.{code}";

    public static string Counted(DoorCause cause) => cause switch
    {
        { IsOfSpace: true } => "Nobody was counted, and nothing was charged: the Space itself gave no answer.",
        { Kind: { } kind } => $"Nobody was counted: what was sent as {EvidenceTexts.An(kind)} is not believed, and nobody else pays for whoever sent it, not even as an anonymous visitor.",
        _ when cause.Code == EvidenceTexts.NotYoursCode => "Nobody was counted: somebody was recognised who is not this Space's owner.",
        _ => "Nobody was counted: no sign-in and no token reached the Space's address.",
    };

    /// <summary>What its reader can do: who is signed in at the hub by now need not do so again.</summary>
    /// <param name="reader">The name of whoever is signed in at the hub; null for nobody.</param>
    public static string Advice(DoorCause cause, string? reader) => HelpsToOpenAs(cause, reader) ? EvidenceTexts.OpenAs(reader!) + "." : cause.Advice;

    /// <summary>When it works again for its reader.</summary>
    public static string When(DoorCause cause, string? reader) =>
        HelpsToOpenAs(cause, reader) ? "At once, with the sign-in that you have here; waiting does not help." : cause.When;

    private static bool HelpsToOpenAs(DoorCause cause, string? reader) =>
        reader is not null && cause.Code != EvidenceTexts.NotYoursCode && FixTexts.Of(cause, signedIn: true).Contains(FixKind.OpenSignedIn);

    private static IEnumerable<DoorCause> All()
    {
        foreach (var kind in Enum.GetValues<EvidenceKind>().Where(kind => kind != EvidenceKind.Network))
            foreach (var fault in Enum.GetValues<EvidenceFault>())
                yield return new(
                    KeyOf(kind, fault), EvidenceTexts.Code(kind, fault), TitleOf(kind, fault), EvidenceTexts.Sentence(kind, fault), EvidenceTexts.Advice(kind, fault), WhenOf(kind, fault), kind, fault, false);
        yield return new(EvidenceTexts.SignInNeededCode, EvidenceTexts.SignInNeededCode, "This Space wants to know who you are", EvidenceTexts.SignInNeeded, EvidenceTexts.SignInAdvice, "At once, when you are signed in; waiting does not help.", null, null, false);
        yield return new(EvidenceTexts.NotYoursCode, EvidenceTexts.NotYoursCode, "This Space is its owner's alone", EvidenceTexts.NotYours, EvidenceTexts.NotYoursAdvice, "When its owner opens it; waiting alone does not help.", null, null, false);
        foreach (var stage in Enum.GetValues<SpaceStage>())
            yield return new(SpaceTexts.UnreachedCode(stage), SpaceTexts.UnreachedCode(stage), SpaceTexts.UnreachedTitle(stage), SpaceTexts.Unreached(stage, "The Space"), SpaceTexts.UnreachedAdvice(stage), SpaceTexts.UnreachedUntil(stage), null, null, true);
    }

    private static string TitleOf(EvidenceKind kind, EvidenceFault fault) => fault switch
    {
        EvidenceFault.AccountBlocked => "The account was shut out",
        EvidenceFault.AccountGone => "The account is gone",
        EvidenceFault.Expired => $"The {EvidenceTexts.Of(kind)} has expired",
        EvidenceFault.Revoked => $"The {EvidenceTexts.Of(kind)} was revoked",
        EvidenceFault.SignedOut => "The sign-in was ended",
        EvidenceFault.OfAnotherHub => $"The {EvidenceTexts.Of(kind)} is of another hub",
        EvidenceFault.OfAnotherSpace => $"The {EvidenceTexts.Of(kind)} is for another Space",
        EvidenceFault.NotPermitted => $"The {EvidenceTexts.Of(kind)} does not permit this Space",
        EvidenceFault.Malformed or EvidenceFault.Repeated or EvidenceFault.ForeignForm or EvidenceFault.Forged => $"The {EvidenceTexts.Of(kind)} cannot be believed",
        EvidenceFault.Unknown => $"The {EvidenceTexts.Of(kind)} is not known here",
        EvidenceFault.EventOver => "The event that the call belongs to is over",
        EvidenceFault.TooManyHops => "The call was handed on too often",
        EvidenceFault.CrossSite => "The sign-in came from another site's page",
    };

    private static string WhenOf(EvidenceKind kind, EvidenceFault fault) => fault switch
    {
        EvidenceFault.AccountBlocked => "When an administrator lets the account in again; waiting alone does not help.",
        EvidenceFault.AccountGone => "At once, as another account; waiting does not help.",
        EvidenceFault.TooManyHops => "At once, where fewer Spaces stand between; waiting does not help.",
        EvidenceFault.CrossSite => "At once, with an access token or from a page of the Space's own address; waiting does not help.",
        EvidenceFault.EventOver or EvidenceFault.OfAnotherSpace or EvidenceFault.Repeated or EvidenceFault.Forged or EvidenceFault.Malformed or EvidenceFault.ForeignForm
            or EvidenceFault.OfAnotherHub or EvidenceFault.Unknown or EvidenceFault.Revoked or EvidenceFault.SignedOut or EvidenceFault.Expired or EvidenceFault.NotPermitted =>
            kind switch
            {
                EvidenceKind.Cookie => "At once, when you have signed in again; waiting does not help.",
                EvidenceKind.AccessToken or EvidenceKind.Network => "At once, with an access token of this hub that holds; waiting does not help.",
                EvidenceKind.SpaceToken => "At once, with a fresh token of the Space; waiting does not help.",
                EvidenceKind.IdentityToken or EvidenceKind.DelegatedToken => "At once, from a new event; waiting does not help.",
            },
    };
}
