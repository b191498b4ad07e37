using System.CommandLine;
using System.CommandLine.Invocation;
using Stint.Hub.Commands.Alerts;
using Stint.Hub.Commands.Examining;
using Stint.Hub.Commands.Ledgers;
using Stint.Hub.Commands.Nodes;
using Stint.Hub.Commands.Purses;
using Stint.Hub.Commands.Traces;
using Stint.Hub.Commands.Upkeep;

namespace Stint.Hub.Commands;

/// <summary>
/// The command line of <c>stint</c>. Exit codes: 0 done, 1 refused (one sentence on the error stream says why and what to do),
/// 2 not understood. Commands work on the data directory itself, whether a hub serves it or not.
/// </summary>
internal static class CommandLine
{
    public const string DirectoryVariable = "STINT_DATA";
    public const string DefaultDirectory = "./.stint";

    /// <param name="serve">What <c>stint up</c> does.</param>
    /// <param name="input">Where passwords are read from; null for the process's own input.</param>
    public static RootCommand Create(Func<HubOptions, CancellationToken, Task<int>> serve, TextReader? input = null)
    {
        var directory = new Option<string>("--data")
        {
            Description = $"The data directory ({DirectoryVariable} sets another default).",
            HelpName = "DIR",
            Recursive = true,
            DefaultValueFactory = _ => Environment.GetEnvironmentVariable(DirectoryVariable) is { Length: > 0 } named ? named : DefaultDirectory,
        };
        var json = new Option<bool>("--json") { Description = "Prints one JSON value instead of text.", Recursive = true };
        var shell = new Shell(directory, json, input);
        return new RootCommand("Stint shares GPUs by the second: it runs @spaces.GPU apps and charges GPU time to the right person.")
        {
            directory,
            UpCommand.Create(directory, serve),
            AccountCommands.Create(shell),
            TokenCommands.Create(shell),
            SpaceCommands.Create(shell),
            NodeCommands.Create(shell, directory),
            PlanCommands.Create(shell),
            QuotaCommand.Create(shell),
            ReceiptsCommand.Create(shell),
            CreditCommands.Create(shell),
            CeilingCommands.Create(shell),
            RefusalsCommand.Create(shell),
            AlertCommands.Create(shell),
            AuditCommand.Create(shell),
            BackupCommands.Backup(shell),
            BackupCommands.Restore(shell, directory),
            KeyCommands.Create(shell),
            ReplayCommand.Create(shell),
            DoctorCommand.Create(shell),
        };
    }

    /// <summary>Runs one command line and returns the exit code of the process.</summary>
    public static async Task<int> RunAsync(RootCommand root, IReadOnlyList<string> arguments, InvocationConfiguration? streams = null)
    {
        var parsed = root.Parse(arguments);
        // Whoever left out a verb sees which there are; whoever mistyped an option keeps the sentence in sight, and scripts an empty output.
        if (parsed.Action is ParseErrorAction mistake) mistake.ShowHelp = parsed.CommandResult.Command.Subcommands.Count > 0;
        var code = await parsed.InvokeAsync(streams).ConfigureAwait(false);
        return parsed.Errors.Count > 0 ? 2 : code;
    }
}
