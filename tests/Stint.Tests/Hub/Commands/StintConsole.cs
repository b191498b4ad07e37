using System.CommandLine;
using System.Text.Json;
using Stint.Hub.Commands;
using Stint.Tests.Fakes;

namespace Stint.Tests.Hub.Commands;

/// <summary>What one command line came to.</summary>
internal sealed record Ran(int Code, string Output, string Error)
{
    public JsonElement Json => JsonDocument.Parse(Output).RootElement;
}

/// <summary>Runs command lines in this process against a data directory of its own.</summary>
internal sealed class StintConsole : IDisposable
{
    private readonly TempDirectory folder = new();

    /// <summary>Not there until a command makes it.</summary>
    public string Directory => Path.Combine(folder.Path, "hub");

    public Task<Ran> RunAsync(params string[] arguments) => RunAsync("", arguments);

    public async Task<Ran> RunAsync(string input, string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var root = CommandLine.Create((_, _) => Task.FromResult(0), new StringReader(input));
        var code = await CommandLine.RunAsync(root, [.. arguments, "--data", Directory], new InvocationConfiguration { Output = output, Error = error });
        return new Ran(code, output.ToString(), error.ToString());
    }

    public void Dispose()
    {
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        folder.Dispose();
    }
}
