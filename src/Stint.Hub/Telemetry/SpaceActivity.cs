using System.Collections.Concurrent;
using Stint.Core.Quota;
using Stint.Core.Spaces;

namespace Stint.Hub.Telemetry;

/// <summary>What a Space was seen to do since the hub started, counted where it is seen: at the gateway and at the device API.</summary>
/// <param name="Events">Events that visitors began.</param>
/// <param name="CallsWithVisitor">Calls for a GPU that named their visitor.</param>
/// <param name="CallsWithout">Calls for a GPU that named none: refused.</param>
/// <param name="CallsWithoutAmidEvents">Of those, the ones made while an event of the Space went on, whose visitor was lost on the way.</param>
/// <param name="CallsWithoutSince">When the first of those without a visitor came.</param>
/// <param name="WaitedInApp">Events that waited in the app's own queue.</param>
/// <param name="TurnedAwayByApp">Events that the app refused because its own queue was full.</param>
/// <param name="FromOtherApps">Anonymous events that a program of this machine began while a visitor used another Space.</param>
public sealed record SpaceCounts(
    int Events, int CallsWithVisitor, int CallsWithout, int CallsWithoutAmidEvents, Instant? CallsWithoutSince, int WaitedInApp, int TurnedAwayByApp, int FromOtherApps)
{
    public static readonly SpaceCounts None = new(0, 0, 0, 0, null, 0, 0, 0);
}

/// <summary>Counts what Spaces do: for their authors and the doctor to look at. Advice, never a gate; forgotten at a restart.</summary>
public sealed class SpaceActivity
{
    private readonly ConcurrentDictionary<SpaceId, SpaceCounts> counts = new();

    public SpaceCounts Of(SpaceId space) => counts.GetValueOrDefault(space, SpaceCounts.None);

    public void EventBegan(SpaceId space, bool fromOtherApp) =>
        Count(space, seen => seen with { Events = seen.Events + 1, FromOtherApps = seen.FromOtherApps + (fromOtherApp ? 1 : 0) });

    public void EventWaitedInApp(SpaceId space) => Count(space, seen => seen with { WaitedInApp = seen.WaitedInApp + 1 });

    public void EventTurnedAwayByApp(SpaceId space) => Count(space, seen => seen with { TurnedAwayByApp = seen.TurnedAwayByApp + 1 });

    public void CalledWithVisitor(SpaceId space) => Count(space, seen => seen with { CallsWithVisitor = seen.CallsWithVisitor + 1 });

    public void CalledWithoutVisitor(SpaceId space, bool amidEvents, Instant now) => Count(space, seen => seen with
    {
        CallsWithout = seen.CallsWithout + 1,
        CallsWithoutAmidEvents = seen.CallsWithoutAmidEvents + (amidEvents ? 1 : 0),
        CallsWithoutSince = seen.CallsWithoutSince ?? now,
    });

    /// <summary>The owner says it was put right, or it was removed.</summary>
    public void Forget(SpaceId space) => counts.TryRemove(space, out _);

    // Only Spaces of the catalogue are counted, so there are as many as there are of them.
    private void Count(SpaceId space, Func<SpaceCounts, SpaceCounts> change) => counts.AddOrUpdate(space, _ => change(SpaceCounts.None), (_, seen) => change(seen));
}
