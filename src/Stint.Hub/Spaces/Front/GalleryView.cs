using Stint.Core.Spaces;

namespace Stint.Hub.Spaces.Front;

/// <summary>A Space as the front page shows it.</summary>
/// <param name="Typical">What a run costs as a rule, in words.</param>
/// <param name="Wait">How long a run would wait at this moment, in words.</param>
public sealed record GalleryCard(SpaceId Id, SpaceStage Stage, SpaceVisibility Visibility, string Typical, string Wait);

/// <summary>The front page at one moment: the Spaces that its visitor may open and looked for.</summary>
/// <param name="Search">What was looked for; empty for everything.</param>
/// <param name="Found">How many are like that; a page shows some of them.</param>
/// <param name="Pool">The GPUs now, in words.</param>
public sealed record GalleryView(IReadOnlyList<GalleryCard> Cards, string Search, int Found, string Pool)
{
    /// <summary>1 for the first.</summary>
    public int Page { get; init; } = 1;

    public int Pages { get; init; } = 1;
}
