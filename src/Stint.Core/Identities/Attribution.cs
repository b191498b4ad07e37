namespace Stint.Core.Identities;

public enum AttributionOutcome
{
    Recognised,
    /// <summary>Nothing spoke for anyone: counted for the network it came from.</summary>
    Anonymous,
    /// <summary>Something spoke and is not believed: nobody is charged for it, least of all somebody else.</summary>
    Refused,
}

/// <summary>What became of one kind of evidence in an attribution.</summary>
public enum EvidenceStanding
{
    /// <summary>It decided.</summary>
    Believed,
    Rejected,
    /// <summary>It holds, but other evidence is heard before it.</summary>
    Outranked,
    Missing,
}

/// <param name="Evidence">Null exactly where it is missing.</param>
public sealed record WeighedEvidence(EvidenceKind Kind, EvidenceStanding Standing, Evidence? Evidence);

/// <summary>Who pays for one request and why: the one identity, and every kind of evidence with what became of it.</summary>
/// <param name="Identity">Null exactly where refused.</param>
/// <param name="Deciding">What decided: believed, or the one whose fault refuses the request.</param>
/// <param name="Heard">What the request carried, in the order in which evidence is heard.</param>
public sealed record Attribution(AttributionOutcome Outcome, IdentityId? Identity, Evidence Deciding, IReadOnlyList<Evidence> Heard)
{
    private static readonly EvidenceKind[] Kinds = Enum.GetValues<EvidenceKind>();

    /// <summary>Every kind of evidence with what became of it, in order; kinds that were not there are among them as missing.</summary>
    public IReadOnlyList<WeighedEvidence> Weigh() =>
    [
        .. Kinds.SelectMany(kind => Heard.Where(evidence => evidence.Kind == kind) is var found && found.Any()
            ? found.Select(evidence => new WeighedEvidence(kind, StandingOf(evidence), evidence))
            : [new WeighedEvidence(kind, EvidenceStanding.Missing, null)]),
    ];

    private EvidenceStanding StandingOf(Evidence evidence) => evidence switch
    {
        { Fault: not null } => EvidenceStanding.Rejected,
        _ when ReferenceEquals(evidence, Deciding) => EvidenceStanding.Believed,
        _ => EvidenceStanding.Outranked,
    };
}

/// <summary>Turns the evidence of one request into one identity.</summary>
public static class Attributing
{
    /// <summary>
    /// 1 Evidence is heard in the order of its kinds, and of one kind in the order given. 2 The first that was sent decides:
    /// believed, it is who pays; with a fault, the request is refused, for whoever sent it meant to be someone. 3 One exception:
    /// a Space token that only expired yields to an access token that holds, because clients keep their first one for as long
    /// as they live. 4 What nobody sent evidence for is the network's.
    /// </summary>
    /// <param name="sent">What the request carried; exactly one is of the network and holds.</param>
    public static Attribution Decide(IReadOnlyList<Evidence> sent)
    {
        // 1
        var heard = InOrder(sent);
        var network = heard[^1];
        Invariant.Holds(network is { Kind: EvidenceKind.Network, Identity: not null }, "every request comes from some network");
        // 2, 3, 4
        var deciding = heard.Find(evidence => !Yields(evidence, heard))!;
        var outcome = deciding switch
        {
            { Fault: not null } => AttributionOutcome.Refused,
            { Identity.IsAnonymous: true } => AttributionOutcome.Anonymous,
            _ => AttributionOutcome.Recognised,
        };
        return new(outcome, deciding.Identity, deciding, heard);
    }

    /// <summary>By kind, and within a kind as given: what few things a request carries are put in place one by one.</summary>
    private static List<Evidence> InOrder(IReadOnlyList<Evidence> sent)
    {
        var heard = new List<Evidence>(sent.Count);
        foreach (var evidence in sent)
        {
            var place = heard.Count;
            while (place > 0 && heard[place - 1].Kind > evidence.Kind) place--;
            heard.Insert(place, evidence);
        }

        return heard;
    }

    private static bool Yields(Evidence evidence, List<Evidence> heard) =>
        evidence is { Kind: EvidenceKind.SpaceToken, Fault: EvidenceFault.Expired }
        && heard.Find(other => other.Kind == EvidenceKind.AccessToken) is { Fault: null };
}
