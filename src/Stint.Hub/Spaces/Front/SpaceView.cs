using Stint.Core.Identities;
using Stint.Core.Spaces;
using Stint.Hub.Store.Ledgers;

namespace Stint.Hub.Spaces.Front;

/// <summary>A Space's page for one visitor at one moment.</summary>
/// <param name="Account">Null for someone who is not signed in.</param>
/// <param name="Quota">Of whoever a run would be counted to.</param>
/// <param name="Direct">Where it opens without the hub around it; null where it has no address.</param>
/// <param name="Frame">What its frame shows first; null while it does not run.</param>
/// <param name="Problem">What is wrong with it, for its owner's eyes; null for everyone else, and where nothing is.</param>
public sealed record SpaceView(
    SpaceId Id, SpaceStage Stage, Account? Account, QuotaSnapshot Quota, SpaceStanding Standing, Uri? Direct, Uri? Frame, string? Problem)
{
    /// <summary>True for its owner and administrators, who see its author's page.</summary>
    public bool IsTheirs { get; init; }

    /// <summary>How it does, for its owner's eyes; null for everyone else, and where the hub does not run it.</summary>
    public SpaceReport? Report { get; init; }

    /// <summary>What speaks for the visitor and what becomes of it, in the order in which it is heard.</summary>
    public required IReadOnlyList<VisitorEvidence> Evidence { get; init; }

    /// <summary>True where runs end by themselves, whoever leaves.</summary>
    public bool Drains { get; init; }

    /// <summary>True right after the stop button was pressed.</summary>
    public bool WasStopped { get; init; }
}
