using System.Text.Json.Serialization;

namespace Stint.Core.Quota.Purses;

/// <summary>Names one credit for ever. Handed in, never made in Core.</summary>
public readonly record struct CreditId(string Value)
{
    public override string ToString() => Value;
}

/// <summary>In the order in which they pay.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<CreditKind>))]
public enum CreditKind
{
    /// <summary>Allowance that an administrator adds for a while: used right after the plan's own, without asking.</summary>
    Boost,
    /// <summary>GPU time of one's own beyond the allowance: touched only up to the ceiling its holder set.</summary>
    Credit,
}

/// <summary>
/// GPU time that an administrator granted, with the reason. It ends by itself: from <paramref name="ExpiresAt"/> on nothing more
/// can be held of it, and what a run held before then stays that run's. Always: spent + held ≤ amount.
/// </summary>
/// <param name="ExpiresAt">This moment itself is past its time.</param>
/// <param name="Approver">Who granted it, as an administrator is called.</param>
public sealed record Credit(CreditId Id, CreditKind Kind, GpuTime Amount, Instant GrantedAt, Instant ExpiresAt, string Reason, string Approver)
{
    public GpuTime Spent { get; init; }

    /// <summary>Held by reservations that wait or run, whoever's they are.</summary>
    public GpuTime Held { get; init; }

    /// <summary>Taken back by an administrator: nothing more can be held of it.</summary>
    public bool Withdrawn { get; init; }

    public bool IsUsableAt(Instant now) => !Withdrawn && now < ExpiresAt;

    /// <summary>What can still be held of it.</summary>
    public GpuTime LeftAt(Instant now) => IsUsableAt(now) ? Amount - Spent - Held : GpuTime.Zero;
}
