using System.CommandLine;
using Stint.Hub.Spaces.Settings;

namespace Stint.Hub.Commands.Spaces;

/// <summary><c>stint space secret</c> and <c>stint space variable</c>: what a Space is started with. Values come from the input, never from the command line, where others would see them.</summary>
internal static class SettingCommands
{
    public static Command Create(Shell shell, bool isSecret)
    {
        var word = isSecret ? "secret" : "variable";
        return shell.Noun(
            word, isSecret ? "Sets secrets of a Space: it alone reads them, and they are taken out of its log." : "Sets variables of a Space.",
            Set(shell, word, isSecret), Unset(shell, word, isSecret), List(shell, word, isSecret));
    }

    private static Command Set(Shell shell, string word, bool isSecret)
    {
        var (space, name) = (SpaceCommands.Name(), Named());
        var command = new Command("set", $"Sets a {word}; its value is all of the standard input, without the last line break. A running hub starts the Space anew with it.") { space, name };
        return shell.Verb(command, call =>
        {
            if (SpaceCommands.Find(call, call.Get(space)) is not { } found) return call.Terminal.Refuse(SpaceCommands.Unknown(call.Get(space)));
            if (found.Upstream is not null) return call.Terminal.Refuse($"{found.Id} is run by somebody else, who sets its variables");
            if (SettingName.Problem(call.Get(name)) is { } problem) return call.Terminal.Refuse(problem);
            if (call.Terminal.ReadAll(SpaceSetting.LongestValue) is not { } value) return call.Terminal.Refuse($"a value is 1 to {SpaceSetting.LongestValue} characters of standard input without zeros, as in: printf %s VALUE | stint space {word} set {found.Id} {call.Get(name)}");
            return Open(call).Set(found.Id, new(call.Get(name), value, isSecret)) switch
            {
                SetSettingOutcome.Set => call.Terminal.Say(new { Space = found.Id.ToString(), Name = call.Get(name), Secret = isSecret }, $"{call.Get(name)} of {found.Id} is set; a running hub starts it anew with it."),
                SetSettingOutcome.SpaceUnknown => call.Terminal.Refuse(SpaceCommands.Unknown(call.Get(space))),
                SetSettingOutcome.TooMany => call.Terminal.Refuse($"{found.Id} has {SpaceSetting.Most} secrets and variables, which is all it may have; unset one"),
            };
        });
    }

    private static Command Unset(Shell shell, string word, bool isSecret)
    {
        var (space, name) = (SpaceCommands.Name(), Named());
        var command = new Command("unset", $"Removes a {word}. A running hub starts the Space anew without it.") { space, name };
        return shell.Verb(command, call => SpaceCommands.Find(call, call.Get(space)) is { } found
            ? Open(call).Unset(found.Id, call.Get(name), isSecret)
                ? call.Terminal.Say(new { Space = found.Id.ToString(), Name = call.Get(name), Removed = true }, $"{call.Get(name)} of {found.Id} is removed.")
                : call.Terminal.Refuse($"{found.Id} has no {word} {call.Get(name)}; see: stint space {word} list {found.Id}")
            : call.Terminal.Refuse(SpaceCommands.Unknown(call.Get(space))));
    }

    private static Command List(Shell shell, string word, bool isSecret)
    {
        var space = SpaceCommands.Name();
        var command = new Command("list", isSecret ? "Lists the names of a Space's secrets; nobody reads their values back." : "Lists a Space's variables.") { space };
        return shell.Verb(command, call =>
        {
            if (SpaceCommands.Find(call, call.Get(space)) is not { } found) return call.Terminal.Refuse(SpaceCommands.Unknown(call.Get(space)));
            var settings = Open(call).Of(found.Id).Where(setting => setting.IsSecret == isSecret).ToList();
            return isSecret
                ? call.Terminal.Table(settings, setting => new { setting.Name }, (word, setting => setting.Name))
                : call.Terminal.Table(settings, setting => new { setting.Name, setting.Value }, (word, setting => setting.Name), ("value", setting => setting.Value));
        });
    }

    private static SpaceSettings Open(Call call) => new(call.Hub.Catalogue, call.Hub.Keys.DeriveKey(SpaceSettings.KeyPurpose));

    private static Argument<string> Named() => new("NAME") { Description = "The name the Space reads it by." };
}
