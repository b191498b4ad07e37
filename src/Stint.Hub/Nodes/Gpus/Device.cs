using System.Globalization;
using Stint.Core.Leasing;

namespace Stint.Hub.Nodes.Gpus;

/// <summary>A GPU of this machine, or one that is only pretended to be.</summary>
/// <param name="Index">From 0; <c>nvidiaIndex</c> on the wire.</param>
/// <param name="MemoryBytes">0 where it is not known.</param>
/// <param name="Shares">The MIG instances it is cut into; null where it is whole. An empty list offers nothing.</param>
public sealed record Device(int Index, string Uuid, string Name, long MemoryBytes, bool IsSimulated, IReadOnlyList<DeviceShare>? Shares = null)
{
    /// <summary>True where it is cut into MIG instances: then no task may have the whole of it.</summary>
    public bool IsDivided => Shares is not null;

    public static IReadOnlyList<Device> SimulatedMany(int count) => [.. Enumerable.Range(0, count).Select(Simulated)];

    /// <summary>For people: how many of what, with their memory.</summary>
    public static string Words(IReadOnlyList<Device> devices)
    {
        var named = devices.SelectMany(device => device.Shares is { } shares ? shares.Select(share => (share.Name, share.MemoryBytes)) : [(device.Name, device.MemoryBytes)]).ToList();
        return named.Count == 0 ? "none" : string.Join(", ", named.GroupBy(one => one).Select(same => $"{same.Count()} × {same.Key.Name}{Gibibytes(same.Key.MemoryBytes)}"));
    }

    /// <summary>Its name stays the same over restarts, so that leases and warm workers are found again.</summary>
    public static Device Simulated(int index) => new(index, $"GPU-5717a700-0000-4000-8000-{index:x12}", "Simulated GPU", 0, IsSimulated: true);

    /// <summary>The whole device as one slot, or each MIG instance as one.</summary>
    public IEnumerable<Slot> ToSlots(string node) => Shares is null
        ? [new(new SlotId($"{node}/{Index}"), node, Index, Uuid, SlotSize.XLarge)]
        : Shares.Select(share => new Slot(new SlotId($"{node}/{Index}/{share.Index}"), node, Index, share.Uuid, share.IsWhole(this) ? SlotSize.XLarge : SlotSize.Large));

    private static string Gibibytes(long bytes) => bytes <= 0 ? "" : string.Create(CultureInfo.InvariantCulture, $" ({bytes / (double)(1L << 30):0.#} GiB)");
}

/// <summary>A MIG instance: memory and processors that no other task can reach.</summary>
/// <param name="Index">Among those of its device, as the driver counts them.</param>
/// <param name="MemoryBytes">0 where it is not known.</param>
public sealed record DeviceShare(int Index, string Uuid, string Name, long MemoryBytes)
{
    /// <summary>What the driver keeps back makes the largest instance a little smaller than its device.</summary>
    private const double NearlyAll = 0.85;

    /// <summary>True where nothing of the device is left for others.</summary>
    public bool IsWhole(Device device) => device.MemoryBytes > 0 && MemoryBytes >= NearlyAll * device.MemoryBytes;

    /// <summary>True where a task that counts on half a card finds less.</summary>
    public bool IsLessThanHalf(Device device) => device.MemoryBytes > 0 && MemoryBytes < NearlyAll / 2 * device.MemoryBytes;
}
