using System.Text.Json.Serialization;
using Stint.Core.Quota.Purses;

namespace Stint.Core.Quota;

/// <summary>
/// What a ledger says at one moment. The gate admits by it, and the page, the API and the wire show it: there is no second way to compute any of it.
/// Always <c>Spent + Reserved + Left = Allowance</c>.
/// </summary>
/// <param name="Reserved">Held by runs that wait or run.</param>
/// <param name="ResetsAt">Null while no window is open: the next first use opens one.</param>
public sealed record QuotaReading(Instant At, GpuTime Allowance, GpuTime Spent, GpuTime Reserved, GpuTime Left, Instant? ResetsAt)
{
    /// <summary>What can pay beyond the allowance at this moment, in the order in which it does.</summary>
    [JsonIgnore]
    public IReadOnlyList<Share> Further => Purses ?? [];

    /// <summary>The same; null where nothing can.</summary>
    public IReadOnlyList<Share>? Purses { get; init; }

    /// <summary>Everything that can pay.</summary>
    [JsonIgnore]
    public GpuTime LeftInAll => Left + Further.Sum();
}
