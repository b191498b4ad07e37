using Stint.Core.Leasing;
using Stint.Hub.Nodes.Workers;
using Stint.Hub.Telemetry;

namespace Stint.Hub.Nodes.Gpus;

/// <summary>
/// Looks again and again at who computes on this machine's GPUs: 1 ask the driver 2 leave out who works for a lease 3 report
/// who was there at the look before as well 4 end those where the operator said so. Ended is only a process that is seen to
/// hold an NVIDIA device: in a container the driver's pids mean other processes.
/// </summary>
internal sealed class UnleasedWatch(LocalNode node, NvmlSource open, bool ends, UnleasedHeard heard, TimeProvider time, ILogger<UnleasedWatch> log) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(2);

    private readonly HashSet<(SlotId Slot, int Pid, long StartTicks)> seenBefore = [];

    /// <summary>What was last reported.</summary>
    public IReadOnlyList<UnleasedUse> Current { get; private set; } = [];

    /// <summary>Where the files of NVIDIA's devices are; a test has none of them.</summary>
    internal string DeviceFiles { get; init; } = "/dev/nvidia";

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (node.Devices.All(device => device.IsSimulated)) return;
        using var nvml = open();
        if (nvml?.SeesProcesses != true)
        {
            log.UsesUnseen();
            return;
        }

        while (!stoppingToken.IsCancellationRequested)
        {
            await Task.Run(() => Look(nvml.UsesOf), CancellationToken.None).ConfigureAwait(false);
            await Task.Delay(Every, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <param name="usesOf">Who computes on the device or instance of this UUID; null where it cannot be told now.</param>
    internal void Look(Func<string, IReadOnlyList<GpuUse>?> usesOf)
    {
        // 1, 2
        var orders = node.Held.ToDictionary(order => order.Slot);
        var found = node.Slots
            .SelectMany(slot => (usesOf(slot.DeviceUuid) ?? []).Select(use => (slot.Id, Use: use, Process: ProcessOf(use))))
            .Where(one => !IsLeased(orders.GetValueOrDefault(one.Id), one.Process)).ToList();
        // 3
        var again = found.Where(one => seenBefore.Contains((one.Id, one.Use.Pid, one.Process?.StartTicks ?? 0))).ToList();
        seenBefore.Clear();
        foreach (var (slot, use, process) in found) seenBefore.Add((slot, use.Pid, process?.StartTicks ?? 0));
        // 4
        IReadOnlyList<UnleasedUse> uses = [.. again.Select(one => new UnleasedUse(one.Id, one.Use.Pid, Named(one.Process), one.Use.MemoryBytes, ends ? End(one.Process) : null))];
        if (uses.SequenceEqual(Current)) return;
        foreach (var use in uses.Where(use => Current.All(before => (before.Slot, before.Pid, before.Then) != (use.Slot, use.Pid, use.Then)))) log.Unleased(use.ToString());
        Current = uses;
        heard(uses);
    }

    /// <summary>Null where the pid names nobody here, or one that does not hold a GPU: the driver means another process.</summary>
    private ProcessStat? ProcessOf(GpuUse use) =>
        Processes.Find(use.Pid) is { IsGone: false } process && Processes.Holds(use.Pid, DeviceFiles) ? process : null;

    private static bool IsLeased(SlotOrder? order, ProcessStat? process)
    {
        if (order is null) return false;
        // Its worker was not named yet: that is bounded by the hub. One that was never proven could be anybody.
        if (order.Lease is { Worker: null } || order.Known.Any(worker => !worker.Proven)) return true;
        if (process is not { } seen) return order.Known.Any();
        return Processes.AncestorsOf(seen).Prepend(seen).Any(one => order.Known.Any(worker => worker.Pid == one.Pid && worker.StartTicks == one.StartTicks));
    }

    private static string Named(ProcessStat? process) => process is { } seen ? Processes.ProgramOf(seen.Pid) is { Length: > 0 } program ? program : "?" : "";

    /// <summary>That process alone: what it started may work for a lease elsewhere.</summary>
    private static string End(ProcessStat? process)
    {
        if (process is not { } seen) return "not ended: it cannot be seen from here";
        if (seen.Pid <= 1 || seen.Pid == Environment.ProcessId) return "not ended: it is no worker";
        try
        {
            using var handle = PidHandle.Open(seen.Pid, seen.StartTicks);
            return handle?.Send(Posix.SigKill) == SignalOutcome.NotPermitted ? "not ended: it runs as another user" : "ended, as the operator wants it";
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            return $"not ended: {e.Message}";
        }
    }
}

/// <summary>Opens NVIDIA's library; null where it does not answer.</summary>
internal delegate Nvml? NvmlSource();
