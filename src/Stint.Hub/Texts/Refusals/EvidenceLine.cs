using Stint.Core.Identities;
using Stint.Core.Quota;

namespace Stint.Hub.Texts.Refusals;

/// <summary>One kind of evidence and what became of it, in words.</summary>
/// <param name="Standing"><c>believed</c>, <c>rejected</c>, <c>missing</c> or <c>not heard</c>.</param>
public sealed record EvidenceLine(string Evidence, string Standing, string Note)
{
    private const string Believed = "believed";
    private const string Rejected = "rejected";
    private const string Missing = "missing";
    private const string NotHeard = "not heard";

    /// <summary>The word without its space, for the style.</summary>
    public string Word => Standing.Replace(' ', '-');

    /// <summary>
    /// Evidence is heard in order and the first that was sent decides, so what was believed says what was missing before it.
    /// Empty where nothing is known of how anyone was recognised.
    /// </summary>
    public static IReadOnlyList<EvidenceLine> Of(Refusal refusal) => refusal switch
    {
        { Identity: null } => [OfToken(refusal.Main.Cause)],
        { Identity.IsAnonymous: true } => Heard(EvidenceKind.Network, new(EvidenceTexts.Of(EvidenceKind.Network), Believed, "Nothing else was sent, so the network is counted, whoever is there.")),
        { Recognition: { } recognition } => Heard(recognition.By, new(EvidenceTexts.Of(recognition.By), Believed, "It holds, and is the first that is heard.")),
        _ => [],
    };

    /// <summary>The same of a request that was turned away for evidence that does not hold.</summary>
    public static IReadOnlyList<EvidenceLine> Of(DoorCause cause) => cause switch
    {
        { Kind: { } kind } => Heard(kind, new(EvidenceTexts.Of(kind), Rejected, cause.Sentence)),
        { IsOfSpace: true } => [],
        _ when cause.Code == EvidenceTexts.NotYoursCode => [],
        _ => Heard(EvidenceKind.Network, new(EvidenceTexts.Of(EvidenceKind.Network), Rejected, "A network is nobody's name, and this Space is open to people it knows.")),
    };

    private static EvidenceLine OfToken(RefusalCause cause) => cause == RefusalCause.NoVisitor
        ? new(EvidenceTexts.Of(EvidenceKind.IdentityToken), Missing, "The Space sent none to the device API.")
        : new(EvidenceTexts.Of(EvidenceKind.IdentityToken), Rejected, $"{RefusalTexts.Title(cause)}.");

    private static List<EvidenceLine> Heard(EvidenceKind deciding, EvidenceLine line) =>
    [
        .. Enum.GetValues<EvidenceKind>().Where(kind => kind < deciding && Speaks(kind)).Select(kind => new EvidenceLine(EvidenceTexts.Of(kind), Missing, "None was sent.")),
        line,
        .. Enum.GetValues<EvidenceKind>().Where(kind => kind > deciding && Speaks(kind)).Select(kind => new EvidenceLine(EvidenceTexts.Of(kind), NotHeard, "What is heard before it decided.")),
    ];

    /// <summary>What people and programs send; the tokens between Spaces are told of only where one decided.</summary>
    private static bool Speaks(EvidenceKind kind) => kind is not (EvidenceKind.IdentityToken or EvidenceKind.DelegatedToken);
}
