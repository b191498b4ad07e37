using Stint.Core.Spaces;
using Stint.Hub.Texts.Findings;

namespace Stint.Hub.Doctor.Checks;

/// <summary>Whether the Space is there, open, running, and hands its visitors on to the GPU.</summary>
internal static class SpaceChecks
{
    public static IReadOnlyList<Check> All =>
    [
        new(TriedTexts.Exists, Exists),
        new(TriedTexts.Open, Open),
        new(TriedTexts.Running, Running),
        new(TriedTexts.App, App),
        new(TriedTexts.Sdk, Sdk),
        new(TriedTexts.Background, Background),
        new(TriedTexts.OtherApps, OtherApps),
        new(TriedTexts.Never, Never),
        new(TriedTexts.OwnQueueSize, OwnQueueSize),
        new(TriedTexts.OwnQueue, OwnQueue),
    ];

    private static FindingText? Exists(Observations seen) => seen.Space is { IsThere: false } space ? SpaceFindings.Unknown(space.Name) : null;

    private static FindingText? Open(Observations seen) => seen.Space is { IsThere: true, IsOpenToCaller: false } ? SpaceFindings.SignInNeeded() : null;

    private static FindingText? Running(Observations seen)
    {
        if (seen.Space is not { IsThere: true } space) return null;
        var last = space.LastLines is [.., var line] ? line : null;
        return space.Stage switch
        {
            SpaceStage.Running => null,
            SpaceStage.AppStarting => SpaceFindings.Starting(last),
            SpaceStage.Sleeping => SpaceFindings.Asleep(),
            SpaceStage.Stopped => SpaceFindings.Stopped(),
            SpaceStage.RuntimeError => SpaceFindings.Failing(space.Problem, last),
        };
    }

    private static FindingText? App(Observations seen) => seen.Space is { IsThere: true, Stage: SpaceStage.Running, App: null } ? SpaceFindings.AppNotAnswering() : null;

    private static FindingText? Sdk(Observations seen) =>
        seen.Space?.Counts is { CallsWithoutAmidEvents: > 0 } counts ? SpaceFindings.DropsVisitor(counts.CallsWithoutAmidEvents, counts.CallsWithoutSince) : null;

    private static FindingText? Background(Observations seen) =>
        seen.Space?.Counts is { CallsWithout: > 0, CallsWithoutAmidEvents: 0 } counts ? SpaceFindings.CallsWithoutVisitor(counts.CallsWithout, counts.CallsWithoutSince) : null;

    private static FindingText? OtherApps(Observations seen) => seen.Space?.Counts is { FromOtherApps: > 0 } counts ? SpaceFindings.CalledWithoutForwarding(counts.FromOtherApps) : null;

    private static FindingText? Never(Observations seen) =>
        seen.Space is { IsThere: true, Counts: { Events: >= 3, CallsWithVisitor: 0, CallsWithout: 0 } counts } ? SpaceFindings.NeverAsks(counts.Events) : null;

    private static FindingText? OwnQueue(Observations seen) => seen.Space?.Counts is { WaitedInApp: > 0 } counts ? SpaceFindings.QueueHidesOurs(counts.WaitedInApp, counts.Events) : null;

    private static FindingText? OwnQueueSize(Observations seen) => seen.Space?.Counts is { TurnedAwayByApp: > 0 } counts ? SpaceFindings.QueueSmall(counts.TurnedAwayByApp) : null;
}
