using Microsoft.Extensions.Logging.Abstractions;
using Stint.Core.Leasing;
using Stint.Core.Quota;
using Stint.Hub.Nodes;
using Stint.Hub.Nodes.Gpus;
using Stint.Hub.Nodes.Workers;
using Stint.Tests.Fakes;
using Xunit;

namespace Stint.Tests.Hub.Nodes.Gpus;

/// <summary>Who uses a GPU without a lease, as the driver's library lists them; the processes are real, the GPUs are not.</summary>
public sealed class UnleasedWatchTests : IDisposable
{
    private readonly TempDirectory folder = new();
    private readonly List<IReadOnlyList<UnleasedUse>> heard = [];
    private readonly NvmlStub? stub = CompilerFactAttribute.Compiler is null ? null : new();
    private LocalNode? node;

    public void Dispose()
    {
        node?.Dispose();
        stub?.Dispose();
        folder.Dispose();
    }

    [CompilerFact]
    public async Task Look_ProcessWithoutALease_IsReportedAtTheSecondLookAndLeftAlone()
    {
        using var stranger = await UserAsync();
        var (watch, nvml) = Watch(ends: false);
        using var _ = nvml;
        Runs(stranger.Pid);

        watch.Look(nvml.UsesOf);
        Assert.Empty(heard);
        watch.Look(nvml.UsesOf);

        var use = Assert.Single(Assert.Single(heard));
        Assert.Equal((new SlotId("m/0"), stranger.Pid, 1L << 30, null), (use.Slot, use.Pid, use.MemoryBytes, use.Then));
        Assert.Equal($"m/0: pid {stranger.Pid} (sleep), 1024 MiB", use.ToString());
        watch.Look(nvml.UsesOf);
        Assert.Single(heard);
        Runs();
        watch.Look(nvml.UsesOf);
        Assert.Empty(heard[^1]);
        Assert.False(stranger.HasExited);
    }

    [CompilerFact]
    public async Task Look_WhereTheOperatorSaysSo_EndsThatProcessAndNobodyElse()
    {
        using var stranger = await UserAsync();
        using var bystander = await UserAsync();
        var (watch, nvml) = Watch(ends: true);
        using var _ = nvml;
        Runs(stranger.Pid);
        watch.Look(nvml.UsesOf);
        watch.Look(nvml.UsesOf);
        await stranger.WaitForExitAsync();
        Assert.Equal("ended, as the operator wants it", Assert.Single(Assert.Single(heard)).Then);
        Assert.False(bystander.HasExited);
    }

    [CompilerFact]
    public async Task Look_WorkerOfALease_IsExpectedWithAllItStarted()
    {
        using var worker = await UserAsync();
        var (watch, nvml) = Watch(ends: true);
        using var _ = nvml;
        Order(new LeaseOrder(new ReservationId("r"), WorkerOf(worker), IsAllowed: true, Instant.Never));
        Runs(worker.Pid);
        watch.Look(nvml.UsesOf);
        watch.Look(nvml.UsesOf);
        Assert.Empty(heard);
        // The lease is over, and its worker was not kept: now it is a stranger.
        Order(null);
        watch.Look(nvml.UsesOf);
        watch.Look(nvml.UsesOf);
        Assert.Single(heard);
        await worker.WaitForExitAsync();
    }

    [CompilerFact]
    public async Task Look_LeaseWhoseWorkerIsNotNamedYetOrWasNeverProven_CanBeAnybody()
    {
        using var someone = await UserAsync();
        var (watch, nvml) = Watch(ends: true);
        using var _ = nvml;
        Runs(someone.Pid);
        foreach (var worker in new[] { null, new WorkerProcess(0, 0, false) })
        {
            Order(new LeaseOrder(new ReservationId("r"), worker, IsAllowed: worker is not null, Instant.Never));
            watch.Look(nvml.UsesOf);
            watch.Look(nvml.UsesOf);
        }

        Assert.Empty(heard);
        Assert.False(someone.HasExited);
    }

    [CompilerFact]
    public void Look_PidThatHoldsNoGpuHere_IsReportedAndNeverEnded()
    {
        using var other = ChildProcess.Program("/bin/sleep", "60");
        var (watch, nvml) = Watch(ends: true);
        using var _ = nvml;
        Runs(other.Pid);
        watch.Look(nvml.UsesOf);
        watch.Look(nvml.UsesOf);
        Assert.Equal("not ended: it cannot be seen from here", Assert.Single(Assert.Single(heard)).Then);
        Assert.False(other.HasExited);
    }

    private (UnleasedWatch Watch, Nvml Nvml) Watch(bool ends)
    {
        stub!.With("gpu GPU-aaaa 150754820096 0 0 NVIDIA H200");
        node = new LocalNode("m", stub.Discover().Devices, _ => null, TimeSpan.FromSeconds(1), NullLogger<LocalNode>.Instance);
        var watch = new UnleasedWatch(node, stub.Open, ends, heard.Add, TimeProvider.System, NullLogger<UnleasedWatch>.Instance) { DeviceFiles = Path.Combine(folder, "nvidia") };
        return (watch, stub.Open());
    }

    private void Runs(params int[] pids) => stub!.With(["gpu GPU-aaaa 150754820096 0 0 NVIDIA H200", .. pids.Select(pid => $"run GPU-aaaa {pid} {1L << 30}")]);

    private void Order(LeaseOrder? lease) => node!.Take([new SlotOrder(new SlotId("m/0"), lease, null, null, [])]);

    /// <summary>A process that holds what stands for NVIDIA's device.</summary>
    private async Task<ChildProcess> UserAsync()
    {
        var file = Path.Combine(folder, "nvidia0");
        await File.WriteAllTextAsync(file, "");
        var process = ChildProcess.Shell($"exec 3<{file}; echo $$; exec sleep 60");
        await process.NextNumberAsync();
        await Eventually.True(() => Processes.ProgramOf(process.Pid) == "sleep");
        return process;
    }

    private static WorkerProcess WorkerOf(ChildProcess process) => new(process.Pid, Processes.Find(process.Pid)!.Value.StartTicks, Proven: true);
}
