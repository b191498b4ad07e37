using Stint.Core.Leasing;
using Stint.Hub.Nodes.Gpus;
using Xunit;

namespace Stint.Tests.Hub.Nodes.Gpus;

/// <summary>GPUs as NVIDIA's library names them, through the same calls that reach the real one.</summary>
public sealed class DiscoveryTests
{
    private const string Plain = "gpu GPU-aaaa 150754820096 0 0 NVIDIA H200";
    private const string Divided = "gpu GPU-bbbb 150754820096 1 0 NVIDIA H200";

    [Fact]
    public void OfThisMachine_WithoutADriver_FindsNothingAndNothingIsWrong()
    {
        var found = Discovery.OfThisMachine("libstint-no-such-library.so.1");
        Assert.Equal((false, 0, 0), (found.HasDriver, found.Devices.Count, found.Problems.Count));
        Assert.Equal(["Simulated GPU", "Simulated GPU"], found.OrSimulated(2).Select(device => device.Name));
    }

    [CompilerFact]
    public void OfThisMachine_PlainAndDivided_OffersWholeDevicesAndEachInstance()
    {
        using var stub = new NvmlStub().With(Plain, Divided, "mig MIG-b0 76235669504 0 NVIDIA H200 MIG 3g.71gb", "mig MIG-b1 76235669504 0 NVIDIA H200 MIG 3g.71gb");
        var found = stub.Discover();
        Assert.True(found.HasDriver);
        Assert.Empty(found.Problems);
        Assert.Equal(150754820096, found.Devices[0].MemoryBytes);
        Assert.Equal("1 × NVIDIA H200 (140.4 GiB), 2 × NVIDIA H200 MIG 3g.71gb (71 GiB)", Device.Words(found.Devices));
        Assert.Equal(
            [("m/0", 0, "GPU-aaaa", SlotSize.XLarge), ("m/1/0", 1, "MIG-b0", SlotSize.Large), ("m/1/2", 1, "MIG-b1", SlotSize.Large)],
            found.Devices.SelectMany(device => device.ToSlots("m")).Select(slot => (slot.Id.Value, slot.DeviceIndex, slot.DeviceUuid, slot.Largest)));
    }

    [CompilerFact]
    public void OfThisMachine_OneInstanceOfTheWholeDevice_ServesWholeCards()
    {
        using var stub = new NvmlStub().With(Divided, "mig MIG-b0 150323855360 0 NVIDIA H200 MIG 7g.141gb");
        Assert.Equal(SlotSize.XLarge, Assert.Single(stub.Discover().Devices[0].ToSlots("m")).Largest);
    }

    [CompilerFact]
    public void OfThisMachine_InstancesOfASeventh_AreOfferedAndTheOperatorIsTold()
    {
        using var stub = new NvmlStub().With(Divided, "mig MIG-b0 18790481920 0 NVIDIA H200 MIG 1g.18gb", "mig MIG-b1 18790481920 0 NVIDIA H200 MIG 1g.18gb");
        var found = stub.Discover();
        Assert.Equal(2, found.Devices[0].ToSlots("m").Count());
        Assert.StartsWith("2 MIG instances of device 0 (NVIDIA H200) have less than half of its memory", Assert.Single(found.Problems), StringComparison.Ordinal);
    }

    [CompilerFact]
    public void OfThisMachine_MigModeWithoutInstances_OffersNothingAndSaysWhatToDo()
    {
        using var stub = new NvmlStub().With(Divided);
        var found = stub.Discover();
        Assert.True(Assert.Single(found.Devices).IsDivided);
        Assert.Empty(found.Devices[0].ToSlots("m"));
        Assert.Contains("nvidia-smi mig -cgi", Assert.Single(found.Problems), StringComparison.Ordinal);
        // It is real all the same: nothing is simulated in its place.
        Assert.Same(found.Devices, found.OrSimulated(2));
    }

    [CompilerFact]
    public void OfThisMachine_DeviceOrInstanceThatDoesNotAnswer_IsLeftOutAndNamed()
    {
        using var stub = new NvmlStub().With("gpu GPU-aaaa 150754820096 0 15 NVIDIA H200", Divided, "mig MIG-b0 76235669504 15 x", "mig MIG-b1 76235669504 0 y");
        var found = stub.Discover();
        Assert.Equal(["MIG-b1"], found.Devices.SelectMany(device => device.ToSlots("m")).Select(slot => slot.DeviceUuid));
        Assert.Equal(
            ["device 0 is left out, for it does not answer: GPU is lost (NVML error 15)", "MIG instance 0 of device 1 is left out, for it does not answer: GPU is lost (NVML error 15)"], found.Problems);
    }

    [CompilerFact]
    public void OfThisMachine_DriverAndLibraryDiffer_FindsNothingAndSaysWhy()
    {
        using var stub = new NvmlStub().With("init 18", Plain);
        var found = stub.Discover();
        Assert.Equal((true, 0), (found.HasDriver, found.Devices.Count));
        Assert.Contains("different versions (NVML error 18); reboot", Assert.Single(found.Problems), StringComparison.Ordinal);
    }

    [CompilerFact]
    public void OfThisMachine_LibraryWithoutACallThatIsNeeded_IsAProblemAndNoCrash()
    {
        using var stub = new NvmlStub(without: "UUID").With(Plain);
        var found = stub.Discover();
        Assert.Equal((true, 0), (found.HasDriver, found.Devices.Count));
        Assert.Contains("a newer driver is needed", Assert.Single(found.Problems), StringComparison.Ordinal);
    }

    [CompilerFact]
    public void OfThisMachine_LibraryFromBeforeMig_OffersWholeDevices()
    {
        using var stub = new NvmlStub(without: "MIG").With(Plain, Divided);
        Assert.Equal(["GPU-aaaa", "GPU-bbbb"], stub.Discover().Devices.SelectMany(device => device.ToSlots("m")).Select(slot => slot.DeviceUuid));
    }

    [CompilerFact]
    public void UsesOf_DevicesAndInstances_AreToldApart()
    {
        using var stub = new NvmlStub().With(
            Plain, Divided, "mig MIG-b0 76235669504 0 x", "run GPU-aaaa 11 1048576", "run MIG-b0 12 18446744073709551615", "run GPU-aaaa 13 5");
        using var nvml = stub.Open();
        Assert.Equal([new GpuUse(11, 1048576), new GpuUse(13, 5)], nvml.UsesOf("GPU-aaaa"));
        Assert.Equal([new GpuUse(12, null)], nvml.UsesOf("MIG-b0"));
        Assert.Empty(nvml.UsesOf("GPU-bbbb")!);
        Assert.Null(nvml.UsesOf("GPU-none"));
    }

    [CompilerFact]
    public void UsesOf_MoreProcessesThanExpected_AreAllThere()
    {
        using var stub = new NvmlStub().With([Plain, .. Enumerable.Range(1, 200).Select(pid => $"run GPU-aaaa {pid} 1")]);
        using var nvml = stub.Open();
        Assert.Equal(Enumerable.Range(1, 200), nvml.UsesOf("GPU-aaaa")!.Select(use => use.Pid));
    }

    [CompilerFact]
    public void UsesOf_LibraryThatDoesNotListProcesses_CannotTell()
    {
        using var stub = new NvmlStub(without: "PROCESSES").With(Plain);
        using var nvml = stub.Open();
        Assert.False(nvml.SeesProcesses);
        Assert.Null(nvml.UsesOf("GPU-aaaa"));
    }
}
