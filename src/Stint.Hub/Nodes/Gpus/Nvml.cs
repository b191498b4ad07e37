using System.Runtime.InteropServices;

namespace Stint.Hub.Nodes.Gpus;

/// <summary>NVIDIA's management library, as far as devices are counted and named by it. It comes with the driver; most machines have none.</summary>
internal sealed unsafe class Nvml : IDisposable
{
    private const int Success = 0;
    private const int TextBytes = 96;

    private readonly nint library;
    private readonly delegate* unmanaged<int> shutdown;
    private readonly delegate* unmanaged<uint*, int> count;
    private readonly delegate* unmanaged<uint, nint*, int> handleByIndex;
    private readonly delegate* unmanaged<nint, byte*, uint, int> uuid;
    private readonly delegate* unmanaged<nint, byte*, uint, int> name;
    private readonly delegate* unmanaged<nint, uint*, uint*, int> migMode;

    private Nvml(nint library)
    {
        this.library = library;
        shutdown = (delegate* unmanaged<int>)NativeLibrary.GetExport(library, "nvmlShutdown");
        count = (delegate* unmanaged<uint*, int>)NativeLibrary.GetExport(library, "nvmlDeviceGetCount_v2");
        handleByIndex = (delegate* unmanaged<uint, nint*, int>)NativeLibrary.GetExport(library, "nvmlDeviceGetHandleByIndex_v2");
        uuid = (delegate* unmanaged<nint, byte*, uint, int>)NativeLibrary.GetExport(library, "nvmlDeviceGetUUID");
        name = (delegate* unmanaged<nint, byte*, uint, int>)NativeLibrary.GetExport(library, "nvmlDeviceGetName");
        migMode = (delegate* unmanaged<nint, uint*, uint*, int>)NativeLibrary.GetExport(library, "nvmlDeviceGetMigMode");
    }

    /// <summary>Null where the machine has no NVIDIA driver, or one that does not answer.</summary>
    public static Nvml? Open()
    {
        if (!NativeLibrary.TryLoad("libnvidia-ml.so.1", out var library)) return null;
        if (NativeLibrary.TryGetExport(library, "nvmlInit_v2", out var init) && ((delegate* unmanaged<int>)init)() == Success) return new Nvml(library);
        NativeLibrary.Free(library);
        return null;
    }

    /// <summary>Devices in the order of the driver; one that does not answer is left out.</summary>
    public IReadOnlyList<Device> Devices()
    {
        uint found = 0;
        if (count(&found) != Success) return [];
        var devices = new List<Device>();
        for (uint index = 0; index < found; index++)
        {
            nint handle;
            if (handleByIndex(index, &handle) != Success || Text(uuid, handle) is not { } id) continue;
            uint current = 0, pending = 0;
            var isDivided = migMode(handle, &current, &pending) == Success && current == 1;
            devices.Add(new((int)index, id, Text(name, handle) ?? "NVIDIA GPU", IsSimulated: false, isDivided));
        }

        return devices;
    }

    public void Dispose()
    {
        _ = shutdown();
        NativeLibrary.Free(library);
    }

    private static string? Text(delegate* unmanaged<nint, byte*, uint, int> read, nint handle)
    {
        var buffer = stackalloc byte[TextBytes];
        return read(handle, buffer, TextBytes) == Success ? Marshal.PtrToStringUTF8((nint)buffer) : null;
    }
}
