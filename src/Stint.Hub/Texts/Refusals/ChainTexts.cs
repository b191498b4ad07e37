using Stint.Core.Quota;

namespace Stint.Hub.Texts.Refusals;

/// <summary>
/// The way of a refused call from its caller to the GPU, with the station marked where it broke. Told of what the refusal
/// keeps, and of nothing else.
/// </summary>
public static class ChainTexts
{
    /// <summary>The station where a reason breaks the way.</summary>
    public static Station BreaksAt(RefusalCause cause) => cause switch
    {
        RefusalCause.NoVisitor or RefusalCause.TokenForged or RefusalCause.TokenOfAnotherSpace => Station.Space,
        RefusalCause.TokenExpired or RefusalCause.TokenUsedUp or RefusalCause.IdentityUnknown => Station.DeviceApi,
        RefusalCause.DurationNeverAllowed or RefusalCause.QuotaExceeded or RefusalCause.CeilingReached => Station.Ledger,
        RefusalCause.SpaceCeilingReached or RefusalCause.DeviceCapReached or RefusalCause.AnonymousCapReached => Station.Ledger,
        RefusalCause.SizeNotInPool or RefusalCause.TooManyWaiting or RefusalCause.PoolQueueFull or RefusalCause.NoGpuInTime => Station.Gpu,
    };

    /// <param name="account">The name of the account that was counted; null where none was.</param>
    public static IReadOnlyList<WayStop> Of(Refusal refusal, string? account)
    {
        var broken = refusal.Reasons.GroupBy(reason => BreaksAt(reason.Cause)).ToDictionary(same => same.Key, same => same.First());
        var first = broken.Keys.Min();
        return [.. Enum.GetValues<Station>().Select(station => broken.TryGetValue(station, out var reason)
            ? new WayStop(station, StopState.Broken, Broken(station, reason, refusal))
            : station > first ? new WayStop(station, StopState.NotReached, NotReached(station)) : Passed(station, refusal, account))];
    }

    /// <summary>The way of a request that was turned away at a Space's address before the Space did anything for it.</summary>
    public static IReadOnlyList<WayStop> Of(DoorCause cause) =>
    [
        new(Station.Caller, StopState.Passed, cause.Kind switch
        {
            { } kind => $"It sent {EvidenceTexts.An(kind)} to the Space's address.",
            null when cause.IsOfSpace => "It sent its request to the Space's address.",
            null => "It sent nothing that the Space's owner lets in.",
        }),
        cause.IsOfSpace
            ? new(Station.Gateway, StopState.Passed, "It passed the request on.")
            : new(Station.Gateway, StopState.Broken, cause.Sentence),
        cause.IsOfSpace
            ? new(Station.Space, StopState.Broken, cause.Sentence)
            : new(Station.Space, StopState.NotReached, NotReached(Station.Space)),
        .. new[] { Station.DeviceApi, Station.Ledger, Station.Gpu }.Select(station => new WayStop(station, StopState.NotReached, NotReached(station))),
    ];

    private static WayStop Passed(Station station, Refusal refusal, string? account) => station switch
    {
        Station.Caller when refusal.Identity is null => new(station, StopState.NotReached, "No visitor's request is known to have led here."),
        Station.Caller when refusal.Identity is { IsAnonymous: true } => new(station, StopState.Passed, "It sent nothing that says who it is."),
        Station.Caller => new(station, StopState.Passed, refusal.Recognition is { } sent ? $"It sent {EvidenceTexts.An(sent.By)}." : "It said who it is."),
        Station.Gateway when refusal.Identity is null => new(station, StopState.NotReached, "Nobody was recognised here for this call."),
        Station.Gateway when refusal.Identity is { IsAnonymous: true } payer =>
            new(station, StopState.Warned, $"It found neither a sign-in nor a token, so the network {payer.Network} is counted."),
        Station.Gateway => new(station, StopState.Passed, $"It recognised {account ?? "an account that is gone"}{(refusal.Recognition is { } by ? $" by {EvidenceTexts.An(by.By)}" : "")}."),
        Station.Space when refusal.Recognition?.Via is { } via => new(station, StopState.Passed, $"{refusal.Function.Space}, called by {via}, handed the visitor on."),
        Station.Space => new(station, StopState.Passed, $"{refusal.Function.Space} handed the visitor on."),
        Station.DeviceApi => new(station, StopState.Passed, $"It asked for {Amounts.Of(refusal.Declared)} on a GPU of size {Amounts.Of(refusal.Function.Size)}."),
        Station.Ledger => new(station, StopState.Passed, "There was GPU time enough."),
        Station.Gpu => new(station, StopState.Passed, "A GPU was there."),
    };

    private static string Broken(Station station, RefusalReason reason, Refusal refusal) => station switch
    {
        Station.Space when reason.Cause == RefusalCause.NoVisitor => $"{refusal.Function.Space} asked for a GPU without saying for whom.",
        Station.Caller or Station.Gateway or Station.Space or Station.DeviceApi or Station.Gpu =>
            RefusalTexts.Sentence(reason, refusal.Function, refusal.Declared, refusal.Reading),
        Station.Ledger when reason is { Required: { } required, Left: { } left } => $"{Amounts.Of(required)} were needed and {Amounts.Of(left)} were there for it.",
        Station.Ledger => RefusalTexts.Title(reason.Cause) + ".",
    };

    private static string NotReached(Station station) => station switch
    {
        Station.Caller or Station.Gateway => "It had no part in this.",
        Station.Space => "The Space heard nothing of it.",
        Station.DeviceApi => "No GPU was asked for.",
        Station.Ledger => "Nothing was counted to anyone.",
        Station.Gpu => "No GPU was used, and nothing was charged.",
    };
}
