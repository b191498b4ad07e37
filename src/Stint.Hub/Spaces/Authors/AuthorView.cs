using Stint.Core.Quota;
using Stint.Core.Spaces;
using Stint.Hub.Spaces.Front;
using Stint.Hub.Store.Ledgers;
using Stint.Hub.Telemetry;

namespace Stint.Hub.Spaces.Authors;

/// <summary>A Space as its author sees it.</summary>
/// <param name="Report">How it does; null for one that somebody else runs.</param>
/// <param name="Lines">The end of its output, oldest first; null for one that somebody else runs.</param>
public sealed record AuthorView(SpaceId Id, SpaceStage Stage, string? Problem, ProfileAnswer Profile, SpaceCounts Counts, SpaceReport? Report, IReadOnlyList<string>? Lines, Instant Now)
{
    public int Calls => Counts.CallsWithVisitor + Counts.CallsWithout;
}
