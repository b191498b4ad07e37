using Stint.Core.Leasing;

namespace Stint.Hub.Nodes.Gpus;

/// <summary>A GPU of this machine, or one that is only pretended to be.</summary>
/// <param name="Index">From 0; <c>nvidiaIndex</c> on the wire.</param>
/// <param name="IsDivided">True where it is cut into MIG instances: then no task may have the whole of it.</param>
public sealed record Device(int Index, string Uuid, string Name, bool IsSimulated, bool IsDivided)
{
    /// <summary>What this machine has; where it has no NVIDIA driver, so many simulated ones.</summary>
    public static IReadOnlyList<Device> Discover(int simulated)
    {
        using var nvml = Nvml.Open();
        return nvml?.Devices() is { Count: > 0 } real ? real : SimulatedMany(simulated);
    }

    /// <summary>What this machine has, and nothing else.</summary>
    public static IReadOnlyList<Device> OfThisMachine()
    {
        using var nvml = Nvml.Open();
        return nvml?.Devices() ?? [];
    }

    public static IReadOnlyList<Device> SimulatedMany(int count) => [.. Enumerable.Range(0, count).Select(Simulated)];

    /// <summary>For people: how many of what.</summary>
    public static string Words(IReadOnlyList<Device> devices) =>
        devices.Count == 0 ? "none" : string.Join(", ", devices.GroupBy(device => device.Name).Select(same => $"{same.Count()} × {same.Key}"));

    /// <summary>Its name stays the same over restarts, so that leases and warm workers are found again.</summary>
    public static Device Simulated(int index) => new(index, $"GPU-5717a700-0000-4000-8000-{index:x12}", "Simulated GPU", IsSimulated: true, IsDivided: false);

    /// <summary>The whole device as one slot; halves need MIG.</summary>
    public Slot ToSlot(string node) => new(new SlotId($"{node}/{Index}"), node, Index, Uuid, SlotSize.XLarge);
}
