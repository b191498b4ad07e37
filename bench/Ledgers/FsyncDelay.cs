using System.Diagnostics;
using System.IO.MemoryMappedFiles;

namespace Stint.Bench.Ledgers;

/// <summary>Time added to every fsync of this process and of the servers it starts, changed for all at once.</summary>
internal sealed class FsyncDelay : IDisposable
{
    private const string FileVariable = "FSYNC_DELAY_FILE";

    private readonly MemoryMappedFile file;
    private readonly MemoryMappedViewAccessor view;

    private FsyncDelay(string path)
    {
        file = MemoryMappedFile.CreateFromFile(path, FileMode.Open);
        view = file.CreateViewAccessor();
    }

    public TimeSpan Each
    {
        set => view.Write(0, (int)value.TotalMicroseconds);
    }

    /// <summary>The delay this process was started with; null where it was started without, and then <see cref="RunAgain"/> is called for.</summary>
    public static FsyncDelay? Loaded => Environment.GetEnvironmentVariable(FileVariable) is { Length: > 0 } path ? new(path) : null;

    /// <summary>A library can only be loaded before others at the start of a process: compiles it and starts this program again with it.</summary>
    public static int RunAgain(string source, IReadOnlyList<string> arguments)
    {
        var folder = Directory.CreateTempSubdirectory("stint-bench-fsync-").FullName;
        try
        {
            File.SetUnixFileMode(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);
            var (library, file) = (Path.Combine(folder, "fsync_delay.so"), Path.Combine(folder, "microseconds"));
            File.WriteAllBytes(file, new byte[4096]);
            using (var compile = Process.Start("gcc", ["-O2", "-shared", "-fPIC", "-o", library, source, "-ldl"]))
            {
                compile.WaitForExit();
                if (compile.ExitCode != 0) throw new InvalidOperationException("gcc could not make the library that delays fsync; is it installed?");
            }

            var start = new ProcessStartInfo(Environment.ProcessPath!, [typeof(FsyncDelay).Assembly.Location, .. arguments]);
            start.Environment["LD_PRELOAD"] = library;
            start.Environment[FileVariable] = file;
            using var again = Process.Start(start)!;
            again.WaitForExit();
            return again.ExitCode;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    public void Dispose()
    {
        view.Dispose();
        file.Dispose();
    }
}
