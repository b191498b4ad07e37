using Stint.Core.Spaces;

namespace Stint.Hub;

/// <summary>Where people and programs reach a Space: its own origin at the gateway. Null while it has none.</summary>
public delegate Uri? SpaceAddress(SpaceId space);

/// <summary>Where the gateway forwards to, and how the Space does there. Registered by whoever runs Spaces.</summary>
public delegate SpaceReach SpaceUpstream(SpaceId space);

/// <param name="Address">Null while nothing of it runs.</param>
/// <param name="Problem">What is wrong with it and what to do; null when nothing is.</param>
public sealed record SpaceReach(SpaceStage Stage, Uri? Address, string? Problem)
{
    /// <summary>Wakes it, and completes with how it does when it answers or that has taken too long; null unless it sleeps or is waking.</summary>
    public Func<CancellationToken, Task<SpaceReach>>? Wake { get; init; }

    /// <summary>Begins a visit, which keeps it awake until it is disposed of; null where nothing of it ever sleeps.</summary>
    public Func<IDisposable>? Visit { get; init; }
}
