using System.Diagnostics;
using System.Globalization;

namespace Stint.EndToEnd.Harness;

/// <summary>Processes beside the test's own: whether they are there, signals to them, and that none outlives the tests.</summary>
internal static class OtherProcess
{
    public const int SigInt = 2;
    public const int SigKill = 9;
    public const int SigUsr2 = 12;

    /// <summary>Where a fixture breaks half-way nobody disposes of what it has started; with the test host it ends all the same.</summary>
    public static Process Start(ProcessStartInfo start)
    {
        var process = Process.Start(start)!;
        var pid = process.Id;
        var startedAt = process.StartTime;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => KillTree(pid, startedAt);
        return process;
    }

    /// <summary>False for what has ended, also where nobody has taken note of it yet.</summary>
    public static bool IsAlive(int pid)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{pid}/stat");
            return stat[stat.LastIndexOf(')') + 2] is not ('Z' or 'X');
        }
        catch (IOException)
        {
            return false;
        }
    }

    /// <summary>Processes whose command line holds this text.</summary>
    public static IReadOnlyList<int> Naming(string text) =>
    [
        .. Directory.EnumerateDirectories("/proc")
            .Select(folder => int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var pid) ? pid : 0)
            .Where(pid => pid != 0 && IsAlive(pid) && CommandLine(pid).Contains(text, StringComparison.Ordinal)),
    ];

    public static void Signal(int pid, int signal)
    {
        using var kill = Process.Start("/bin/kill", [$"-{signal}", pid.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    private static void KillTree(int pid, DateTime startedAt)
    {
        try
        {
            using var process = Process.GetProcessById(pid);
            if (process.StartTime == startedAt) process.Kill(entireProcessTree: true);
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            // It has ended before.
        }
    }

    private static string CommandLine(int pid)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/cmdline");
        }
        catch (IOException)
        {
            return "";
        }
    }
}
