using Stint.Core.Quota;

namespace Stint.Core.Leasing;

/// <summary>When something is due for a reservation, earliest first: one moment each. The due moment itself still belongs to its holder.</summary>
public sealed class Agenda
{
    private readonly Dictionary<ReservationId, Instant> dueAt = [];
    private readonly SortedSet<(Instant At, ReservationId Id)> inOrder = [];

    /// <summary>The first moment at which something is overdue; <see cref="Instant.Never"/> where nothing waits.</summary>
    public Instant Next => inOrder.Count == 0 || inOrder.Min.At == Instant.Never ? Instant.Never : inOrder.Min.At + TimeSpan.FromMilliseconds(1);

    /// <summary>The reservation whose moment passed first; null where none has.</summary>
    public ReservationId? OverdueAt(Instant now) => inOrder.Count > 0 && inOrder.Min.At < now ? inOrder.Min.Id : null;

    public Instant? DueAt(ReservationId id) => dueAt.TryGetValue(id, out var at) ? at : null;

    public void Put(ReservationId id, Instant at)
    {
        if (dueAt.TryGetValue(id, out var before))
        {
            if (before == at) return;
            inOrder.Remove((before, id));
        }

        dueAt[id] = at;
        inOrder.Add((at, id));
    }

    public void Remove(ReservationId id)
    {
        if (dueAt.Remove(id, out var at)) inOrder.Remove((at, id));
    }
}
