using System.CommandLine;
using Stint.Hub.Tokens;

namespace Stint.Hub.Commands.Upkeep;

/// <summary><c>stint key</c>: the key that identity tokens are signed with.</summary>
internal static class KeyCommands
{
    public static Command Create(Shell shell) => shell.Noun("key", "Replaces the key that identity tokens are signed with.", Rotate(shell));

    private static Command Rotate(Shell shell) => shell.Verb(
        new Command("rotate", "Makes a new key. It signs from the hub's next start on; tokens of the one before hold for a day from now."),
        call =>
        {
            var keys = HubKeys.Rotate(call.Hub.Path, call.Hub.Now);
            return call.Terminal.Say(
                new { Key = keys.Signing[0].Kid, Before = keys.Signing[1].Kid },
                $"The next start of the hub signs with key {keys.Signing[0].Kid}. Start it again within a day: tokens of the key before, {keys.Signing[1].Kid}, hold until then.");
        });
}
