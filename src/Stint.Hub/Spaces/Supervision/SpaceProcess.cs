using System.Buffers;
using System.ComponentModel;
using System.Diagnostics;
using Stint.Hub.Nodes.Workers;
using Stint.Hub.Spaces.Care;

namespace Stint.Hub.Spaces.Supervision;

/// <summary>The command of a Space, to be run in a directory with exactly these variables.</summary>
/// <param name="Uid">The user it runs as; null for the hub's own.</param>
/// <param name="Group">The control group it lives in; null for the hub's own.</param>
internal sealed record Launch(string Command, string Directory, IReadOnlyList<KeyValuePair<string, string>> Variables, int? Uid, SpaceCgroup? Group = null);

/// <summary>
/// One running process of a Space and everything it starts. It leads a session of its own, has no input, and its output goes
/// to the Space's log; disposing it leaves none of its processes behind.
/// </summary>
internal sealed class SpaceProcess : IAsyncDisposable
{
    public static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    /// <summary>What joins commands; inside quotes it joins none, but then the shell only waits beside its child.</summary>
    private static readonly SearchValues<char> Joints = SearchValues.Create(";&|()<>`\n\r");

    private const string Enter = "exec 2>&1; while [ \"$1\" != -- ]; do echo $$ > \"$1\" || exit 125; shift; done; shift; exec setsid \"$@\"";
    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(1);

    private readonly Process process;
    private readonly Run run;
    private readonly SpaceFiles files;
    private readonly TimeSpan grace;
    private readonly Task pumped;
    private readonly SpaceCgroup? group;
    private readonly long killedBefore;

    private SpaceProcess(Process process, Run run, SpaceFiles files, Action<string> line, TimeSpan grace, SpaceCgroup? group)
    {
        (this.process, this.run, this.files, this.grace, this.group) = (process, run, files, grace, group);
        killedBefore = group?.KilledForMemory() ?? 0;
        pumped = Pump(process.StandardOutput.BaseStream, new OutputLines(line));
        Exited = ExitAsync();
    }

    public int RootPid => run.Pid;

    /// <summary>How many of its processes the kernel ended since the start because its memory was used up.</summary>
    public long KilledForMemory => (group?.KilledForMemory() ?? killedBefore) - killedBefore;

    /// <summary>Completes with the exit code, 128 + n for signal n.</summary>
    public Task<int> Exited { get; }

    /// <exception cref="SpaceStartException">When the machine cannot start it; the message says why.</exception>
    public static SpaceProcess Start(Launch launch, SpaceFiles files, Action<string> line, TimeSpan? grace = null)
    {
        var run = Run.New();
        try
        {
            // Kept before the start: were the hub killed right after it, the mark alone still finds the process.
            run.Write(files);
            var process = Process.Start(Describe(launch, run))!;
            process.StandardInput.Close();
            run = run with { Pid = process.Id, Ticks = Processes.Find(process.Id)?.StartTicks ?? 0 };
            run.TryWrite(files);
            return new(process, run, files, line, grace ?? Grace, launch.Group);
        }
        catch (Exception e) when (e is Win32Exception or IOException or UnauthorizedAccessException)
        {
            throw new SpaceStartException(e.Message, e);
        }
    }

    /// <summary>True where one of its own processes is what listens on this port of the machine, and not a stranger.</summary>
    public bool IsListening(int port)
    {
        var sockets = ListeningSockets.On(port);
        return run.Members().Any(member => ListeningSockets.Holds(member.Pid, sockets));
    }

    /// <summary>
    /// Ends the process and all that it started: SIGTERM, and SIGKILL for what is still there after the grace. Its last words
    /// are in the log when this returns.
    /// </summary>
    /// <returns>How many processes could not be ended.</returns>
    public async Task<int> StopAsync()
    {
        var left = await ProcessEnding.StopAsync(run, grace).ConfigureAwait(false);
        await pumped.WaitAsync(LastWords).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (left == 0) File.Delete(files.Run);
        if (left == 0) group?.Remove();
        return left;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync().ConfigureAwait(false);
        process.Dispose();
    }

    /// <summary>
    /// The first shell only enters the control groups, joins both output streams and gives way; <c>setsid</c> and <c>setpriv</c> give way too, and so
    /// does the second shell where the command is a single one: the root process is what the owner wrote. .NET itself can
    /// start a process neither in a new session nor as another user, and both must hold before the owner's first line runs.
    /// </summary>
    private static ProcessStartInfo Describe(Launch launch, Run run)
    {
        var start = new ProcessStartInfo("/bin/sh")
        {
            WorkingDirectory = launch.Directory,
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        string[] setuid = launch.Uid is { } uid ? ["setpriv", $"--reuid={uid}", $"--regid={uid}", "--clear-groups", "--no-new-privs"] : [];
        foreach (var argument in (string[])["-c", Enter, "sh", .. launch.Group?.Doors ?? [], "--", .. setuid, "/bin/sh", "-c", GivingWay(launch.Command)]) start.ArgumentList.Add(argument);
        // What the hub's own environment holds is the operator's: nothing of it is handed on.
        start.Environment.Clear();
        foreach (var (name, value) in launch.Variables) start.Environment[name] = value;
        start.Environment[Run.Variable] = run.Mark;
        return start;
    }

    /// <summary>
    /// Dash would wait beside its only child for as long as that lives. Where the command is plainly one program and nothing
    /// more, the shell is told to become it; whatever a shell has to do itself is left as it was written.
    /// </summary>
    private static string GivingWay(string command)
    {
        var program = command.TrimStart().Split(' ', 2)[0];
        var isSingle = command.AsSpan().IndexOfAny(Joints) < 0;
        return isSingle && IsProgram(program) ? "exec " + command : command;
    }

    /// <summary>What the shell knows itself (<c>cd</c>, <c>export</c>, <c>if</c>) and assignments are no file on the path.</summary>
    private static bool IsProgram(string name) => name.Contains('/')
        ? File.Exists(name)
        : name.Length > 0 && (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(folder => File.Exists(Path.Combine(folder, name)));

    /// <summary>A thread of its own: reading a pipe blocks, and a pool thread for each Space would leave none for requests.</summary>
    private static Task Pump(Stream stream, OutputLines lines) => Task.Factory.StartNew(
        () =>
        {
            var buffer = new byte[4096];
            while (stream.Read(buffer) is > 0 and var read) lines.Take(buffer.AsSpan(0, read));
            lines.End();
        },
        CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private async Task<int> ExitAsync()
    {
        await process.WaitForExitAsync().ConfigureAwait(false);
        return process.ExitCode;
    }
}

/// <summary>A Space could not be started; the message says why.</summary>
internal sealed class SpaceStartException(string message, Exception? inner = null) : Exception(message, inner);
