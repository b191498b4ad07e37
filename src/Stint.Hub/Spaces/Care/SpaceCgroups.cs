using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Stint.Core.Spaces;
using Stint.Hub.Telemetry;

namespace Stint.Hub.Spaces.Care;

/// <summary>
/// Control groups below the hub's own, one for each Space that has limits: both kernel interfaces, whichever of them this machine
/// gives the hub. Where it gives none, a Space runs without limits and the reason is told once, loudly.
/// </summary>
/// <param name="root">Where they are mounted.</param>
/// <param name="own">What <c>/proc/self/cgroup</c> says.</param>
/// <param name="directory">The data directory: two hubs on one machine keep apart.</param>
internal sealed class SpaceCgroups(string root, string own, string directory, ILogger log)
{
    private readonly string mine = "stint-" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(directory)).AsSpan(0, 4));
    private bool told;

    public static SpaceCgroups OfThisMachine(string directory, ILogger log) => new("/sys/fs/cgroup", File.ReadAllText("/proc/self/cgroup"), directory, log);

    /// <summary>The Space's group, made to its limits; null where it has none or the machine does not let the hub.</summary>
    public SpaceCgroup? Of(Space space)
    {
        if (space is { MemoryMebibytes: null, Processes: null }) return null;
        try
        {
            return File.Exists(Path.Combine(root, "cgroup.controllers")) ? Unified(space) : Separate(space);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or PlatformNotSupportedException)
        {
            if (!Interlocked.Exchange(ref told, true)) log.SpaceUnlimited(space.Id.ToString(), e.Message);
            return null;
        }
    }

    /// <summary>Version 2: one group with all controllers. A group that hands controllers on may hold no processes, so the hub moves into one of its own first.</summary>
    private SpaceCgroup Unified(Space space)
    {
        var parent = Path.Combine(root, PathOf("").TrimStart('/'));
        var ours = Path.Combine(parent, mine);
        if (!Directory.Exists(ours))
        {
            Directory.CreateDirectory(ours);
            if (!TryHandOn(parent))
            {
                Directory.CreateDirectory(Path.Combine(parent, mine + "-hub"));
                File.WriteAllText(Path.Combine(parent, mine + "-hub", "cgroup.procs"), Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
                HandOn(parent);
            }

            HandOn(ours);
        }

        var group = Directory.CreateDirectory(Path.Combine(ours, space.Id.Subdomain)).FullName;
        Limit(group, "memory.max", Bytes(space), "max");
        Limit(group, "memory.swap.max", space.MemoryMebibytes is null ? null : 0, "max", ifThere: true);
        Limit(group, "pids.max", space.Processes, "max");
        return new([group], Path.Combine(group, "memory.events"));
    }

    /// <summary>Version 1: a group for each controller.</summary>
    private SpaceCgroup Separate(Space space)
    {
        var (memory, pids) = (Group("memory", space), Group("pids", space));
        Limit(memory, "memory.limit_in_bytes", Bytes(space), "-1");
        Limit(memory, "memory.memsw.limit_in_bytes", Bytes(space), "-1", ifThere: true);
        Limit(pids, "pids.max", space.Processes, "max");
        return new([memory, pids], Path.Combine(memory, "memory.oom_control"));
    }

    private string Group(string controller, Space space) =>
        Directory.CreateDirectory(Path.Combine(root, controller, PathOf(controller).TrimStart('/'), mine, space.Id.Subdomain)).FullName;

    /// <summary>The hub's own group of a controller, <c>""</c> for the unified one. A line is <c>ID:CONTROLLERS:PATH</c>.</summary>
    private string PathOf(string controller) => own.Split('\n').Select(line => line.Split(':', 3))
        .FirstOrDefault(parts => parts is [_, var names, _] && names.Split(',').Contains(controller)) is [_, _, var path]
        ? path
        : throw new IOException($"/proc/self/cgroup names no {(controller is "" ? "unified group" : controller + " group")}");

    private static void Limit(string group, string file, long? value, string none, bool ifThere = false)
    {
        var path = Path.Combine(group, file);
        if (ifThere && !File.Exists(path)) return;
        File.WriteAllText(path, value?.ToString(CultureInfo.InvariantCulture) ?? none);
    }

    private static bool TryHandOn(string group)
    {
        try
        {
            HandOn(group);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static void HandOn(string group) => File.WriteAllText(Path.Combine(group, "cgroup.subtree_control"), "+memory +pids");

    private static long? Bytes(Space space) => space.MemoryMebibytes * 1024L * 1024;
}

/// <summary>The group of one Space.</summary>
/// <param name="folders">Where its processes are to be.</param>
/// <param name="events">The file that counts what the kernel had to end.</param>
internal sealed class SpaceCgroup(IReadOnlyList<string> folders, string events)
{
    /// <summary>Writing a pid to each of these takes a process in, with all that it starts.</summary>
    public IReadOnlyList<string> Doors => [.. folders.Select(folder => Path.Combine(folder, "cgroup.procs"))];

    /// <summary>How many processes the kernel ended because the group's memory was used up; 0 where it does not say.</summary>
    public long KilledForMemory()
    {
        try
        {
            return File.ReadLines(events).Select(line => line.Split(' ')).FirstOrDefault(parts => parts[0] == "oom_kill") is [_, var count]
                ? long.Parse(count, CultureInfo.InvariantCulture)
                : 0;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return 0;
        }
    }

    /// <summary>Once nothing is in it any more. One that still holds something stays for the next start.</summary>
    public void Remove()
    {
        foreach (var folder in folders)
            try
            {
                Directory.Delete(folder);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // It is used again at the next start.
            }
    }
}
