using Stint.Core.Quota;

namespace Stint.Core.Leasing.Forecasts;

/// <summary>When a ticket is expected to start: four out of five do so within it.</summary>
public readonly record struct StartRange(Instant Earliest, Instant Latest)
{
    public bool Holds(Instant start) => Earliest <= start && start <= Latest;
}
