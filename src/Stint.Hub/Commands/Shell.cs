using System.CommandLine;
using Microsoft.Data.Sqlite;
using Stint.Hub.Store;

namespace Stint.Hub.Commands;

/// <summary>What the commands on a data directory share: how one is found and opened, and how a refusal ends the process.</summary>
internal sealed class Shell(Option<string> directory, Option<bool> json, TextReader? input)
{
    private const int SqliteBusy = 5;
    private const int SqliteLocked = 6;

    /// <summary>A noun and its verbs, each with <c>--json</c>.</summary>
    public Command Noun(string name, string says, params Command[] verbs)
    {
        var noun = new Command(name, says) { json };
        foreach (var verb in verbs) noun.Add(verb);
        return noun;
    }

    /// <summary>Who reads the answer of a command that needs no data directory.</summary>
    public Terminal TerminalOf(ParseResult parsed) =>
        new(input, parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error, parsed.GetValue(json));

    /// <summary>Where the hub is: where programs of this environment look for one, or where that of the data directory was last.</summary>
    public Uri HubOf(ParseResult parsed)
    {
        if (Uri.TryCreate(Environment.GetEnvironmentVariable("HF_ENDPOINT"), UriKind.Absolute, out var endpoint)) return endpoint;
        var path = Path.GetFullPath(parsed.GetValue(directory)!);
        if (!File.Exists(Path.Combine(path, Database.FileName))) return new HubOptions().Url;
        using var opened = new OpenHub(path);
        return opened.Address.Url;
    }

    /// <summary>Gives a command what it does.</summary>
    /// <param name="run">Returns the exit code.</param>
    /// <param name="makes">True where the command may be the first thing that ever happens to a data directory.</param>
    public Command Verb(Command command, Func<Call, int> run, bool makes = false) => Verb(command, (call, _) => Task.FromResult(run(call)), makes);

    /// <inheritdoc cref="Verb(Command, Func{Call, int}, bool)"/>
    public Command Verb(Command command, Func<Call, CancellationToken, Task<int>> run, bool makes = false)
    {
        command.SetAction(async (parsed, stopping) =>
        {
            var terminal = TerminalOf(parsed);
            try
            {
                var path = Path.GetFullPath(parsed.GetValue(directory)!);
                if (!makes && !File.Exists(Path.Combine(path, Database.FileName)))
                    return terminal.Refuse($"{path} holds no hub yet; name its data directory with --data DIR, or start one there with: stint up");
                using var opened = new OpenHub(path);
                return await run(new Call(parsed, opened, terminal), stopping).ConfigureAwait(false);
            }
            catch (HubDirectoryException e)
            {
                return terminal.Refuse(e.Message);
            }
            catch (SqliteException e)
            {
                return terminal.Refuse(e.SqliteErrorCode is SqliteBusy or SqliteLocked
                    ? "the data directory is busy and nothing was changed; try again in a moment"
                    : $"the data directory cannot be used and nothing was changed: {e.Message}");
            }
        });
        return command;
    }
}

/// <summary>One command being run: what was asked, the data directory, and who reads the answer.</summary>
internal sealed record Call(ParseResult Parsed, OpenHub Hub, Terminal Terminal)
{
    public T Get<T>(Option<T> option) => Parsed.GetValue(option)!;

    public T Get<T>(Argument<T> argument) => Parsed.GetRequiredValue(argument);
}
