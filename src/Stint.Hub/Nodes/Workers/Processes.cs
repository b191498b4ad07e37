using System.Globalization;

namespace Stint.Hub.Nodes.Workers;

/// <summary>One line of <c>/proc/PID/stat</c>: pid and start time together name one process for ever.</summary>
/// <param name="Session">The process that leads its session; itself where it is the leader.</param>
/// <param name="StartTicks">Clock ticks since boot.</param>
/// <param name="IsGone">True for what has ended and only waits for its parent to take note.</param>
internal readonly record struct ProcessStat(int Pid, int Parent, int Session, long StartTicks, bool IsGone);

/// <summary>Processes as <c>/proc</c> shows them at this moment.</summary>
internal static class Processes
{
    /// <summary>Deeper than any real tree; a chain longer than this is not followed.</summary>
    private const int DeepestChain = 256;

    /// <summary>Null where there is no such process, or this user may not see it.</summary>
    public static ProcessStat? Find(int pid)
    {
        try
        {
            return Parse(pid, File.ReadAllBytes($"/proc/{pid}/stat"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    public static bool IsAlive(int pid, long startTicks) => Find(pid) is { IsGone: false } stat && stat.StartTicks == startTicks;

    public static Dictionary<int, ProcessStat> All()
    {
        var all = new Dictionary<int, ProcessStat>();
        foreach (var directory in Directory.EnumerateDirectories("/proc"))
            if (int.TryParse(Path.GetFileName(directory.AsSpan()), NumberStyles.None, CultureInfo.InvariantCulture, out var pid) && Find(pid) is { } stat)
                all[pid] = stat;
        return all;
    }

    /// <summary>Parent, grandparent and so on, nearest first, without the process itself.</summary>
    public static IEnumerable<ProcessStat> AncestorsOf(ProcessStat process)
    {
        for (var i = 0; i < DeepestChain && process.Parent > 0; i++)
        {
            // Whoever started after its child is not its parent: the number was given out again meanwhile.
            if (Find(process.Parent) is not { } parent || parent.StartTicks > process.StartTicks) yield break;
            yield return parent;
            process = parent;
        }
    }

    /// <summary>
    /// The number a process has where it was started last: its own, or the one inside of its pid namespace. Null where this
    /// user may not know, or the process is gone.
    /// </summary>
    public static int? InnermostPidOf(int pid)
    {
        try
        {
            const string Field = "NSpid:";
            var line = File.ReadLines($"/proc/{pid}/status").FirstOrDefault(line => line.StartsWith(Field, StringComparison.Ordinal));
            // From the outermost namespace that is seen here to the innermost.
            return line is not null && int.TryParse(line.AsSpan(line.LastIndexOf('\t') + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var inner) ? inner : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>The file a process runs, by name; empty where this user may not know.</summary>
    public static string ProgramOf(int pid)
    {
        try
        {
            return Path.GetFileName(File.ResolveLinkTarget($"/proc/{pid}/exe", returnFinalTarget: false)?.FullName ?? "");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    /// <summary>True where a file whose path begins so is open in this process; false also where this user may not know.</summary>
    public static bool Holds(int pid, string prefix)
    {
        try
        {
            return Directory.EnumerateFiles($"/proc/{pid}/fd").Any(file => File.ResolveLinkTarget(file, returnFinalTarget: false)?.FullName.StartsWith(prefix, StringComparison.Ordinal) == true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>The name in parentheses may hold anything, more parentheses included, so the fields are counted from the last one.</summary>
    private static ProcessStat? Parse(int pid, ReadOnlySpan<byte> stat)
    {
        var end = stat.LastIndexOf((byte)')');
        if (end < 0 || end + 2 >= stat.Length) return null;
        Span<Range> fields = stackalloc Range[21];
        var rest = System.Text.Encoding.ASCII.GetString(stat[(end + 2)..]).AsSpan();
        // State is the 3rd field of the line, the parent the 4th, the session the 6th, the start time the 22nd.
        if (rest.Split(fields, ' ') < 21) return null;
        return int.TryParse(rest[fields[1]], out var parent) && int.TryParse(rest[fields[3]], out var session) && long.TryParse(rest[fields[19]], out var start)
            ? new(pid, parent, session, start, rest[fields[0]] is "Z" or "X")
            : null;
    }
}
