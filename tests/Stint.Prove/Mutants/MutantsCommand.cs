using System.CommandLine;

namespace Stint.Prove.Mutants;

/// <summary><c>stint prove mutants</c>: plants each bug of the table and says what caught it.</summary>
internal static class MutantsCommand
{
    private const int Seeds = 40;
    private const int Commands = 5_000;
    private const string TestsOfCore = "FullyQualifiedName~Stint.Tests.Core";

    public static Command Create()
    {
        var only = new Option<string?>("--only") { Description = "Plants those whose name has this in it.", HelpName = "TEXT" };
        var command = new Command("mutants", "Plants bugs in a copy of the sources and expects the simulation or a test to catch each.") { only };
        command.SetAction(parsed => Run(parsed.GetValue(only) ?? ""));
        return command;
    }

    private static int Run(string only)
    {
        var mutants = Mutant.All().Where(mutant => mutant.Name.Contains(only, StringComparison.Ordinal)).ToList();
        var unfit = mutants.Select(mutant => mutant.Problem(Path.Combine(Checkout.Root, "src"))).OfType<string>().ToList();
        foreach (var problem in unfit) Console.WriteLine(problem);
        if (unfit.Count > 0) return 1;
        if (!Checkout.HasTests)
        {
            Console.Error.WriteLine("the tests are not built; run: dotnet build tests/Stint.Tests --configuration Release");
            return 2;
        }

        using var workshop = new Workshop(Checkout.Root, Checkout.Tests);
        if (Caught(workshop, "Stint.Hub/Program.cs", TestsOfCore) is { } already)
        {
            Console.WriteLine($"without any mutant something fails: {already}");
            return 1;
        }

        workshop.IsSound();
        var lives = mutants.Count(mutant => !Dies(workshop, mutant));
        Console.WriteLine($"{mutants.Count(mutant => mutant.Equivalent is null) - lives} of {mutants.Count(mutant => mutant.Equivalent is null)} mutants were caught");
        return lives == 0 ? 0 : 1;
    }

    private static bool Dies(Workshop workshop, Mutant mutant)
    {
        if (mutant.Equivalent is { } why)
        {
            Say(mutant, $"no bug: {why}");
            return true;
        }

        var before = mutant.PlantIn(workshop.Sources);
        var caught = Caught(workshop, mutant.File, mutant.Tests ?? TestsOfCore);
        workshop.Restore(mutant, before);
        if (!mutant.File.StartsWith("Stint.Core/", StringComparison.Ordinal)) workshop.Build(mutant.File);
        Say(mutant, caught ?? "LIVES");
        return caught is not null;
    }

    private static string? Caught(Workshop workshop, string file, string tests) =>
        workshop.Build(file) is { } refused ? $"the compiler: {refused}" : workshop.Simulate(Seeds, Commands) ?? workshop.Test(tests);

    private static void Say(Mutant mutant, string caught) => Console.WriteLine($"{mutant.Name,-28} {caught}");
}
