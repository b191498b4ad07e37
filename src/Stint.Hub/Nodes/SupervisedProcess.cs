using Stint.Core.Spaces;

namespace Stint.Hub.Nodes;

/// <summary>The process the hub itself started for a Space; null where it started none, or none runs at the moment.</summary>
public delegate int? SupervisedProcess(SpaceId space);

/// <summary>True where the kernel ended a process of this Space since the last look because its memory was used up; each is told once.</summary>
public delegate bool StarvedSpace(SpaceId space);
