using System.Diagnostics;
using System.Text.Json;

namespace Stint.EndToEnd.Harness;

/// <summary>The command line of the built program, on one data directory, beside the hub that serves it.</summary>
internal sealed class Cli(string directory)
{
    /// <summary>What a command answers with <c>--json</c>.</summary>
    /// <exception cref="InvalidOperationException">When it refuses; the message is its own.</exception>
    public async Task<JsonElement> JsonAsync(params string[] arguments)
    {
        var (code, output, error) = await RunAsync([.. arguments, "--json"]);
        if (code != 0) throw new InvalidOperationException($"stint {string.Join(' ', arguments)}: exit code {code}: {error}{output}");
        return JsonDocument.Parse(output).RootElement;
    }

    public async Task<(int Code, string Output, string Error)> RunAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [Checkout.Program, .. arguments, "--data", directory]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(30));
        return (process.ExitCode, await output, await error);
    }
}
