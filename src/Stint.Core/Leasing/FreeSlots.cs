using Stint.Core.Spaces;

namespace Stint.Core.Leasing;

/// <summary>
/// The free slots of a pool, found by node, size and the warm worker they keep: each question and each change costs O(log n).
/// Wherever a node is asked for, null means all of them.
/// </summary>
public sealed class FreeSlots
{
    private static readonly SlotSize[] Sizes = Enum.GetValues<SlotSize>();

    private readonly Dictionary<SlotId, Slot> slots = [];
    private readonly Dictionary<(string? Node, SlotSize Largest, bool Warm), SortedSet<SlotId>> bySize = [];
    private readonly Dictionary<(string? Node, SpaceId Space, long TaskId, SlotSize Largest), SortedSet<SlotId>> byWorker = [];

    /// <summary>Sets that became empty, for the next key: warm workers come and go with every run.</summary>
    private readonly Stack<SortedSet<SlotId>> spare = new();

    public int Count => slots.Count;

    /// <summary>The largest size that a free slot serves; null where none is free.</summary>
    public SlotSize? Largest(string? node)
    {
        for (var i = Sizes.Length - 1; i >= 0; i--)
            if (bySize.ContainsKey((node, Sizes[i], false)) || bySize.ContainsKey((node, Sizes[i], true))) return Sizes[i];
        return null;
    }

    /// <summary>The slot as it now is: kept while it is ready for a lease, forgotten otherwise.</summary>
    public void Put(Slot slot)
    {
        Remove(slot.Id);
        if (!slot.IsOpen) return;
        slots[slot.Id] = slot;
        Put(slot, null);
        Put(slot, slot.Node);
    }

    public void Remove(SlotId id)
    {
        if (!slots.Remove(id, out var slot)) return;
        Remove(slot, null);
        Remove(slot, slot.Node);
    }

    /// <summary>The best slot for a task: one that keeps its own worker warm if there is one, else the smallest that fits, and of those one whose loss costs nobody a warm worker.</summary>
    public Slot? BestFor(SlotSize size, SpaceId space, long taskId, string? node)
    {
        SlotId? own = null;
        foreach (var largest in Sizes)
            if (largest >= size && byWorker.TryGetValue((node, space, taskId, largest), out var warm) && (own is null || warm.Min < own)) own = warm.Min;
        if (own is { } id) return slots[id];
        foreach (var largest in Sizes)
            if (largest >= size && (First(node, largest, warm: false) ?? First(node, largest, warm: true)) is { } first) return slots[first];
        return null;
    }

    private SlotId? First(string? node, SlotSize largest, bool warm) => bySize.TryGetValue((node, largest, warm), out var ids) ? ids.Min : null;

    private void Put(Slot slot, string? node)
    {
        Add(bySize, (node, slot.Largest, slot.Warm is not null), slot.Id);
        if (slot.Warm is { } warm) Add(byWorker, (node, warm.Space, warm.TaskId, slot.Largest), slot.Id);
    }

    private void Remove(Slot slot, string? node)
    {
        Remove(bySize, (node, slot.Largest, slot.Warm is not null), slot.Id);
        if (slot.Warm is { } warm) Remove(byWorker, (node, warm.Space, warm.TaskId, slot.Largest), slot.Id);
    }

    private void Add<TKey>(Dictionary<TKey, SortedSet<SlotId>> index, TKey key, SlotId id) where TKey : notnull
    {
        if (!index.TryGetValue(key, out var ids)) index[key] = ids = spare.TryPop(out var empty) ? empty : [];
        ids.Add(id);
    }

    private void Remove<TKey>(Dictionary<TKey, SortedSet<SlotId>> index, TKey key, SlotId id) where TKey : notnull
    {
        var ids = index[key];
        ids.Remove(id);
        if (ids.Count > 0) return;
        index.Remove(key);
        spare.Push(ids);
    }
}
