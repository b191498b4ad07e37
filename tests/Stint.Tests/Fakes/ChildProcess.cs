using System.Diagnostics;

namespace Stint.Tests.Fakes;

/// <summary>A real process of a test's own, with a way to hear from it; it and its children end with the test.</summary>
internal sealed class ChildProcess : IDisposable
{
    private readonly Process process;

    private ChildProcess(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program) { RedirectStandardOutput = true, RedirectStandardInput = true };
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        process = Process.Start(start)!;
    }

    public int Pid => process.Id;

    public static ChildProcess Shell(string script) => new("/bin/sh", "-c", script);

    public static ChildProcess Python(string script) => new("python3", "-u", "-c", script);

    public static ChildProcess Program(string path, params string[] arguments) => new(path, arguments);

    /// <summary>The next line it prints, as a number: tests let processes print pids and ports.</summary>
    public async Task<int> NextNumberAsync()
    {
        using var late = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        var line = await process.StandardOutput.ReadLineAsync(late.Token);
        return int.Parse(line ?? throw new InvalidOperationException("it ended without a word"));
    }

    public bool HasExited => process.HasExited;

    public Task WaitForExitAsync() => process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(20));

    public void Kill() => process.Kill();

    public void Dispose()
    {
        if (!process.HasExited) process.Kill(entireProcessTree: true);
        process.Dispose();
    }
}
