using Stint.Core.Identities;
using Stint.Core.Leasing.Decisions;
using Stint.Core.Quota;
using Stint.Core.Spaces;

namespace Stint.Hub.Texts;

/// <summary>
/// The one place where a refusal becomes words, for API, pages and command line: a stable code with parameters, and their
/// English sentence. Every number is rendered from the values the gate decided by; in every sentence what is required is more than what is left.
/// </summary>
public static class RefusalTexts
{
    /// <summary>The stable word a program switches on; never changes.</summary>
    public static string Code(RefusalCause cause) => cause switch
    {
        RefusalCause.NoVisitor => "no-visitor",
        RefusalCause.TokenExpired => "token-expired",
        RefusalCause.TokenForged => "token-forged",
        RefusalCause.TokenOfAnotherSpace => "token-of-another-space",
        RefusalCause.IdentityUnknown => "identity-unknown",
        RefusalCause.DurationNeverAllowed => "duration-never-allowed",
        RefusalCause.SizeNotInPool => "size-not-in-pool",
        RefusalCause.TokenUsedUp => "token-used-up",
        RefusalCause.QuotaExceeded => "quota-exceeded",
        RefusalCause.CeilingReached => "ceiling-reached",
        RefusalCause.SpaceCeilingReached => "space-ceiling-reached",
        RefusalCause.DeviceCapReached => "device-cap-reached",
        RefusalCause.AnonymousCapReached => "anonymous-cap-reached",
        RefusalCause.TooManyWaiting => "too-many-waiting",
        RefusalCause.PoolQueueFull => "pool-queue-full",
        RefusalCause.NoGpuInTime => "no-gpu-in-time",
    };

    public static string Title(RefusalCause cause) => cause switch
    {
        RefusalCause.NoVisitor => "Nobody was recognised",
        RefusalCause.TokenExpired => "The call's identity has expired",
        RefusalCause.TokenForged => "The call's identity does not hold",
        RefusalCause.TokenOfAnotherSpace => "The call's identity is for another Space",
        RefusalCause.IdentityUnknown => "The account behind the call is gone",
        RefusalCause.DurationNeverAllowed => "This run is longer than the plan ever allows",
        RefusalCause.SizeNotInPool => "No GPU of this size exists here",
        RefusalCause.TokenUsedUp => "This call has used what one call may",
        RefusalCause.QuotaExceeded => "Not enough GPU time is left",
        RefusalCause.CeilingReached => "Your ceiling for use beyond the allowance is reached",
        RefusalCause.SpaceCeilingReached => "Your ceiling for this Space is reached",
        RefusalCause.DeviceCapReached => "This device has used its part of the network's GPU time",
        RefusalCause.AnonymousCapReached => "Anonymous visitors have used their GPU time",
        RefusalCause.TooManyWaiting => "Too many of your tasks wait already",
        RefusalCause.PoolQueueFull => "The queue is full",
        RefusalCause.NoGpuInTime => "No GPU came free in time",
    };

    /// <summary>One reason as a sentence: the rule, its numbers, who holds what.</summary>
    public static string Sentence(RefusalReason reason, FunctionKey function, TimeSpan declared, QuotaReading? reading) => reason.Cause switch
    {
        RefusalCause.NoVisitor =>
            "The call reached the GPU without an identity token, so nobody was recognised: it came from a background thread or from an example at start.",
        RefusalCause.TokenExpired => "The identity token has passed its time, or the event it was issued for is over.",
        RefusalCause.TokenForged => "The identity token was not signed by this hub, or was changed on its way.",
        RefusalCause.TokenOfAnotherSpace => $"The identity token was issued for another Space than {function.Space}.",
        RefusalCause.IdentityUnknown => "The account behind the identity token was removed or blocked.",
        RefusalCause.DurationNeverAllowed =>
            $"This run asks for {Required(reason)} of GPU time (it declares {Amounts.Of(declared)}); the plan never allows more than {Left(reason)}, so waiting does not help.",
        RefusalCause.SizeNotInPool => $"It asks for a GPU of size {Amounts.Of(function.Size)}, and no GPU of this pool is that large.",
        RefusalCause.TokenUsedUp when reason.Required is not null =>
            $"This run may take {Required(reason)} of GPU time and {Left(reason)} are left of what one call may use in all: {Limits.LongestRunsPerEvent} runs of the longest duration of your plan.",
        RefusalCause.TokenUsedUp => $"One call may run on the GPU {Limits.LeasesPerEvent} times, and this one has.",
        RefusalCause.QuotaExceeded => $"This run needs {Required(reason)} of GPU time and {Left(reason)} are left{Of(reading)}.",
        RefusalCause.CeilingReached =>
            $"This run needs {Required(reason)} of GPU time and {Left(reason)} are left: your credits hold more, but your ceiling for use beyond the allowance does not let it.",
        RefusalCause.SpaceCeilingReached =>
            $"This run needs {Required(reason)} of GPU time and {Left(reason)} are left of the {Limit(reason)} that you allowed yourself at {function.Space} in {Hours}.",
        RefusalCause.DeviceCapReached =>
            $"This run needs {Required(reason)} of GPU time and {Left(reason)} are left of the {Limit(reason)} that one device of an anonymous network may use in {Hours}.",
        RefusalCause.AnonymousCapReached =>
            $"This run needs {Required(reason)} of GPU time and {Left(reason)} are left of the {Limit(reason)} that all anonymous visitors together may use in {Hours}.",
        RefusalCause.TooManyWaiting => $"Already {Limits.WaitingPerIdentity} tasks of yours wait for a GPU, which is the most one identity may have.",
        RefusalCause.PoolQueueFull => $"Already {Limits.WaitingPerPool} tasks of everyone wait for a GPU, which is the most the queue holds.",
        RefusalCause.NoGpuInTime => "No GPU came free for it before the caller's wait limit had passed. Nothing was charged.",
    };

    /// <summary>The stable word for what its reader can do.</summary>
    public static string Action(RefusalCause cause) => cause switch
    {
        RefusalCause.NoVisitor => "call-as-visitor",
        RefusalCause.TokenExpired or RefusalCause.TokenForged or RefusalCause.TokenOfAnotherSpace or RefusalCause.TokenUsedUp => "call-again",
        RefusalCause.IdentityUnknown => "ask-operator",
        RefusalCause.DurationNeverAllowed => "declare-less",
        RefusalCause.SizeNotInPool => "ask-for-less",
        RefusalCause.QuotaExceeded => "wait-for-reset",
        RefusalCause.CeilingReached or RefusalCause.SpaceCeilingReached => "raise-ceiling",
        RefusalCause.DeviceCapReached or RefusalCause.AnonymousCapReached => "sign-in",
        RefusalCause.TooManyWaiting => "wait-for-own-tasks",
        RefusalCause.PoolQueueFull or RefusalCause.NoGpuInTime => "try-later",
    };

    /// <summary>
    /// What its reader can do, as a sentence; says who can raise a limit that waiting does not move. Only whoever was counted
    /// as an anonymous visitor is told to sign in, and who has since done so to use it.
    /// </summary>
    /// <param name="identity">Who was counted; null where nobody was.</param>
    /// <param name="reader">The name of whoever is signed in at the hub and reads it; null for nobody.</param>
    public static string Advice(RefusalReason reason, IdentityId? identity, string? reader = null) => reason.Cause switch
    {
        RefusalCause.NoVisitor => "Call the function from a person's request: an event of the Space's page, or its API with an access token.",
        RefusalCause.TokenExpired or RefusalCause.TokenForged or RefusalCause.TokenOfAnotherSpace => "Reload the Space's page, or send the request again.",
        RefusalCause.IdentityUnknown => "Ask the operator of this hub about the account.",
        RefusalCause.DurationNeverAllowed when identity is { IsAnonymous: true } =>
            $"{AsAccount(reader, "a plan")}. Or declare a shorter duration in @spaces.GPU(duration=...).",
        RefusalCause.DurationNeverAllowed =>
            "Declare a shorter duration in @spaces.GPU(duration=...), or ask the operator of this hub for a plan that allows more.",
        RefusalCause.SizeNotInPool => "Ask for a smaller size in @spaces.GPU(size=...), or ask the operator of this hub for a larger GPU.",
        RefusalCause.TokenUsedUp => "Send a new request; the steps of this one were too many, or too long.",
        RefusalCause.QuotaExceeded when identity is { IsAnonymous: true } => $"{AsAccount(reader, "an allowance")}{Or(reason)}.",
        RefusalCause.QuotaExceeded when reason.RetryAt is { } at => $"It fits at {Amounts.Of(at)}, unless something new is used until then; or ask the operator of this hub for a larger plan.",
        RefusalCause.QuotaExceeded => "When it fits depends on how your waiting and running tasks end: try once they have, or ask the operator of this hub for a larger plan.",
        RefusalCause.CeilingReached =>
            $"Raise your ceiling for use beyond the allowance (stint ceiling set, or PUT /v1/ceilings){Or(reason)}.",
        RefusalCause.SpaceCeilingReached => $"Raise your ceiling for this Space (stint ceiling set --space, or PUT /v1/ceilings){Or(reason)}.",
        RefusalCause.DeviceCapReached or RefusalCause.AnonymousCapReached => $"{AsAccount(reader, "an allowance")}{Or(reason)}.",
        RefusalCause.TooManyWaiting => "Wait until some of your tasks have run.",
        RefusalCause.PoolQueueFull or RefusalCause.NoGpuInTime => "Try again later; when a GPU comes free depends on other people's runs, so no time is promised.",
    };

    /// <summary>What a person reads behind the app's own error text: who was counted and why, the true numbers, when it fits, and where all of it can be opened.</summary>
    /// <param name="account">The name of the account that was counted; null where it was none.</param>
    public static string InEvent(Refusal refusal, string? account, Uri address)
    {
        var counted = refusal.Identity is { } identity ? EvidenceTexts.Counted(identity, refusal.Recognition, account) + " " : "";
        var fits = refusal.RetryAt is { } at ? $" It fits at {Amounts.Of(at)}." : "";
        return $"{counted}{Sentence(refusal.Main, refusal.Function, refusal.Declared, refusal.Reading)}{fits} {address}";
    }

    /// <summary>
    /// The same where the Space was refused a GPU for nobody while the event ran. That it was is certain; that the event failed of
    /// it is not, and the text says no more than is known.
    /// </summary>
    /// <param name="who">Who the event's visitor is, as one clause.</param>
    public static string BesideEvent(Refusal refusal, string who, QuotaReading reading, Uri address) =>
        $"Nobody was counted: while this ran, {refusal.Function.Space} asked for a GPU without saying for whom, as a background thread does, and was refused. "
        + $"{who} and nothing of yours was used: {VisitorTexts.Left(reading)}. Waiting does not help; the app has to ask from its visitor's own request. {address}";

    /// <summary>A whole refusal in words: all reasons with what to do. It says first where nobody was recognised.</summary>
    public static string Detail(IEnumerable<RefusalReason> reasons, IdentityId? identity, FunctionKey function, TimeSpan declared, QuotaReading? reading) =>
        string.Join(" ", reasons.Select(reason => $"{Sentence(reason, function, declared, reading)} {Advice(reason, identity)}"));

    private static string AsAccount(string? reader, string what) =>
        reader is null ? $"Sign in: an account has {what} of its own" : $"{EvidenceTexts.OpenAs(reader)}: that account has {what} of its own";

    private static string Hours => Amounts.About(Window.Length);

    private static string Or(RefusalReason reason) => reason.RetryAt is { } at ? $", or wait: it fits at {Amounts.Of(at)}, unless something new is used until then" : "";

    private static string Limit(RefusalReason reason) => reason.Limit is { } time ? Amounts.Of(time) : "amount";

    private static string Required(RefusalReason reason) => reason.Required is { } time ? Amounts.Of(time) : "more";

    private static string Left(RefusalReason reason) => reason.Left is { } time ? Amounts.Of(time) : "less";

    /// <summary>Who holds the rest, as the gate read it.</summary>
    private static string Of(QuotaReading? reading) => reading switch
    {
        null => "",
        { Reserved.Milliseconds: 0 } => $" of {Amounts.Of(reading.Allowance)}: {Amounts.Of(reading.Spent)} are spent",
        _ => $" of {Amounts.Of(reading.Allowance)}: {Amounts.Of(reading.Spent)} are spent and {Amounts.Of(reading.Reserved)} are held by your own tasks that wait or run",
    };
}
