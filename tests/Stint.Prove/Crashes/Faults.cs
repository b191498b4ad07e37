using System.Diagnostics;

namespace Stint.Prove.Crashes;

/// <summary>Ways in which a machine fails under a process: what it is started through.</summary>
internal static class Faults
{
    private const string FailingSync = """
        #define _GNU_SOURCE
        #include <errno.h>
        #include <stdlib.h>
        #include <unistd.h>
        #include <sys/syscall.h>
        static long calls;
        static int fails(void) {
          const char *every = getenv("STINT_SYNC_FAILS_EVERY");
          long n = every ? atol(every) : 0;
          return n > 0 && __sync_add_and_fetch(&calls, 1) % n == 0;
        }
        int fsync(int fd) { if (fails()) { errno = EIO; return -1; } return (int)syscall(SYS_fsync, fd); }
        int fdatasync(int fd) { if (fails()) { errno = EIO; return -1; } return (int)syscall(SYS_fdatasync, fd); }
        """;

    /// <summary>No file grows past so many bytes: writes beyond fail as on a full disk, and the process lives.</summary>
    public static ProcessStartInfo FullDisk(ProcessStartInfo start, long bytes)
    {
        // The runtime maps its code from a file in memory, which the limit would stop as well.
        start.Environment["DOTNET_EnableWriteXorExecute"] = "0";
        return Through(start, "sh", ["-c", $"trap '' XFSZ; ulimit -f {bytes / 512}; exec \"$@\"", "sh"]);
    }

    /// <summary>Every so many-th fsync fails. Null where there is no compiler to make that with.</summary>
    public static Func<ProcessStartInfo, ProcessStartInfo>? FailingFsync(string folder, int every)
    {
        var (source, library) = (Path.Combine(folder, "sync.c"), Path.Combine(folder, "sync.so"));
        File.WriteAllText(source, FailingSync);
        try
        {
            using var compiler = Process.Start(new ProcessStartInfo("gcc", ["-shared", "-fPIC", "-O1", "-o", library, source]) { RedirectStandardError = true })!;
            compiler.WaitForExit();
            if (compiler.ExitCode != 0) return null;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }

        return start =>
        {
            start.Environment["LD_PRELOAD"] = library;
            start.Environment["STINT_SYNC_FAILS_EVERY"] = $"{every}";
            return start;
        };
    }

    private static ProcessStartInfo Through(ProcessStartInfo start, string program, string[] arguments)
    {
        var through = new ProcessStartInfo(program, [.. arguments, start.FileName, .. start.ArgumentList]) { RedirectStandardOutput = start.RedirectStandardOutput };
        foreach (var (name, value) in start.Environment) through.Environment[name] = value;
        return through;
    }
}
