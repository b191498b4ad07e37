using Stint.Core.Quota;

namespace Stint.Hub.Texts.Refusals;

/// <summary>When something works again.</summary>
/// <param name="At">The moment, where there is one that holds unless something new is used.</param>
public sealed record Resumption(string Sentence, Instant? At = null);

/// <summary>Says when a refused run works again, and promises nothing that is not known.</summary>
public static class WhenTexts
{
    public static string Admitted(TimeSpan? wait) => wait is { } span && span >= TimeSpan.FromSeconds(1)
        ? $"Now: the same run would be let in at this moment, and would wait about {Amounts.About(span)} for a GPU."
        : "Now: the same run would be let in at this moment.";

    /// <summary>Beside the moment itself.</summary>
    public static string Fits(TimeSpan until) => $"In {Amounts.About(until)}, unless something new is used until then.";

    /// <summary>Where no moment is known, or none ever comes.</summary>
    /// <param name="signedIn">True where its reader is signed in at the hub.</param>
    public static string Unknown(RefusalCause cause, bool signedIn = false) => cause switch
    {
        RefusalCause.NoVisitor => "At once, when the Space asks from its visitor's own request; waiting does not help.",
        RefusalCause.TokenExpired or RefusalCause.TokenForged or RefusalCause.TokenOfAnotherSpace or RefusalCause.TokenUsedUp => "At once, with a new request; waiting does not help.",
        RefusalCause.IdentityUnknown => "When the operator of this hub lets the account in again; waiting alone does not help.",
        RefusalCause.DurationNeverAllowed => "Never as it was asked: waiting does not help, asking for less does.",
        RefusalCause.SizeNotInPool => "Never as it was asked: waiting does not help, a smaller GPU does.",
        RefusalCause.QuotaExceeded => "When enough of your own waiting and running tasks have ended; nobody can say to the second when that is.",
        RefusalCause.CeilingReached or RefusalCause.SpaceCeilingReached => "At once, when you raise your ceiling.",
        RefusalCause.DeviceCapReached or RefusalCause.AnonymousCapReached =>
            $"At once, {(signedIn ? "with the sign-in that you have here" : "when you are signed in")}; else when enough of what waits and runs under that limit has ended.",
        RefusalCause.TooManyWaiting => "When some of your own tasks have run.",
        RefusalCause.PoolQueueFull or RefusalCause.NoGpuInTime => "When a GPU comes free: that depends on other people's runs, so no time is promised. Waiting costs nothing.",
    };
}
