using Stint.Core.Identities;
using Stint.Core.Quota;

namespace Stint.Hub.Texts.Refusals;

/// <summary>What somebody can do about a refusal with one click.</summary>
public enum FixKind
{
    SignIn,
    /// <summary>Open the Space's own address with the sign-in that the hub has.</summary>
    OpenSignedIn,
    OpenSpace,
    Token,
    Ceiling,
    Shorter,
    Usage,
    Doctor,
}

/// <summary>One thing to do, with the path that it leads to.</summary>
/// <param name="Why">What comes of it, as a sentence.</param>
public sealed record Fix(FixKind Kind, string Does, string Why, string Path);

/// <summary>
/// Which of them fit whoever was counted and the reason. Nobody who was recognised as an account is ever told to sign in, and
/// nobody is told to wait for what waiting does not move.
/// </summary>
public static class FixTexts
{
    /// <summary>Of a kept refusal, what fits first. Every cause has one at least.</summary>
    /// <param name="isAnonymous">Null where nobody was counted.</param>
    /// <param name="signedIn">Who reads it, where somebody is signed in at the hub.</param>
    public static IEnumerable<FixKind> Of(IEnumerable<RefusalCause> causes, bool? isAnonymous, bool signedIn)
    {
        if (isAnonymous == true) yield return signedIn ? FixKind.OpenSignedIn : FixKind.SignIn;
        if (isAnonymous == true) yield return FixKind.Token;
        foreach (var kind in causes.SelectMany(OfCause).Distinct())
            if (kind != FixKind.Usage || isAnonymous == false) yield return kind;
        yield return FixKind.Doctor;
    }

    /// <summary>Of a request that was turned away at a Space's address.</summary>
    public static IEnumerable<FixKind> Of(DoorCause cause, bool signedIn)
    {
        // Whom an administrator shut out, no other evidence of theirs lets in.
        if (cause.Fault == EvidenceFault.AccountBlocked)
        {
            yield return FixKind.Doctor;
            yield break;
        }

        if (cause is { Kind: EvidenceKind.Cookie } or { Kind: null, IsOfSpace: false }) yield return signedIn ? FixKind.OpenSignedIn : FixKind.SignIn;
        if (cause is { Kind: EvidenceKind.AccessToken } or { Fault: EvidenceFault.CrossSite }) yield return FixKind.Token;
        if (cause.IsOfSpace || cause.Kind is EvidenceKind.SpaceToken or EvidenceKind.IdentityToken or EvidenceKind.DelegatedToken) yield return FixKind.OpenSpace;
        yield return FixKind.Doctor;
    }

    public static string Does(FixKind kind) => kind switch
    {
        FixKind.SignIn => "Sign in and come back to the Space",
        FixKind.OpenSignedIn => "Open the Space with your sign-in",
        FixKind.OpenSpace => "Open the Space again",
        FixKind.Token => "Make an access token",
        FixKind.Ceiling => "Raise your ceiling",
        FixKind.Shorter => "Ask for a shorter run",
        FixKind.Usage => "See what used it",
        FixKind.Doctor => "Ask the doctor about this Space",
    };

    /// <param name="name">The name of whoever reads it; null where nobody is signed in.</param>
    /// <param name="fits">The longest run that fits now; null where none does, or nobody can say.</param>
    public static string Why(FixKind kind, string? name, TimeSpan? fits) => kind switch
    {
        FixKind.SignIn => "Then what you run counts to your own account, which has an allowance of its own.",
        FixKind.OpenSignedIn => $"You are {name} here, and the Space's own address did not know it. Opened this way it does, and runs count to your account.",
        FixKind.OpenSpace => "A fresh page sends a fresh request.",
        FixKind.Token => "Programs send it as: Authorization: Bearer hf_…",
        FixKind.Ceiling => "You set it yourself, and a higher one counts at once.",
        FixKind.Shorter when fits is { } span => $"A run that declares at most {Amounts.Of(span)} fits now: do less in one go, or have the author declare less in @spaces.GPU(duration=…).",
        FixKind.Shorter => "Do less in one go, or have the author declare less in @spaces.GPU(duration=…).",
        FixKind.Usage => "Your receipts: each run with what it cost, and what waits and runs now.",
        FixKind.Doctor => "It walks the way from your browser to the GPU and says where it breaks.",
    };

    private static IEnumerable<FixKind> OfCause(RefusalCause cause) => cause switch
    {
        RefusalCause.NoVisitor => [FixKind.OpenSpace],
        RefusalCause.TokenExpired or RefusalCause.TokenForged or RefusalCause.TokenOfAnotherSpace or RefusalCause.TokenUsedUp => [FixKind.OpenSpace],
        RefusalCause.IdentityUnknown => [],
        RefusalCause.DurationNeverAllowed or RefusalCause.SizeNotInPool => [FixKind.Shorter],
        RefusalCause.QuotaExceeded => [FixKind.Shorter, FixKind.Usage],
        RefusalCause.CeilingReached or RefusalCause.SpaceCeilingReached => [FixKind.Ceiling, FixKind.Shorter],
        RefusalCause.DeviceCapReached or RefusalCause.AnonymousCapReached => [FixKind.Shorter],
        RefusalCause.TooManyWaiting => [FixKind.Usage],
        RefusalCause.PoolQueueFull or RefusalCause.NoGpuInTime => [FixKind.OpenSpace],
    };
}
