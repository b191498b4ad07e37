using Stint.Core.Spaces;

namespace Stint.Hub.Spaces;

/// <summary>How a Space does, as last observed. Replaced as a whole, so a reader always sees one moment.</summary>
/// <param name="Since">Since when it is in this stage.</param>
/// <param name="Address">Where it listens; null while nothing of it runs.</param>
/// <param name="RootPid">The process its workers descend from; null for a Space somebody else runs, and while nothing runs.</param>
/// <param name="LastExitCode">How its last process ended, 128 + n for signal n; null while none has.</param>
/// <param name="Crashes">Times its process ended by itself since the hub started.</param>
/// <param name="Problem">What is wrong and what to do, for whoever owns it; null when nothing is.</param>
/// <param name="LastLines">The end of its output when it last crashed.</param>
public sealed record SpaceHealth(
    SpaceStage Stage, DateTimeOffset Since, Uri? Address, int? RootPid, int? LastExitCode, int Crashes, string? Problem, IReadOnlyList<string> LastLines)
{
    /// <summary>When it is started again after a crash; null where it runs or is to be left as it is.</summary>
    public DateTimeOffset? NextStartAt { get; init; }

    /// <summary>It slept, somebody came, and it does not answer yet.</summary>
    public bool IsWaking { get; init; }

    /// <summary>Times the kernel ended a process of it because its memory was used up, since the hub started.</summary>
    public long KilledForMemory { get; init; }

    public static SpaceHealth Starting(DateTimeOffset since, Uri? address = null) => new(SpaceStage.AppStarting, since, address, null, null, 0, null, []);
}
