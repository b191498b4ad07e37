using Stint.Core.Quota;
using Stint.Hub.Layout;
using Stint.Hub.Texts.Findings;

namespace Stint.Hub.Doctor.Checks;

/// <summary>Whether there is GPU time to run with, and a GPU to run on.</summary>
internal static class PurseChecks
{
    /// <summary>More browsers than this behind one address are people who share it.</summary>
    private const int ManyVisitors = 3;

    public static IReadOnlyList<Check> All =>
    [
        new(TriedTexts.Nodes, Nodes),
        new(TriedTexts.Slots, Slots),
        new(TriedTexts.Quarantined, Quarantined),
        new(TriedTexts.Queue, Queue),
        new(TriedTexts.Wait, Wait),
        new(TriedTexts.Shared, Shared),
        new(TriedTexts.Left, Left),
        new(TriedTexts.LastRefusal, LastRefusal),
    ];

    private static FindingText? Nodes(Observations seen) => seen.Pool.Lost.Count == 0 ? null : PurseFindings.NodeLost(seen.Pool.Lost);

    private static FindingText? Slots(Observations seen) => seen.Pool.Slots > 0 ? null : PurseFindings.NoSlots();

    private static FindingText? Quarantined(Observations seen) => seen.Pool.Quarantined == 0 ? null : PurseFindings.SlotsQuarantined(seen.Pool.Quarantined, seen.Pool.Slots);

    private static FindingText? Queue(Observations seen) => seen.Pool.Waiting < seen.Pool.MostWaiting ? null : PurseFindings.QueueFull(seen.Pool.Waiting);

    private static FindingText? Wait(Observations seen) =>
        seen.Pool.ExpectedWait is { } wait && wait > seen.Pool.WaitLimit ? PurseFindings.WaitLongerThanLimit(wait, seen.Pool.WaitLimit) : null;

    public static bool IsShared(Observations seen) => seen.Purse is { Visitors: > ManyVisitors } && seen.Evidence.Account is null;

    private static FindingText? Shared(Observations seen) => IsShared(seen) ? PurseFindings.AddressShared(seen.Purse!.Visitors) : null;

    private static FindingText? Left(Observations seen) => seen.Purse switch
    {
        null => null,
        { Reading: var reading } when reading.Left > GpuTime.Zero => null,
        { Reading: var reading } when reading.Reserved > GpuTime.Zero => PurseFindings.AllHeld(reading),
        { } purse => PurseFindings.QuotaUsedUp(purse.Reading, purse.Plan),
    };

    private static FindingText? LastRefusal(Observations seen) => seen.Purse?.LastRefusal is { } refusal
        ? PurseFindings.LatestRefusal(refusal.Id, refusal.At, refusal.Code, refusal.Title, refusal.Sentence, refusal.Advice, Links.Refusal(refusal.Id))
        : null;
}
