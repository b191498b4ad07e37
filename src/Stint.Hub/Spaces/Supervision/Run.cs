using System.Text;
using System.Text.Json;
using Stint.Hub.Nodes.Workers;

namespace Stint.Hub.Spaces.Supervision;

/// <summary>
/// One start of a Space's process, as kept in its pid file: enough to tell its processes from all others, also by the next hub.
/// </summary>
/// <param name="Mark">A random text that only processes of this run have in their environment.</param>
/// <param name="Boot">The boot it belongs to.</param>
/// <param name="Pid">Its root process, which leads a session of its own; 0 until it is started.</param>
/// <param name="Ticks">The start time of the root process, which proves that a pid is still the same process.</param>
internal sealed record Run(string Mark, string Boot, int Pid, long Ticks)
{
    public const string Variable = "STINT_RUN";

    private const int LongestEnvironment = 256 * 1024;

    /// <summary>Changes at every boot, so that a pid of before is never taken for one of now.</summary>
    private static readonly string ThisBoot = File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim();

    public static Run New() => new(Guid.NewGuid().ToString("N"), ThisBoot, 0, 0);

    /// <summary>What the last hub kept; null where it kept nothing, or nothing that is still of use.</summary>
    public static Run? Read(SpaceFiles files)
    {
        try
        {
            var run = JsonSerializer.Deserialize<Run>(File.ReadAllText(files.Run));
            return run is { Mark.Length: 32 } && run.Boot == ThisBoot ? run : null;
        }
        catch (Exception e) when (e is IOException or JsonException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Keeps it whole or not at all, so that a crash never leaves half a pid.</summary>
    public void Write(SpaceFiles files)
    {
        var next = files.Run + ".next";
        File.WriteAllText(next, JsonSerializer.Serialize(this));
        File.Move(next, files.Run, overwrite: true);
    }

    /// <summary>Keeps it where that can be done: a record without the pid still finds every process that carries the mark.</summary>
    public void TryWrite(SpaceFiles files)
    {
        try
        {
            Write(files);
        }
        catch (IOException)
        {
            // The disk is full; the record of before the start is still there.
        }
    }

    /// <summary>
    /// Every living process that is proven to be of this run: it carries the mark, or is the root by its start time, or is in
    /// the root's session, or descends from one of these. Never the hub itself.
    /// </summary>
    public IReadOnlyList<ProcessStat> Members()
    {
        var all = Processes.All().Values.Where(process => !process.IsGone).ToList();
        var buffer = new byte[LongestEnvironment];
        var mark = Encoding.ASCII.GetBytes($"\0{Variable}={Mark}\0");
        var members = all.Where(process => IsRoot(process) || Carries(process.Pid, mark, buffer)).ToDictionary(process => process.Pid);
        // Once the root has gone its number may belong to a stranger's session: it takes a member to vouch for it.
        var isSessionOurs = Pid != 0 && members.Values.Any(process => process.Session == Pid);
        foreach (var process in all)
            if (isSessionOurs && process.Session == Pid) members.TryAdd(process.Pid, process);
        for (var before = -1; before != members.Count;)
        {
            before = members.Count;
            foreach (var process in all)
                if (members.ContainsKey(process.Parent)) members.TryAdd(process.Pid, process);
        }

        members.Remove(Environment.ProcessId);
        return [.. members.Values];
    }

    private bool IsRoot(ProcessStat process) => process.Pid == Pid && process.StartTicks == Ticks;

    /// <summary>True where the process was started with the mark, whatever it has made of its environment since.</summary>
    private static bool Carries(int pid, ReadOnlySpan<byte> mark, byte[] buffer)
    {
        try
        {
            using var stream = new FileStream($"/proc/{pid}/environ", FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
            var entries = buffer.AsSpan(0, stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false));
            // Every entry ends with a zero, and all but the first follow one.
            return entries.StartsWith(mark[1..]) || entries.IndexOf(mark) >= 0;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
