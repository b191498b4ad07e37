namespace Stint.Samples.Mandelbrot.Gpu;

/// <summary>Where the device API is and how this Space names itself there; read from the variables that `spaces` reads.</summary>
internal sealed record ZeroGpuSettings(Uri DeviceApi, string CgroupPath)
{
    /// <summary>Null when the app was not asked to share a GPU; then it computes on the CPU by itself.</summary>
    public static ZeroGpuSettings? FromEnvironment()
    {
        if (Environment.GetEnvironmentVariable("SPACES_ZERO_GPU")?.ToLowerInvariant() is not ("1" or "t" or "true"))
        {
            return null;
        }

        var address = Environment.GetEnvironmentVariable("SPACES_ZERO_DEVICE_API_URL");
        if (!Uri.TryCreate(address, UriKind.Absolute, out var deviceApi) || deviceApi.Scheme is not ("http" or "https"))
        {
            throw new InvalidOperationException("SPACES_ZERO_GPU is set, so SPACES_ZERO_DEVICE_API_URL must be an http(s) URL.");
        }

        var file = Environment.GetEnvironmentVariable("ZEROGPU_PROC_SELF_CGROUP_PATH") ?? "/proc/self/cgroup";
        return new ZeroGpuSettings(deviceApi, ParseCgroup(File.ReadAllText(file)));
    }

    /// <summary>cgroup v1: what follows <c>:devices:</c>; cgroup v2: what follows <c>::</c> in the first line.</summary>
    private static string ParseCgroup(string text)
    {
        var lines = text.Split('\n');
        foreach (var line in lines)
        {
            if (After(line, ":devices:") is { } path)
            {
                return path;
            }
        }

        return After(lines[0], "::") ?? throw new InvalidOperationException("The cgroup file names no cgroup.");
    }

    private static string? After(string line, string mark)
    {
        var at = line.IndexOf(mark, StringComparison.Ordinal);
        return at < 0 ? null : line[(at + mark.Length)..].Trim();
    }
}
