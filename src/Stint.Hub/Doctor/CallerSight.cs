namespace Stint.Hub.Doctor;

/// <summary>
/// What a caller saw from its own place, and only it could see: a browser on the doctor's page, or <c>stint doctor</c> on the
/// caller's machine. Anyone may send anything: it is believed about the caller's own way and about nothing else.
/// </summary>
internal sealed record CallerSight
{
    /// <summary><c>browser</c> or <c>program</c>.</summary>
    public string Door { get; init; } = "program";

    /// <summary>The caller's clock as it asked.</summary>
    public DateTimeOffset? Clock { get; init; }

    /// <summary>Whether a cookie that the hub just set came back.</summary>
    public bool? CookiesKept { get; init; }

    /// <summary>True where the browser says it keeps nothing of this window.</summary>
    public bool? IsPrivateWindow { get; init; }

    /// <summary>What the caller sent to the Space's address to be recognised: <c>access-token</c>; null for nothing but cookies.</summary>
    public string? Sent { get; init; }

    /// <summary>Who the Space's own address says is calling.</summary>
    public MeSight? Direct { get; init; }

    /// <summary>The same, asked from inside the frame of the Space's page.</summary>
    public MeSight? Framed { get; init; }

    /// <summary>The same as the page saw it when it was opened; older than everything else here.</summary>
    public MeSight? PageOpened { get; init; }

    /// <summary>What is left, in seconds, as the caller was told by <c>/v1/quota</c> just before; null where it did not ask.</summary>
    public decimal? LeftByApi { get; init; }

    /// <summary>The same by <c>/api/spaces/zero-gpu/quota</c>, in whole seconds.</summary>
    public decimal? LeftByHubApi { get; init; }

    /// <summary>Why the Space's address did not answer the caller; null where it did, or was not asked.</summary>
    public string? Unreachable { get; init; }
}

/// <summary>The answer of <c>/.stint/me</c>, as far as the doctor reads it.</summary>
internal sealed record MeSight
{
    public string Outcome { get; init; } = "";
    public string? Identity { get; init; }
    public string? Account { get; init; }
    public string? Plan { get; init; }
    public string Because { get; init; } = "";
    public string RecognisedBy { get; init; } = "";
    public IReadOnlyList<EvidenceSeen> Evidence { get; init; } = [];

    public bool IsRecognised => Outcome == "recognised";

    public bool IsAnonymous => Outcome == "anonymous";

    public bool Missed(string kind) => Evidence.Any(seen => seen.Kind == kind && seen.Standing == "missing");

    /// <summary>The evidence whose fault refuses requests from there; null where none does.</summary>
    public EvidenceSeen? Rejected => Outcome == "refused" ? Evidence.FirstOrDefault(seen => seen.Standing == "rejected") : null;
}

/// <param name="Standing"><c>believed</c>, <c>rejected</c>, <c>outranked</c> or <c>missing</c>.</param>
internal sealed record EvidenceSeen(string Kind, string Standing, string? Cause = null, string? Sentence = null);
