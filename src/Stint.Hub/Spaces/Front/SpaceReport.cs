using Stint.Core.Spaces;

namespace Stint.Hub.Spaces.Front;

/// <summary>How a Space does, for whoever may open it; what is wrong with it and its last lines for its owner and administrators.</summary>
/// <param name="Stage">As clients of the Hub API know it.</param>
/// <param name="SleepsAfterSeconds">How long nobody uses it before it sleeps; null where it never does.</param>
/// <param name="Crashes">Times its process ended by itself since the hub started.</param>
/// <param name="NextStartAt">When it is started again after a crash.</param>
/// <param name="KilledForMemory">Times the kernel ended a process of it because its memory was used up.</param>
/// <param name="LastLines">The end of its output when it last crashed.</param>
public sealed record SpaceReport(
    string Space, string Stage, DateTime Since, int? SleepsAfterSeconds, int? MemoryMebibytes, int? Processes, int Crashes, int? LastExitCode, DateTime? NextStartAt,
    long KilledForMemory, string? Problem, IReadOnlyList<string> LastLines)
{
    public static SpaceReport Of(Space space, SpaceHealth health, TimeSpan? sleepsAfter, bool isOwner) => new(
        space.Id.ToString(), health.Stage.Name(), health.Since.UtcDateTime, (int?)sleepsAfter?.TotalSeconds, space.MemoryMebibytes, space.Processes, health.Crashes,
        health.LastExitCode, health.NextStartAt?.UtcDateTime, health.KilledForMemory, isOwner ? health.Problem : null, isOwner ? health.LastLines : []);
}

/// <param name="Lines">The newest, oldest of them first; the time stands in front of each.</param>
public sealed record LogAnswer(string Space, IReadOnlyList<string> Lines);
