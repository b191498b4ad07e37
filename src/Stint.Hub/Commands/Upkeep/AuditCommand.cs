using System.CommandLine;
using Stint.Hub.Store.Audits;

namespace Stint.Hub.Commands.Upkeep;

/// <summary><c>stint audit</c>: adds the whole ledger up again and says what is not as it must be. Exit code 0: sound, 1: not.</summary>
internal static class AuditCommand
{
    public static Command Create(Shell shell)
    {
        var doors = new Option<bool>("--doors") { Description = "Also asks the serving hub as each account and compares what its page and its APIs say (signs each in for a moment, with a token of its own)." };
        var command = shell.Noun("audit", "Goes through the data file, beside a hub or without one, and folds every entry of the ledger anew.");
        command.Add(doors);
        return shell.Verb(command, async (call, stopping) =>
        {
            var report = LedgerAudit.Of(call.Hub.Database, stop: stopping);
            var asked = report.IsSound && call.Get(doors) ? await DoorAudit.CompareAsync(call.Hub, stopping) : null;
            if (asked is not null) report = report with { Discrepancies = asked.Discrepancies };
            call.Terminal.Say(
                new { report.IsSound, report.Entries, report.Ledgers, report.Reservations, report.Open, report.Discrepancies, report.More, Accounts = asked?.Accounts, LeftOut = asked?.LeftOut },
                [report.ToString(), .. asked is null ? [] : new[] { asked.ToString() }, .. report.Discrepancies.Select(found => found.ToString())]);
            return report.IsSound ? 0 : 1;
        });
    }
}
