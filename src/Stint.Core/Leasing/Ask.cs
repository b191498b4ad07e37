using Stint.Core.Leasing.Decisions;
using Stint.Core.Quota;

namespace Stint.Core.Leasing;

/// <summary>What a request asks of the purses: admission needs the floor, nothing ever passes the ceiling.</summary>
/// <param name="Likely">What it will hardly pass. Once admitted it holds that much, as far as it is there, so that who comes later cannot take it.</param>
public readonly record struct Ask(GpuTime Floor, GpuTime Likely, GpuTime Expected, GpuTime Ceiling)
{
    /// <summary>The floor is what this share of runs does not pass, while nothing was refused in the window.</summary>
    public const double FloorLevel = 0.58;

    /// <summary>After so many refusals in one window the level is half of that.</summary>
    public const double RefusalsToHalve = 20;

    /// <summary>The hub's own rule: what the function's history says, or the declared duration where that is to be kept to or nothing is known yet.</summary>
    public static Ask Of(Ledger ledger, FunctionHistory history, RequestLease command, Instant now) =>
        Of(ledger, history, command, now, FloorLevel, command.Declared);

    /// <summary>The same with another level, or another guess where nothing is known, to see what it would come to.</summary>
    public static Ask Of(Ledger ledger, FunctionHistory history, RequestLease command, Instant now, double level, TimeSpan unknown)
    {
        var ceiling = command.Weight.Hold(command.Declared);
        if (command.Strict || command.Plan.Strict) return new(ceiling, ceiling, ceiling, ceiling);
        // A refused run teaches nothing, so an estimate that is too high would refuse for ever. Who was refused often in this
        // window will most likely ask often again: the more refusals, the more it is worth to let one run and see.
        var refused = ledger.OpenWindow(now)?.Refusals ?? 0;
        var estimate = history.EstimateFor(command.Identity, level * RefusalsToHalve / (RefusalsToHalve + refused)) ?? new(unknown, unknown, unknown);
        var floor = estimate.Floor < Limits.LeastFloor ? Limits.LeastFloor : estimate.Floor;
        return new(Hold(floor), Hold(estimate.Likely), Hold(estimate.Expected), ceiling);

        GpuTime Hold(TimeSpan span) => GpuTime.Min(command.Weight.Hold(span), ceiling);
    }
}

/// <summary>How what a request asks for is reckoned from what the hub knows at that moment. Changes nothing.</summary>
public delegate Ask AskRule(Ledger ledger, FunctionHistory history, RequestLease command, Instant now);
