using System.Collections.Concurrent;
using Stint.Core.Leasing;
using Stint.Core.Quota;
using Stint.Hub.Engine;
using Stint.Hub.Nodes.Joining;

namespace Stint.Hub.Nodes;

/// <summary>After each commit, tells each node how those of its slots that were touched have to stand now.</summary>
public sealed class NodeOrders : IEffects
{
    /// <summary>Deadlines move with what others of the same purse do; a node that is cut off ends its runs by the last it heard.</summary>
    private static readonly TimeSpan DeadlinesEvery = TimeSpan.FromMilliseconds(500);

    private readonly ConcurrentDictionary<string, INode> nodes = new(StringComparer.Ordinal);
    private Instant deadlinesToldAt;

    /// <summary>What is decided from now on about slots of this name is for this node.</summary>
    public void Add(INode node) => nodes[node.Name] = node;

    public void Remove(string name) => nodes.TryRemove(name, out _);

    /// <summary>A slot is named <c>node/device</c>.</summary>
    public static string NodeOf(SlotId slot) => slot.Value[..slot.Value.IndexOf('/', StringComparison.Ordinal)];

    public void After(StepResult result)
    {
        var touched = Touched(result);
        if (touched.Count > 0)
            foreach (var node in touched.GroupBy(NodeOf))
                if (nodes.TryGetValue(node.Key, out var found)) found.Take([.. node.Select(id => SlotOrder.Of(id, result.Books.Pool.Slots.GetValueOrDefault(id), result.Books))]);
        if (nodes.Count > 1 && result.Now - deadlinesToldAt >= DeadlinesEvery) TellDeadlines(result);
    }

    /// <summary>A worker that is named changes its lease, and the slot itself only where another one was there before.</summary>
    private static HashSet<SlotId> Touched(StepResult result)
    {
        var touched = result.Slots.Keys.ToHashSet();
        foreach (var entry in result.Entries)
            if (entry is WorkerAllowed allowed && result.Books.Find(allowed.Reservation)?.Lease is { } lease) touched.Add(lease.Slot);
        return touched;
    }

    private void TellDeadlines(StepResult result)
    {
        deadlinesToldAt = result.Now;
        foreach (var joined in nodes.Values.OfType<JoinedSlots>())
        {
            var leased = joined.Leased.Where(result.Books.Pool.Slots.ContainsKey).ToList();
            if (leased.Count > 0) joined.Take([.. leased.Select(id => SlotOrder.Of(id, result.Books.Pool.Slots[id], result.Books))]);
        }
    }
}
