using System.CommandLine;
using System.Globalization;

namespace Stint.Prove.Simulation;

/// <summary><c>stint prove sim</c>: many seeds on all cores, with progress, until one fails or all are through.</summary>
internal static class SimulationCommand
{
    public static Command Create()
    {
        var seeds = Number("--seeds", "How many worlds to invent.", 2_000);
        var from = Number("--from", "The first seed; each further one is one more.", 1);
        var commands = Number("--commands", "How many commands each world sees.", 10_000);
        var threads = Number("--threads", "Worlds simulated at the same time.", Environment.ProcessorCount);
        var command = new Command("sim", "Simulates the engine and Core in virtual time beside a model that predicts every outcome.") { seeds, from, commands, threads };
        command.SetAction(parsed =>
        {
            var campaign = new Campaign(parsed.GetValue(from), parsed.GetValue(seeds), parsed.GetValue(commands));
            using var progress = new Timer(_ => Console.Error.WriteLine(campaign.Progress()), null, TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(5));
            campaign.Run(parsed.GetValue(threads));
            if (campaign.Failure is { } failure)
            {
                Console.WriteLine(failure.Message);
                Console.WriteLine(FormattableString.Invariant($"replay: ./stint prove sim --seeds 1 --from {failure.Seed} --commands {parsed.GetValue(commands)}"));
                return 1;
            }

            foreach (var line in campaign.Summary()) Console.WriteLine(line);
            return 0;
        });
        return command;
    }

    private static Option<int> Number(string name, string says, int otherwise)
    {
        var option = new Option<int>(name) { Description = says, HelpName = "N", DefaultValueFactory = _ => otherwise };
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() < 1) result.AddError(string.Create(CultureInfo.InvariantCulture, $"{name} is at least 1"));
        });
        return option;
    }
}
