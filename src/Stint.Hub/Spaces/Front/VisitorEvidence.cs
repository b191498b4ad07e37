using Stint.Core.Identities;
using Stint.Core.Quota;
using Stint.Hub.Texts;

namespace Stint.Hub.Spaces.Front;

/// <summary>One kind of evidence on the visitor's way to a Space, and what becomes of it there.</summary>
/// <param name="Kind">In words.</param>
/// <param name="Standing"><c>believed</c>, <c>rejected</c>, <c>outranked</c> or <c>missing</c>, as the Space's own address words it.</param>
public sealed record VisitorEvidence(string Kind, string Standing, string Sentence)
{
    /// <summary>In the order in which evidence is heard.</summary>
    /// <param name="fault">Why the sign-in that the browser sent does not hold; null where it does, or none was sent.</param>
    /// <param name="network">The address that the request came from.</param>
    public static IReadOnlyList<VisitorEvidence> Of(bool isSignedIn, EvidenceFault? fault, IdentityId network) =>
    [
        new(EvidenceTexts.Of(EvidenceKind.AccessToken), "missing", VisitorTexts.NoTokenOnPages),
        isSignedIn ? new(EvidenceTexts.Of(EvidenceKind.Cookie), "believed", VisitorTexts.SignInDecides)
        : fault is { } why ? new(EvidenceTexts.Of(EvidenceKind.Cookie), "rejected", $"{EvidenceTexts.Sentence(EvidenceKind.Cookie, why)} {EvidenceTexts.Advice(EvidenceKind.Cookie)}")
        : new(EvidenceTexts.Of(EvidenceKind.Cookie), "missing", VisitorTexts.NoSignIn),
        new(EvidenceTexts.Of(EvidenceKind.Network), isSignedIn ? "outranked" : "believed", VisitorTexts.Address(network, isSignedIn)),
    ];

    /// <summary>What decided at the last run: a page says what should be, this what was.</summary>
    public static string? OfLastRun(Receipt? last, Account? account) =>
        last?.Recognition is null ? null : VisitorTexts.LastRun(EvidenceTexts.Counted(last.Identity, last.Recognition, account?.Name));
}
