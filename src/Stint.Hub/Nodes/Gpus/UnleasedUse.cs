using Stint.Core.Leasing;

namespace Stint.Hub.Nodes.Gpus;

/// <summary>A process that uses a slot's GPU and works for no lease on it.</summary>
/// <param name="Pid">As the driver counts it.</param>
/// <param name="Program">Empty where the process cannot be seen from here.</param>
/// <param name="MemoryBytes">Null where the driver does not say.</param>
/// <param name="Then">What was done about it; null where it was only reported.</param>
public sealed record UnleasedUse(SlotId Slot, int Pid, string Program, long? MemoryBytes, string? Then)
{
    /// <summary>For operators.</summary>
    public override string ToString() =>
        $"{Slot}: pid {Pid} ({(Program.Length > 0 ? Program : "it cannot be seen from here")}){(MemoryBytes is { } bytes ? $", {bytes >> 20} MiB" : "")}{(Then is null ? "" : $"; {Then}")}";
}

/// <summary>Hears of the uses there are at the moment, whenever they change.</summary>
internal delegate void UnleasedHeard(IReadOnlyList<UnleasedUse> uses);

/// <summary>What processes without a lease use of all nodes' GPUs, as last heard of each. From any thread; nothing of it outlives the hub.</summary>
public sealed class UnleasedUses
{
    private readonly System.Collections.Concurrent.ConcurrentDictionary<string, IReadOnlyList<UnleasedUse>> ofNode = new(StringComparer.Ordinal);

    public IReadOnlyList<UnleasedUse> All => [.. ofNode.OrderBy(node => node.Key, StringComparer.Ordinal).SelectMany(node => node.Value)];

    public IReadOnlyList<UnleasedUse> Of(string node) => ofNode.GetValueOrDefault(node) ?? [];

    internal void Hear(string node, IReadOnlyList<UnleasedUse> uses)
    {
        if (uses.Count == 0) ofNode.TryRemove(node, out _);
        else ofNode[node] = uses;
    }
}
