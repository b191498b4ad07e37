using Stint.Core.Identities;
using Stint.Core.Leasing;
using Stint.Core.Quota;
using Stint.Hub.Nodes.Gpus;
using Stint.Hub.Store.Ledgers;

namespace Stint.Hub.Nodes.Joining;

/// <summary>How a node is doing.</summary>
public enum NodeState
{
    Serves,
    /// <summary>It has joined and never reached the hub.</summary>
    NeverSeen,
    /// <summary>Nothing is heard of it: see <see cref="NodePicture.LostSince"/>.</summary>
    Lost,
    /// <summary>It gets nothing new, and something still runs on it.</summary>
    Draining,
    /// <summary>It gets nothing new, and nothing runs on it.</summary>
    Drained,
    OffersNothing,
    /// <summary>It was removed, and its slots stay until nothing holds them.</summary>
    Removed,
}

/// <summary>A node as people see it: what is kept of it and how its slots stand, read at one moment.</summary>
/// <param name="Record">Null for the hub's own machine, and for one that was removed.</param>
/// <param name="Unleased">What processes without a lease use of its GPUs; always empty outside the hub's own process.</param>
public sealed record NodePicture(string Name, NodeRecord? Record, IReadOnlyList<Slot> Slots, IReadOnlyList<UnleasedUse> Unleased)
{
    public bool IsHubsOwn => Name == LocalNode.BuiltIn;

    public int Leases => Slots.Count(slot => slot.Lease is not null);

    public Instant? LostSince => Slots.Select(slot => slot.Lost?.At).FirstOrDefault(lost => lost is not null);

    public NodeState State => this switch
    {
        { Record: null, IsHubsOwn: false } => NodeState.Removed,
        { Record.ReachedAt: null, IsHubsOwn: false } => NodeState.NeverSeen,
        { LostSince: not null } => NodeState.Lost,
        { Record.IsDrained: true } => Leases > 0 ? NodeState.Draining : NodeState.Drained,
        { Slots: [] } => NodeState.OffersNothing,
        _ => NodeState.Serves,
    };

    /// <summary>Every node there is, in the order of their names.</summary>
    /// <param name="unleased">Null outside the hub's own process.</param>
    public static IReadOnlyList<NodePicture> All(NodeRecords records, LedgerReads reads, UnleasedUses? unleased = null)
    {
        var slots = reads.Pool(IdentityId.OfNetwork(""), 0).Slots.ToLookup(slot => slot.Node);
        var known = records.List().ToDictionary(record => record.Name);
        return [.. known.Keys.Union(slots.Select(node => node.Key)).Order(StringComparer.Ordinal)
            .Select(name => new NodePicture(name, known.GetValueOrDefault(name), [.. slots[name]], unleased?.Of(name) ?? []))];
    }
}
