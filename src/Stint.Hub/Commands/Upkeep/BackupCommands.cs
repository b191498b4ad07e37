using System.CommandLine;
using Stint.Hub.Store;
using Stint.Hub.Store.Audits;

namespace Stint.Hub.Commands.Upkeep;

/// <summary><c>stint backup FILE</c> and <c>stint restore FILE</c>: copies of the data file.</summary>
internal static class BackupCommands
{
    public static Command Backup(Shell shell)
    {
        var file = new Argument<string>("FILE") { Description = "Where to write it; nothing may be there yet." };
        var command = shell.Noun("backup", "Copies everything the hub keeps in its data file, while it serves or not. Its keys are in DIR/keys: keep those as well.");
        command.Add(file);
        return shell.Verb(command, call =>
        {
            var path = Path.GetFullPath(call.Get(file));
            Backups.Make(call.Hub.Database, path);
            return call.Terminal.Say(new { File = path, Bytes = new FileInfo(path).Length }, $"{path}: {new FileInfo(path).Length} bytes");
        });
    }

    public static Command Restore(Shell shell, Option<string> directory)
    {
        var file = new Argument<string>("FILE") { Description = "What `stint backup` wrote." };
        var force = new Option<bool>("--force") { Description = "Replaces the data file that is there; it stays beside the new one." };
        var command = shell.Noun("restore", "Puts a backup into a data directory that no hub serves. The backup is audited first.");
        command.Add(file);
        command.Add(force);
        command.SetAction(parsed =>
        {
            var terminal = shell.TerminalOf(parsed);
            var from = Path.GetFullPath(parsed.GetRequiredValue(file));
            if (!File.Exists(from)) return terminal.Refuse($"{from} is not there");
            try
            {
                using var target = new HubDirectory(Path.GetFullPath(parsed.GetValue(directory)!));
                var (report, former) = Backups.Restore(target, from, parsed.GetValue(force));
                return terminal.Say(
                    new { Directory = target.Path, Former = former, report.Entries, report.Ledgers, report.Reservations },
                    [$"{target.Path} has it: {report}", .. former is null ? Array.Empty<string>() : [$"what was there is {former}"]]);
            }
            catch (HubDirectoryException e)
            {
                return terminal.Refuse(e.Message);
            }
        });
        return command;
    }
}
