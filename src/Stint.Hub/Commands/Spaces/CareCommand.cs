using System.CommandLine;
using Stint.Core.Spaces;

namespace Stint.Hub.Commands.Spaces;

/// <summary><c>stint space set</c>: when a Space that the hub runs sleeps, and what it may use of the machine.</summary>
internal static class CareCommand
{
    private const string Never = "never";
    private const string Hub = "default";
    private const string None = "none";
    private const int LongestSleepSeconds = 31_536_000;

    public static Command Create(Shell shell)
    {
        var name = SpaceCommands.Name();
        var sleep = new Option<string?>("--sleep-after") { Description = "How long nobody uses it before it sleeps: 30m, 2h, never, or default for the hub's own rule.", HelpName = "SPAN" };
        var memory = new Option<string?>("--memory") { Description = "Memory of all its processes together, in MiB, or none for no limit.", HelpName = "MIB" };
        var processes = new Option<string?>("--processes") { Description = "Processes and threads it may have, or none for no limit.", HelpName = "N" };
        var command = new Command("set", "Changes how a Space that the hub runs is cared for. A running hub starts it anew with the change.") { name, sleep, memory, processes };
        return shell.Verb(command, call =>
        {
            if (SpaceCommands.Find(call, call.Get(name)) is not { } found) return call.Terminal.Refuse(SpaceCommands.Unknown(call.Get(name)));
            if (found.Upstream is not null) return call.Terminal.Refuse($"{found.Id} is run by somebody else, who cares for it");
            if (!TrySleep(call.Get(sleep), found.SleepAfterSeconds, out var sleeps)) return call.Terminal.Refuse($"--sleep-after '{call.Get(sleep)}': write 1m to 365d, never or default");
            if (!TryNumber(call.Get(memory), found.MemoryMebibytes, 16, out var mebibytes)) return call.Terminal.Refuse($"--memory '{call.Get(memory)}': write 16 or more MiB, or none");
            if (!TryNumber(call.Get(processes), found.Processes, 8, out var most)) return call.Terminal.Refuse($"--processes '{call.Get(processes)}': write 8 or more, or none");
            var set = call.Hub.Catalogue.ChangeSpace(found.Id, space => space with { SleepAfterSeconds = sleeps, MemoryMebibytes = mebibytes, Processes = most });
            return set is null
                ? call.Terminal.Refuse(SpaceCommands.Unknown(call.Get(name)))
                : call.Terminal.Say(
                    new { Name = set.Id.ToString(), set.SleepAfterSeconds, set.MemoryMebibytes, set.Processes },
                    $"{set.Id} sleeps {Sleep(set)}, with {Limit(set.MemoryMebibytes, "MiB of memory")} and {Limit(set.Processes, "processes")}.");
        });
    }

    private static bool TrySleep(string? text, int? before, out int? seconds)
    {
        (var known, seconds) = text switch { null => (true, before), Hub => (true, null), Never => (true, 0), _ => (false, before) };
        if (known) return true;
        if (!SpanText.TryParse(text!, out var span) || span < TimeSpan.FromMinutes(1) || span.TotalSeconds > LongestSleepSeconds) return false;
        seconds = (int)span.TotalSeconds;
        return true;
    }

    private static bool TryNumber(string? text, int? before, int least, out int? number)
    {
        (var known, number) = text switch { null => (true, before), None => (true, null), _ => (false, before) };
        if (known) return true;
        if (!int.TryParse(text, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var given) || given < least) return false;
        number = given;
        return true;
    }

    private static string Sleep(Space space) => space.SleepAfterSeconds switch
    {
        null => "by the hub's own rule",
        0 => "never",
        { } seconds => $"after {SpanText.Of(TimeSpan.FromSeconds(seconds))} without use",
    };

    private static string Limit(int? number, string what) => number is { } some ? $"at most {some} {what}" : $"no limit of {what}";
}
