using System.CommandLine;
using Stint.Prove.Crashes;
using Stint.Prove.Mutants;
using Stint.Prove.Simulation;
using Stint.Prove.Size;

return await new RootCommand("Tries to prove the hub wrong. Exit code 0: it did not; 1: it did, and says where; 2: not understood.")
{
    SimulationCommand.Create(),
    MutantsCommand.Create(),
    CrashCommand.Create(),
    CrashCommand.CreateChild(),
    SizeCommand.Create(),
}.Parse(args).InvokeAsync();
