using System.Text.Json.Serialization;
using Stint.Core.Identities;
using Stint.Core.Spaces;

namespace Stint.Core.Quota;

public readonly record struct RefusalId(string Value)
{
    public override string ToString() => Value;
}

/// <summary>Why a reservation was not made, in the order of the checks. A refusal carries all that apply.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<RefusalCause>))]
public enum RefusalCause
{
    /// <summary>The call carried no identity token: a background thread, an example at start.</summary>
    NoVisitor,
    /// <summary>The identity token has passed its time, or its event is over.</summary>
    TokenExpired,
    /// <summary>The identity token was not signed by this hub, or was changed.</summary>
    TokenForged,
    /// <summary>The identity token was issued for another Space.</summary>
    TokenOfAnotherSpace,
    /// <summary>The account behind the token was removed or blocked.</summary>
    IdentityUnknown,
    /// <summary>The declared duration is longer than the plan ever grants: waiting never helps.</summary>
    DurationNeverAllowed,
    /// <summary>No device of this pool can ever serve the size asked for.</summary>
    SizeNotInPool,
    /// <summary>The identity token has been used for as many leases as one Gradio event may have, or, where amounts are given, for as much GPU time.</summary>
    TokenUsedUp,
    /// <summary>What is left of the purses does not hold what the run needs.</summary>
    QuotaExceeded,
    /// <summary>Credits would hold it, but not within the ceiling their holder set for use beyond the allowance.</summary>
    CeilingReached,
    /// <summary>It does not fit the ceiling that whoever pays set for this Space.</summary>
    SpaceCeilingReached,
    /// <summary>It does not fit what one device of an anonymous network may use.</summary>
    DeviceCapReached,
    /// <summary>It does not fit what all anonymous visitors may use together.</summary>
    AnonymousCapReached,
    /// <summary>As many tasks of this identity wait as may wait.</summary>
    TooManyWaiting,
    /// <summary>As many tasks wait in the pool as may wait.</summary>
    PoolQueueFull,
    /// <summary>No slot came free before the caller's wait limit.</summary>
    NoGpuInTime,
}

/// <summary>One reason of a refusal. Where both amounts are given, <see cref="Required"/> is always more than <see cref="Left"/>.</summary>
/// <param name="RetryAt">When the same request fits unless something new is used; null where that is not known or never comes.</param>
public sealed record RefusalReason(RefusalCause Cause, GpuTime? Required = null, GpuTime? Left = null, Instant? RetryAt = null)
{
    /// <summary>True where GPU time was wanting, so that the run may have fitted had less been asked for.</summary>
    [JsonIgnore]
    public bool IsForFunds => Cause is RefusalCause.QuotaExceeded or RefusalCause.CeilingReached;

    /// <summary>What bounds the run where that is a cap: its limit. Null for every other reason.</summary>
    public GpuTime? Limit { get; init; }

    /// <summary>When all of them have passed; null where one has no known end, or there are none.</summary>
    public static Instant? RetryAtOf(IReadOnlyList<RefusalReason> reasons) =>
        reasons.Any(reason => reason.RetryAt is null) ? null : reasons.Max(reason => reason.RetryAt);
}

/// <summary>A reservation that was not made, with every reason, kept under an id that can be opened.</summary>
/// <param name="Identity">Null where nothing that could be believed spoke for anyone.</param>
/// <param name="Reading">The quota as the gate read it; null where no identity was known.</param>
public sealed record Refusal(
    RefusalId Id, Instant At, IdentityId? Identity, FunctionKey Function, TimeSpan Declared, Weight Weight, IReadOnlyList<RefusalReason> Reasons, QuotaReading? Reading)
{
    /// <summary>How the identity was recognised; null where nothing said so.</summary>
    public Recognition? Recognition { get; init; }

    /// <summary>The Gradio event the call was part of; null where no token said so.</summary>
    public string? Event { get; init; }

    /// <summary>The first reason in the order of the checks: the one that speaks where there is room for only one.</summary>
    [JsonIgnore]
    public RefusalReason Main => Reasons[0];

    /// <summary>When the same request fits; null unless every reason has a known end.</summary>
    [JsonIgnore]
    public Instant? RetryAt => RefusalReason.RetryAtOf(Reasons);
}
