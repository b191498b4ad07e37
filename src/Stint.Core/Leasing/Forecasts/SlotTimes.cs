using Stint.Core.Quota;
using Stint.Core.Spaces;

namespace Stint.Core.Leasing.Forecasts;

/// <summary>When each slot comes free in one imagined course of things, in milliseconds from now.</summary>
internal sealed class SlotTimes
{
    private readonly Slot[] slots;
    private readonly Reservation?[] running;
    private readonly double[] freeAt;
    private readonly Dictionary<SpaceId, List<double>> ends = [];

    public SlotTimes(PoolPicture picture)
    {
        slots = [.. picture.Usable];
        freeAt = new double[slots.Length];
        var runs = picture.Running.ToDictionary(run => run.Lease!.Slot);
        running = [.. slots.Select(slot => runs.GetValueOrDefault(slot.Id))];
    }

    /// <param name="left">Milliseconds that a run goes on for, this time.</param>
    public void Begin(Func<Reservation, double> left)
    {
        ends.Clear();
        for (var i = 0; i < slots.Length; i++)
        {
            freeAt[i] = running[i] is { } run ? Math.Max(0, left(run)) : 0;
            if (running[i]?.SpaceConcurrency is not null) EndsOf(running[i]!).Add(freeAt[i]);
        }
    }

    /// <summary>Puts a run on the slot that comes free first of those that serve it.</summary>
    /// <returns>When it starts; null where no slot ever serves it.</returns>
    public double? Take(Reservation ticket, double length)
    {
        var first = -1;
        for (var i = 0; i < slots.Length; i++)
            if ((first < 0 || freeAt[i] < freeAt[first]) && slots[i].Fits(ticket.Size) && (ticket.Node is null || ticket.Node == slots[i].Node)) first = i;
        if (first < 0) return null;
        var start = freeAt[first];
        if (ticket.SpaceConcurrency is { } limit)
        {
            var own = EndsOf(ticket);
            own.Sort();
            if (own.Count >= limit) start = Math.Max(start, own[^limit]);
            own.Add(start + length);
        }

        freeAt[first] = start + length;
        return start;
    }

    private List<double> EndsOf(Reservation run)
    {
        if (!ends.TryGetValue(run.Function.Space, out var own)) ends[run.Function.Space] = own = [];
        return own;
    }
}
