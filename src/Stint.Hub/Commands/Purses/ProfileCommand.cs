using System.CommandLine;
using Stint.Hub.Store.Ledgers;

namespace Stint.Hub.Commands.Purses;

/// <summary><c>stint space profile</c>: how long a Space's functions take, and what to declare.</summary>
internal static class ProfileCommand
{
    public static Command Create(Shell shell)
    {
        var name = SpaceCommands.Name();
        return shell.Verb(new Command("profile", "Shows how long each function takes, how often it overruns, and what to declare.") { name }, call =>
        {
            if (SpaceCommands.Find(call, call.Get(name)) is not { } space) return call.Terminal.Refuse(SpaceCommands.Unknown(call.Get(name)));
            var profile = SpaceProfile.Of(space.Id, call.Hub.Runs);
            call.Terminal.Note(profile.Rule);
            return call.Terminal.Table(
                profile.Functions,
                function => function,
                ("endpoint", function => function.Endpoint ?? "-"),
                ("size", function => function.Size),
                ("declared", function => Seconds(function.DeclaredSeconds)),
                ("runs", function => $"{function.Runs}"),
                ("other ends", function => $"{function.OtherEnds}"),
                ("p50", function => Seconds(function.P50Seconds)),
                ("p95", function => Seconds(function.P95Seconds)),
                ("max", function => Seconds(function.MaxSeconds)),
                ("overruns", function => $"{function.OverrunPercent:0.#} %"),
                ("suggested", function => Seconds(function.SuggestedSeconds)));
        });
    }

    private static string Seconds(decimal? seconds) => seconds is { } known ? $"{known:0.###} s" : "-";
}
