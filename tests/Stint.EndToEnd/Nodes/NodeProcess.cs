using System.Diagnostics;
using System.Text;
using Stint.EndToEnd.Harness;
using Xunit;

namespace Stint.EndToEnd.Nodes;

/// <summary><c>stint node</c> as an operator runs it, with a data directory of its own.</summary>
internal sealed class NodeProcess : IAsyncDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("stint-e2e-node-").FullName;
    private readonly StringBuilder output = new();
    private ProcessStartInfo start = null!;
    private Process? process;

    public int Pid => process!.Id;

    public string Output
    {
        get
        {
            lock (output) return output.ToString();
        }
    }

    /// <param name="within">A program that runs another one, with its arguments.</param>
    /// <param name="libraries">Where it finds libraries before it looks where they usually are.</param>
    public static NodeProcess Start(string[] within, string? libraries, params string[] arguments)
    {
        var node = new NodeProcess();
        string[] words = [.. within, "dotnet", Checkout.Program, "node", .. arguments, "--data", node.folder];
        node.start = new ProcessStartInfo(words[0], words[1..]) { RedirectStandardOutput = true, RedirectStandardError = true };
        if (libraries is not null) node.start.Environment["LD_LIBRARY_PATH"] = libraries;
        node.Start();
        return node;
    }

    /// <summary>Dies without a word, and is started by the same command.</summary>
    public async Task DieAndStartAgainAsync()
    {
        process!.Kill();
        await process.WaitForExitAsync();
        process.Dispose();
        lock (output) output.Clear();
        Start();
        await ServesAsync();
    }

    /// <summary>Returns once it has reached its hub.</summary>
    public async Task ServesAsync()
    {
        await Eventually.True(() => Says("The hub is there") || process!.HasExited, says: "the node reaches its hub");
        Assert.False(process!.HasExited, Output);
    }

    public bool Says(string text) => Output.Contains(text, StringComparison.Ordinal);

    /// <summary>Its exit code, and all it said.</summary>
    public async Task<(int Code, string Output)> EndedAsync()
    {
        await process!.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(20));
        return (process.ExitCode, Output);
    }

    public async ValueTask DisposeAsync()
    {
        if (process is { HasExited: false })
        {
            OtherProcess.Signal(process.Id, OtherProcess.SigInt);
            if (await Task.WhenAny(process.WaitForExitAsync(), Task.Delay(TimeSpan.FromSeconds(10))) is { } && !process.HasExited) process.Kill(entireProcessTree: true);
        }

        process?.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    private void Start()
    {
        process = OtherProcess.Start(start);
        process.OutputDataReceived += (_, line) => Keep(line.Data);
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    private void Keep(string? line)
    {
        if (line is null) return;
        lock (output) output.AppendLine(line);
    }
}
