using Stint.Core.Spaces;

namespace Stint.Hub;

/// <summary>Where people and programs reach a Space; null while it is nowhere to be reached. Registered by whoever runs Spaces.</summary>
public delegate Uri? SpaceAddress(SpaceId space);
