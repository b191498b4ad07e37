using Stint.Core.Spaces;

namespace Stint.Core.Leasing;

/// <summary>The free slots of a pool, found by size and by the warm worker they keep: each question and each change costs O(log n).</summary>
public sealed class FreeSlots
{
    private static readonly SlotSize[] Sizes = Enum.GetValues<SlotSize>();

    private readonly Dictionary<SlotId, Slot> slots = [];
    private readonly Dictionary<(SlotSize Largest, bool Warm), SortedSet<SlotId>> bySize = [];
    private readonly Dictionary<(SpaceId Space, long TaskId, SlotSize Largest), SortedSet<SlotId>> byWorker = [];

    public int Count => slots.Count;

    /// <summary>The largest size that a free slot serves; null where none is free.</summary>
    public SlotSize? Largest
    {
        get
        {
            for (var i = Sizes.Length - 1; i >= 0; i--)
                if (Any(Sizes[i], warm: false) || Any(Sizes[i], warm: true)) return Sizes[i];
            return null;
        }
    }

    /// <summary>The slot as it now is: kept while it is free, forgotten otherwise.</summary>
    public void Put(Slot slot)
    {
        Remove(slot.Id);
        if (slot.Phase != SlotPhase.Free) return;
        slots[slot.Id] = slot;
        Add(bySize, (slot.Largest, slot.Warm is not null), slot.Id);
        if (slot.Warm is { } warm) Add(byWorker, (warm.Space, warm.TaskId, slot.Largest), slot.Id);
    }

    public void Remove(SlotId id)
    {
        if (!slots.Remove(id, out var slot)) return;
        Remove(bySize, (slot.Largest, slot.Warm is not null), id);
        if (slot.Warm is { } warm) Remove(byWorker, (warm.Space, warm.TaskId, slot.Largest), id);
    }

    /// <summary>The best slot for a task: one that keeps its own worker warm if there is one, else the smallest that fits, and of those one whose loss costs nobody a warm worker.</summary>
    public Slot? BestFor(SlotSize size, SpaceId space, long taskId)
    {
        SlotId? own = null;
        foreach (var largest in Sizes)
            if (largest >= size && byWorker.TryGetValue((space, taskId, largest), out var warm) && (own is null || warm.Min < own)) own = warm.Min;
        if (own is { } id) return slots[id];
        foreach (var largest in Sizes)
            if (largest >= size && (First(largest, warm: false) ?? First(largest, warm: true)) is { } first) return slots[first];
        return null;
    }

    private bool Any(SlotSize largest, bool warm) => bySize.ContainsKey((largest, warm));

    private SlotId? First(SlotSize largest, bool warm) => bySize.TryGetValue((largest, warm), out var ids) ? ids.Min : null;

    private static void Add<TKey>(Dictionary<TKey, SortedSet<SlotId>> index, TKey key, SlotId id) where TKey : notnull
    {
        if (!index.TryGetValue(key, out var ids)) index[key] = ids = [];
        ids.Add(id);
    }

    private static void Remove<TKey>(Dictionary<TKey, SortedSet<SlotId>> index, TKey key, SlotId id) where TKey : notnull
    {
        index[key].Remove(id);
        if (index[key].Count == 0) index.Remove(key);
    }
}
