using Stint.Core.Leasing.Decisions;
using Stint.Core.Quota;

namespace Stint.Core.Leasing;

/// <summary>What a request asks of the purses: admission needs the floor, nothing ever passes the ceiling.</summary>
public sealed record Ask(GpuTime Floor, GpuTime Expected, GpuTime Ceiling)
{
    /// <summary>The hub's own rule: what the function's history says, or the declared duration where that is to be kept to.</summary>
    public static Ask Of(Ledger ledger, FunctionHistory history, RequestLease command, Instant now)
    {
        var ceiling = command.Weight.Hold(command.Declared);
        if (command.Strict) return new(ceiling, ceiling, ceiling);
        var estimate = history.EstimateFor(command.Identity, command.Declared);
        var floor = estimate.Floor < Limits.LeastFloor ? Limits.LeastFloor : estimate.Floor;
        return new(GpuTime.Min(command.Weight.Hold(floor), ceiling), GpuTime.Min(command.Weight.Hold(estimate.Expected), ceiling), ceiling);
    }
}

/// <summary>How what a request asks for is reckoned from what the hub knows at that moment. Changes nothing.</summary>
public delegate Ask AskRule(Ledger ledger, FunctionHistory history, RequestLease command, Instant now);
