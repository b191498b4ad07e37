using Stint.Core.Spaces;
using Stint.Hub.Spaces.Settings;

namespace Stint.Hub.Spaces.Care;

/// <summary>What the operator and the owner give a supervised Space beside its command: settings, rest, limits. Nothing of it by default.</summary>
public sealed record SpaceCare
{
    /// <summary>The secrets and variables it is started with.</summary>
    public Func<SpaceId, IReadOnlyList<SpaceSetting>> Settings { get; init; } = _ => [];

    /// <summary>How long nobody has used it; null while somebody does.</summary>
    public Func<SpaceId, TimeSpan?> IdleFor { get; init; } = _ => null;

    /// <summary>It was used at this moment, if only by being started.</summary>
    public Action<SpaceId> Used { get; init; } = _ => { };

    /// <summary>After so long without use it sleeps; null for never. A Space may say otherwise.</summary>
    public TimeSpan? SleepsAfter { get; init; }

    /// <summary>Where the machine lets the hub hold Spaces to limits; null where none are asked for.</summary>
    internal SpaceCgroups? Cgroups { get; init; }

    public TimeSpan? SleepsAfterOf(Space space) => space.SleepAfterSeconds switch
    {
        null => SleepsAfter,
        0 => null,
        { } seconds => TimeSpan.FromSeconds(seconds),
    };
}
