using Stint.Core.Leasing;
using Stint.Core.Quota;
using Stint.Core.Spaces;
using Stint.Hub.Engine;

namespace Stint.Hub.Spaces.Care;

/// <summary>
/// Who uses a Space at the moment: visits that last, events that go on, tasks that wait or run. A Space that is used never
/// falls asleep. Counts, never decides what anybody pays.
/// </summary>
public sealed class SpaceUse(TimeProvider time, Func<SpaceId, bool> hasEvents) : IEffects
{
    private readonly Lock gate = new();
    private readonly Dictionary<SpaceId, Count> counts = [];
    private readonly Dictionary<ReservationId, SpaceId> open = [];

    /// <summary>Somebody asks something of the Space; the visit lasts until it is disposed of.</summary>
    public IDisposable Visit(SpaceId space)
    {
        Change(space, +1);
        return new Visiting(() => Change(space, -1));
    }

    public void Used(SpaceId space) => Change(space, 0);

    /// <summary>Null while it is used.</summary>
    public TimeSpan? IdleFor(SpaceId space)
    {
        if (hasEvents(space))
        {
            Used(space);
            return null;
        }

        lock (gate) return !counts.TryGetValue(space, out var count) || count.Uses > 0 ? null : time.GetElapsedTime(count.LastAt);
    }

    public void After(StepResult result)
    {
        foreach (var entry in result.Entries)
            switch (entry)
            {
                case GpuTimeReserved reserved when open.TryAdd(reserved.Reservation.Id, reserved.Reservation.Function.Space):
                    Change(reserved.Reservation.Function.Space, +1);
                    break;
                case ReservationEnded ended when open.Remove(ended.Reservation, out var space):
                    Change(space, -1);
                    break;
            }
    }

    private void Change(SpaceId space, int by)
    {
        lock (gate)
        {
            var before = counts.GetValueOrDefault(space);
            counts[space] = new(before.Uses + by, time.GetTimestamp());
        }
    }

    private readonly record struct Count(int Uses, long LastAt);

    private sealed class Visiting(Action end) : IDisposable
    {
        private bool ended;

        public void Dispose()
        {
            if (!Interlocked.Exchange(ref ended, true)) end();
        }
    }
}
