using Stint.Core.Spaces;

namespace Stint.Hub;

/// <summary>Where people and programs reach a Space: its own origin at the gateway. Null while it has none.</summary>
public delegate Uri? SpaceAddress(SpaceId space);

/// <summary>Where the gateway forwards to, and how the Space does there. Registered by whoever runs Spaces.</summary>
public delegate SpaceReach SpaceUpstream(SpaceId space);

/// <param name="Address">Null while nothing of it runs.</param>
/// <param name="Problem">What is wrong with it and what to do; null when nothing is.</param>
public sealed record SpaceReach(SpaceStage Stage, Uri? Address, string? Problem);
