using System.CommandLine;

namespace Stint.Prove.Crashes;

/// <summary><c>stint prove crash</c>.</summary>
internal static class CrashCommand
{
    public static Command Create()
    {
        var kills = new Option<int>("--kills") { Description = "How often the process is killed.", HelpName = "N", DefaultValueFactory = _ => 1_000 };
        var seed = new Option<int>("--seed") { Description = "Chooses the moments.", HelpName = "N", DefaultValueFactory = _ => Random.Shared.Next(1, int.MaxValue) };
        var command = new Command("crash", "Kills the engine under load at random moments, fills its disk, lets its fsync fail and flips bytes; audits after each.") { kills, seed };
        command.SetAction(parsed =>
        {
            var count = parsed.GetValue(kills);
            var campaign = new CrashCampaign(parsed.GetValue(seed), Console.WriteLine);
            var wrong = campaign.Damages(Math.Max(20, count / 5)) ?? campaign.FullDisks(Math.Max(2, count / 50)) ?? campaign.FailingFsyncs(Math.Max(2, count / 50)) ?? campaign.Kills(count);
            Console.WriteLine(wrong ?? "every ledger was sound, and everything that was answered was kept");
            return wrong is null ? 0 : 1;
        });
        return command;
    }

    /// <summary>What <see cref="Victim"/> starts; nobody else does.</summary>
    public static Command CreateChild()
    {
        var folder = new Argument<string>("DIR");
        var command = new Command("crash-child", "Works on a data directory until it is killed.") { folder };
        command.Hidden = true;
        command.SetAction((parsed, _) => CrashChild.RunAsync(parsed.GetRequiredValue(folder)));
        return command;
    }
}
