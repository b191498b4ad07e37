using Stint.Core.Spaces;

namespace Stint.Hub.Nodes;

/// <summary>The process the hub itself started for a Space; null where it started none, or none runs at the moment.</summary>
public delegate int? SupervisedProcess(SpaceId space);
