using Stint.Core.Quota;
using Stint.Core.Spaces;
using Stint.Hub.Telemetry;

namespace Stint.Hub.Doctor;

/// <summary>
/// Everything that was seen of one visitor's way to the GPU, by whoever could see it. Null is what nobody could see: a check
/// finds nothing there. Nothing in it is a secret.
/// </summary>
/// <param name="Caller">From the caller's own place; null where only the hub looked.</param>
/// <param name="Space">Null where none was asked about.</param>
/// <param name="Purse">Null where nobody was recognised.</param>
internal sealed record Observations(HubSight Hub, EvidenceSight Evidence, CallerSight? Caller, SpaceSight? Space, PurseSight? Purse, PoolSight Pool);

/// <summary>The hub itself, and how the request to examine reached it.</summary>
/// <param name="Now">By the hub's wall clock.</param>
/// <param name="LedgerNow">By the ledger's clock, which a jump of the wall clock does not move.</param>
/// <param name="AskedAt">The origin that the caller addressed; null where nothing was asked over HTTP.</param>
/// <param name="UntrustedForwarder">A peer that says it forwards for others, and is no proxy that the operator named.</param>
/// <param name="LedgerDamage">What the audit of the data file says is wrong; empty where it is sound.</param>
/// <param name="FreeBytes">Room left where the data directory lies.</param>
/// <param name="IdleRules">Rules of plans that can never take effect, as sentences.</param>
internal sealed record HubSight(
    DateTimeOffset Now, Instant LedgerNow, Uri Url, Uri? AskedAt, string? UntrustedForwarder, IReadOnlyList<string> LedgerDamage, long? FreeBytes, IReadOnlyList<string> IdleRules)
{
    /// <summary>What kind of address the request came from, and nothing that tells it from others of its kind.</summary>
    public string? AddressClass { get; init; }

    /// <summary>What the caller's program says it is.</summary>
    public string? Agent { get; init; }

    /// <summary>What the hub itself runs on.</summary>
    public string? Runtime { get; init; }
}

/// <summary>What the request to examine carried that speaks for someone, at the hub's own address.</summary>
/// <param name="Kind"><c>access-token</c> or <c>sign-in</c>; null where there was nothing.</param>
/// <param name="Cause">Why it is not believed, as one stable word; null where it is, and where there was nothing.</param>
/// <param name="TokenInHeader">A header that held an access token of this hub and is not the one that is read.</param>
/// <param name="SignedInElsewhere">True where a sign-in from this very network and this kind of browser is open, though not here.</param>
internal sealed record EvidenceSight(
    string? Kind, string? Cause, string? Sentence, string? Advice, string? Account, string? Identity, string? Plan, bool IsPro, string? TokenInHeader, bool SignedInElsewhere);

/// <summary>The Space that was asked about.</summary>
/// <param name="Name">As it was asked for.</param>
/// <param name="IsThere">False where there is none, or none that the caller may know of.</param>
/// <param name="App">What the app says of itself; null where it did not answer.</param>
/// <param name="LastLines">The last lines of its output; empty for whoever may not see them.</param>
/// <param name="Counts">What it was seen to do since the hub started.</param>
internal sealed record SpaceSight(
    string Name, bool IsThere, bool IsOpenToCaller, SpaceStage Stage, string? Problem, IReadOnlyList<string> LastLines, Uri? Address, AppSight? App, SpaceCounts Counts);

/// <summary>The app's own configuration, as its <c>/config</c> tells every client.</summary>
internal sealed record AppSight(string? GradioVersion);

/// <summary>GPU time of whoever a run would be counted to.</summary>
/// <param name="OverdueSince">When the hold that is open longest past its time should have ended; null where none is.</param>
/// <param name="LastRefusal">The latest, unless a run has succeeded since; null where there is none.</param>
/// <param name="Visitors">How many browsers came from this network since the hub started, where it is one.</param>
internal sealed record PurseSight(string Identity, string Plan, QuotaReading Reading, Instant? OverdueSince, RefusalSight? LastRefusal, int Visitors)
{
    /// <summary>The latest runs that ended, each with what it was charged; empty for a network, whose runs are anybody's.</summary>
    public IReadOnlyList<EntrySight> Entries { get; init; } = [];

    /// <summary>The latest refusals, by id; empty for a network that several people share.</summary>
    public IReadOnlyList<RefusalSight> Refusals { get; init; } = [];
}

/// <summary>One run that was charged, as its receipt says it.</summary>
/// <param name="Line">How the charge came about.</param>
public sealed record EntrySight(string Receipt, DateTimeOffset EndedAt, string Space, decimal ChargedSeconds, string Line);

/// <summary>The latest refusal, in the words of the one place that words them.</summary>
internal sealed record RefusalSight(RefusalId Id, Instant At, string Code, string Title, string Sentence, string Advice, Instant? RetryAt);

/// <param name="Lost">Nodes that do not answer.</param>
/// <param name="Largest">True where some slot serves a whole card.</param>
/// <param name="ExpectedWait">Of a new run; null where nobody can say.</param>
internal sealed record PoolSight(int Slots, int Free, int Quarantined, IReadOnlyList<string> Lost, bool Largest, int Waiting, int MostWaiting, TimeSpan? ExpectedWait, TimeSpan WaitLimit);
