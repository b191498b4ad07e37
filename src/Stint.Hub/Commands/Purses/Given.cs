using Stint.Core.Leasing.Instructions;
using Stint.Hub.Store.Instructions;
using Stint.Hub.Texts;

namespace Stint.Hub.Commands.Purses;

/// <summary>An instruction given from the command line: kept in the data directory, decided by the hub that serves it, now or when it starts.</summary>
internal static class Given
{
    private static readonly TimeSpan DecidedWithin = TimeSpan.FromSeconds(4);

    /// <returns>The exit code.</returns>
    public static async Task<int> Async(Call call, string id, Instruction instruction, string done, CancellationToken stopping, Func<Instruction, Instruction>? same = null)
    {
        if (call.Hub.Instructions.Keep(id, instruction, call.Hub.LedgerNow, same) == KeepOutcome.OtherContent)
            return call.Terminal.Refuse(PurseTexts.Problem(InstructionOutcome.AlreadyDoneWithOtherContent)!);
        var outcome = call.Hub.SeemsServed() ? await call.Hub.Instructions.DecisionAsync(id, DecidedWithin, stopping) : call.Hub.Instructions.Find(id)?.Outcome;
        if (outcome is { } decided && PurseTexts.Problem(decided) is { } problem) return call.Terminal.Refuse(problem);
        return call.Terminal.Say(
            new { Id = id, Outcome = outcome?.ToString() }, outcome is null ? "It is kept. A hub that serves this data directory decides it within a second; where none does, it takes effect when one starts." : done);
    }
}
