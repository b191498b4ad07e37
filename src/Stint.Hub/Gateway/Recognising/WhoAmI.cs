using Stint.Core.Identities;
using Stint.Core.Spaces;
using Stint.Hub.Engine;
using Stint.Hub.Store;
using Stint.Hub.Store.Ledgers;
using Stint.Hub.Texts;

namespace Stint.Hub.Gateway.Recognising;

/// <summary>Who a request counts for and why, with everything it carried.</summary>
/// <param name="Outcome"><c>recognised</c>, <c>anonymous</c>, or <c>refused</c>: then nobody would be charged.</param>
/// <param name="Because">The same as one sentence.</param>
/// <param name="RecognisedBy">What decided, as one stable word.</param>
/// <param name="Via">The Spaces that stand between the visitor and this address, the first called first.</param>
/// <param name="Visitor">The mark of a browser that goes on unknown; nobody is charged by it.</param>
/// <param name="HowToBeRecognised">What to send; null for whoever is.</param>
internal sealed record MeAnswer(
    string Outcome, string? Identity, string? Account, string? Plan, string Because, string RecognisedBy, IReadOnlyList<string> Via, int Hop, string? Visitor,
    IReadOnlyList<EvidenceAnswer> Evidence, MePurseAnswer? Quota, string? HowToBeRecognised);

/// <summary>One kind of evidence and what became of it.</summary>
/// <param name="Carrier">Where it was; null where it is missing.</param>
/// <param name="Standing"><c>believed</c>, <c>rejected</c>, <c>outranked</c> or <c>missing</c>.</param>
/// <param name="Cause">Why it is not believed, as one stable word.</param>
internal sealed record EvidenceAnswer(string Kind, string? Carrier, string Standing, string? Cause, string? Sentence);

/// <summary>The quota as the gate would read it at this moment. Always: spent + reserved + left = allowance.</summary>
internal sealed record MePurseAnswer(string Purse, decimal AllowanceSeconds, decimal SpentSeconds, decimal ReservedSeconds, decimal LeftSeconds, DateTime? ResetsAt);

/// <summary>Explains attributions: the same read of the ledger that admission decides by.</summary>
internal sealed class WhoAmI(Catalogue catalogue, LedgerReads reads, LedgerClock clock)
{
    public MeAnswer Of(Attribution attribution, string? visitor = null)
    {
        var deciding = attribution.Deciding;
        var account = attribution.Identity?.Account is { } id ? catalogue.FindAccount(id) : null;
        var plan = attribution.Identity is { } payer ? catalogue.PlanOf(payer) : null;
        return new(
            Word(attribution.Outcome), attribution.Identity?.Value, account?.Name, plan?.Name,
            attribution.Identity is { } identity ? EvidenceTexts.Counted(identity, deciding.Recognition, account?.Name) : EvidenceTexts.Sentence(deciding.Kind, deciding.Fault!.Value),
            EvidenceTexts.Word(deciding.Kind),
            [.. new[] { deciding.Recognition?.Via, deciding.Recognition?.ThenVia }.OfType<SpaceId>().Select(space => space.ToString())], deciding.Recognition?.Hops ?? 0,
            attribution.Outcome == AttributionOutcome.Anonymous ? visitor : null,
            [.. attribution.Weigh().Select(Of)], attribution.Identity is { } whose ? PurseOf(whose) : null,
            attribution.Outcome == AttributionOutcome.Recognised ? null : deciding.Fault is { } fault ? EvidenceTexts.Advice(deciding.Kind, fault) : EvidenceTexts.Advice(deciding.Kind));
    }

    private MePurseAnswer PurseOf(IdentityId identity)
    {
        var reading = reads.Ledger(identity).Read(catalogue.PlanOf(identity), clock.Now);
        return new(
            PurseId.OfAllowance(identity).Value, reading.Allowance.InSeconds(), reading.Spent.InSeconds(), reading.Reserved.InSeconds(), reading.Left.InSeconds(),
            reading.ResetsAt?.ToUtc().UtcDateTime);
    }

    private static EvidenceAnswer Of(WeighedEvidence weighed) => new(
        EvidenceTexts.Word(weighed.Kind), weighed.Evidence?.Carrier, Word(weighed.Standing),
        weighed.Evidence?.Fault is { } fault ? EvidenceTexts.Code(weighed.Kind, fault) : null,
        weighed.Evidence?.Fault is { } named ? EvidenceTexts.Sentence(weighed.Kind, named) : null);

    private static string Word(AttributionOutcome outcome) => outcome switch
    {
        AttributionOutcome.Recognised => "recognised",
        AttributionOutcome.Anonymous => "anonymous",
        AttributionOutcome.Refused => "refused",
    };

    private static string Word(EvidenceStanding standing) => standing switch
    {
        EvidenceStanding.Believed => "believed",
        EvidenceStanding.Rejected => "rejected",
        EvidenceStanding.Outranked => "outranked",
        EvidenceStanding.Missing => "missing",
    };
}
