using System.Runtime.InteropServices;
using System.Text;

namespace Stint.Hub.Nodes.Gpus;

/// <summary>
/// NVIDIA's management library, as far as devices are counted, named and watched by it. It comes with the driver; most
/// machines have none. What an older one lacks is done without, where that can be.
/// </summary>
internal sealed unsafe class Nvml : IDisposable
{
    public const string Library = "libnvidia-ml.so.1";

    private const int Success = 0;
    private const int InsufficientSize = 7;
    private const int NotFound = 6;
    private const int TextBytes = 96;
    private const int MostProcesses = 4096;
    private const int MostTries = 4;

    private readonly nint library;
    private readonly delegate* unmanaged<int> shutdown;
    private readonly delegate* unmanaged<uint*, int> count;
    private readonly delegate* unmanaged<uint, nint*, int> handleByIndex;
    private readonly delegate* unmanaged<nint, byte*, uint, int> uuid;
    private readonly delegate* unmanaged<nint, byte*, uint, int> name;
    // These may be null.
    private readonly delegate* unmanaged<int, byte*> errorString;
    private readonly delegate* unmanaged<byte*, nint*, int> handleByUuid;
    private readonly delegate* unmanaged<nint, Memory*, int> memory;
    private readonly delegate* unmanaged<nint, uint*, uint*, int> migMode;
    private readonly delegate* unmanaged<nint, uint*, int> mostShares;
    private readonly delegate* unmanaged<nint, uint, nint*, int> shareByIndex;
    private readonly delegate* unmanaged<nint, uint*, RunningProcess*, int> running;

    private Nvml(nint library)
    {
        this.library = library;
        shutdown = (delegate* unmanaged<int>)NativeLibrary.GetExport(library, "nvmlShutdown");
        count = (delegate* unmanaged<uint*, int>)NativeLibrary.GetExport(library, "nvmlDeviceGetCount_v2");
        handleByIndex = (delegate* unmanaged<uint, nint*, int>)NativeLibrary.GetExport(library, "nvmlDeviceGetHandleByIndex_v2");
        uuid = (delegate* unmanaged<nint, byte*, uint, int>)NativeLibrary.GetExport(library, "nvmlDeviceGetUUID");
        name = (delegate* unmanaged<nint, byte*, uint, int>)NativeLibrary.GetExport(library, "nvmlDeviceGetName");
        errorString = (delegate* unmanaged<int, byte*>)Optional("nvmlErrorString");
        handleByUuid = (delegate* unmanaged<byte*, nint*, int>)Optional("nvmlDeviceGetHandleByUUID");
        memory = (delegate* unmanaged<nint, Memory*, int>)Optional("nvmlDeviceGetMemoryInfo");
        migMode = (delegate* unmanaged<nint, uint*, uint*, int>)Optional("nvmlDeviceGetMigMode");
        mostShares = (delegate* unmanaged<nint, uint*, int>)Optional("nvmlDeviceGetMaxMigDeviceCount");
        shareByIndex = (delegate* unmanaged<nint, uint, nint*, int>)Optional("nvmlDeviceGetMigDeviceHandleByIndex");
        // Both fill the same 24 bytes for each process.
        var newer = Optional("nvmlDeviceGetComputeRunningProcesses_v3");
        running = (delegate* unmanaged<nint, uint*, RunningProcess*, int>)(newer != 0 ? newer : Optional("nvmlDeviceGetComputeRunningProcesses_v2"));
    }

    /// <summary>False where the library is too old to say which processes use a GPU.</summary>
    public bool SeesProcesses => running != null && handleByUuid != null;

    /// <summary>Neither where the machine has no NVIDIA driver; the problem where it has one that does not answer.</summary>
    public static (Nvml? Opened, string? Problem) Open(string path)
    {
        if (!NativeLibrary.TryLoad(path, out var library)) return (null, null);
        string problem;
        try
        {
            var code = ((delegate* unmanaged<int>)NativeLibrary.GetExport(library, "nvmlInit_v2"))();
            if (code == Success) return (new Nvml(library), null);
            problem = $"NVIDIA's driver does not answer: {WordsOf(code)}";
        }
        catch (EntryPointNotFoundException e)
        {
            problem = $"NVIDIA's library {Library} is not one that Stint can use, a newer driver is needed: {e.Message}";
        }

        NativeLibrary.Free(library);
        return (null, problem);
    }

    /// <summary>Devices in the order of the driver; one that does not answer is left out, with a problem.</summary>
    public (IReadOnlyList<Device> Devices, IReadOnlyList<string> Problems) Devices()
    {
        uint found = 0;
        if (count(&found) is var counted && counted != Success) return ([], [$"NVIDIA's driver cannot count its devices: {Words(counted)}"]);
        var (devices, problems) = (new List<Device>(), new List<string>());
        for (uint index = 0; index < found; index++)
        {
            nint handle;
            var code = handleByIndex(index, &handle);
            if (code == Success && Text(uuid, handle) is { } id)
                devices.Add(new((int)index, id, Text(name, handle) ?? "NVIDIA GPU", MemoryOf(handle), IsSimulated: false, SharesOf((int)index, handle, problems)));
            else
                problems.Add($"device {index} is left out, for it does not answer: {(code == Success ? "it has no UUID" : Words(code))}");
        }

        return (devices, problems);
    }

    /// <summary>The processes that compute on a device or a MIG instance, as the machine's outermost pid namespace numbers them; null where it cannot be told.</summary>
    public IReadOnlyList<GpuUse>? UsesOf(string id)
    {
        if (!SeesProcesses) return null;
        nint handle;
        fixed (byte* text = Encoding.UTF8.GetBytes(id + '\0'))
            if (handleByUuid(text, &handle) != Success) return null;
        uint size = 64;
        // Processes may come while they are counted.
        for (var tries = 0; tries < MostTries && size <= MostProcesses; tries++)
        {
            var buffer = new RunningProcess[size];
            fixed (RunningProcess* first = buffer)
            {
                var code = running(handle, &size, first);
                if (code == Success) return [.. buffer.Take((int)size).Select(one => new GpuUse((int)one.Pid, one.UsedBytes == ulong.MaxValue ? null : (long)Math.Min(one.UsedBytes, long.MaxValue)))];
                if (code != InsufficientSize) return null;
            }

            size += 16;
        }

        return null;
    }

    public void Dispose()
    {
        _ = shutdown();
        NativeLibrary.Free(library);
    }

    /// <summary>Null where the device is whole.</summary>
    private List<DeviceShare>? SharesOf(int index, nint device, List<string> problems)
    {
        uint current = 0, pending = 0, most = 0;
        if (migMode == null || migMode(device, &current, &pending) != Success || current != 1) return null;
        if (mostShares == null || shareByIndex == null || mostShares(device, &most) != Success)
        {
            problems.Add($"device {index} is in MIG mode, and this driver does not name its instances; a newer one is needed");
            return [];
        }

        var shares = new List<DeviceShare>();
        for (uint share = 0; share < most; share++)
        {
            nint handle;
            var code = shareByIndex(device, share, &handle);
            if (code == NotFound) continue;
            if (code == Success && Text(uuid, handle) is { } id) shares.Add(new((int)share, id, Text(name, handle) ?? "MIG instance", MemoryOf(handle)));
            else problems.Add($"MIG instance {share} of device {index} is left out, for it does not answer: {(code == Success ? "it has no UUID" : Words(code))}");
        }

        return shares;
    }

    private long MemoryOf(nint device)
    {
        Memory read = default;
        return memory != null && memory(device, &read) == Success ? (long)Math.Min(read.Total, long.MaxValue) : 0;
    }

    private string Words(int code) =>
        errorString != null && Marshal.PtrToStringUTF8((nint)errorString(code)) is { Length: > 0 } said ? $"{said} (NVML error {code})" : WordsOf(code);

    /// <summary>What an operator can do about it, where that is known.</summary>
    private static string WordsOf(int code) => code switch
    {
        4 => "it does not let this user in (NVML error 4); see the permissions of /dev/nvidia*",
        9 => "it is not loaded (NVML error 9); load the nvidia module",
        18 => "the module in the kernel and the library are of different versions (NVML error 18); reboot, or load the module anew",
        _ => $"NVML error {code}",
    };

    private nint Optional(string export) => NativeLibrary.TryGetExport(library, export, out var address) ? address : 0;

    private static string? Text(delegate* unmanaged<nint, byte*, uint, int> read, nint handle)
    {
        var buffer = stackalloc byte[TextBytes];
        return read(handle, buffer, TextBytes) == Success && Marshal.PtrToStringUTF8((nint)buffer) is { Length: > 0 } text ? text : null;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Memory
    {
        public ulong Total;
        public ulong Free;
        public ulong Used;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct RunningProcess
    {
        public uint Pid;
        public ulong UsedBytes;
        public uint GpuInstance;
        public uint ComputeInstance;
    }
}

/// <summary>A process that computes on a GPU.</summary>
/// <param name="MemoryBytes">Null where the driver does not say.</param>
internal readonly record struct GpuUse(int Pid, long? MemoryBytes);
