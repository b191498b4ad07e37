using Stint.Core.Identities;
using Stint.Core.Quota;
using Stint.Hub.Billing.Purses;
using Stint.Hub.Store.Ledgers;
using Stint.Hub.Texts;

namespace Stint.Hub.Billing;

/// <summary>The quota of one identity: each purse, and what waits or runs and holds GPU time.</summary>
/// <param name="RecognisedBy">What spoke for the identity.</param>
/// <param name="QueueRule">The rule that orders the queue, with this plan's priority.</param>
public sealed record QuotaAnswer(
    string Identity, string? Account, string RecognisedBy, DateTime At, string Unit, IReadOnlyList<PurseAnswer> Purses, IReadOnlyList<HoldAnswer> Holds, string QueueRule)
{
    /// <summary>What pays beyond the allowance, in the order in which it does.</summary>
    public required IReadOnlyList<CreditAnswer> Credits { get; init; }

    /// <summary>What the identity allows itself.</summary>
    public required CeilingsAnswer Ceilings { get; init; }

    /// <summary>The allowance's rest, and what credits can pay within the ceiling.</summary>
    public required long LeftInAllMilliseconds { get; init; }

    internal static QuotaAnswer Of(QuotaSnapshot snapshot, Account? account, string recognisedBy) => new(
        snapshot.Identity.Value, account?.Name, recognisedBy, snapshot.Now.ToUtc().UtcDateTime, Reason.GpuSeconds, [PurseAnswer.Of(snapshot)],
        HoldAnswer.Of(snapshot), QuotaTexts.QueueRule(snapshot.Plan))
    {
        Credits = CreditAnswer.Of(snapshot.Ledger, snapshot.Now),
        Ceilings = CeilingsAnswer.Of(snapshot),
        LeftInAllMilliseconds = snapshot.Reading.LeftInAll.Milliseconds,
    };
}

/// <summary>One thing that can fund a run. Always: spent + reserved + left = allowance.</summary>
/// <param name="Kind"><c>allowance</c>: what the plan grants in a window.</param>
/// <param name="ReservedMilliseconds">Held by tasks that wait or run.</param>
/// <param name="ResetsAt">Null while no window is open: the next GPU use opens one.</param>
/// <param name="Rule">The rule's name; the sentence says it and the example works it out.</param>
/// <param name="Notice">What a change of the plan means for the open window.</param>
public sealed record PurseAnswer(
    string Id, string Kind, string Plan, int Priority, decimal LongestDurationSeconds,
    long AllowanceMilliseconds, decimal AllowanceSeconds, long SpentMilliseconds, decimal SpentSeconds,
    long ReservedMilliseconds, decimal ReservedSeconds, long LeftMilliseconds, decimal LeftSeconds,
    DateTime? ResetsAt, string Rule, string RuleSentence, string Example, string? Notice)
{
    internal static PurseAnswer Of(QuotaSnapshot snapshot)
    {
        var (plan, reading) = (snapshot.Plan, snapshot.Reading);
        return new(
            PurseId.OfAllowance(snapshot.Identity).Value, PurseShare.Allowance, plan.Name, plan.Priority, (long)plan.LongestDuration.TotalMilliseconds / 1000m,
            reading.Allowance.Milliseconds, reading.Allowance.InSeconds(), reading.Spent.Milliseconds, reading.Spent.InSeconds(),
            reading.Reserved.Milliseconds, reading.Reserved.InSeconds(), reading.Left.Milliseconds, reading.Left.InSeconds(),
            reading.ResetsAt?.ToUtc().UtcDateTime, QuotaTexts.Rule, QuotaTexts.RuleSentence(plan), QuotaTexts.Example(plan), QuotaTexts.Notice(plan, reading));
    }
}

/// <summary>GPU time that a task which waits or runs holds. What the run does not use comes back when it ends.</summary>
/// <param name="Phase"><c>waiting</c> or <c>running</c>.</param>
/// <param name="CeilingMilliseconds">The most this task can be charged.</param>
/// <param name="Until">When the wait ends without a GPU, or the run is stopped, at the latest.</param>
public sealed record HoldAnswer(
    string Id, string Space, string? Endpoint, string Phase, long HeldMilliseconds, decimal HeldSeconds, long UsedMilliseconds, decimal UsedSeconds,
    long CeilingMilliseconds, decimal CeilingSeconds, DateTime Since, DateTime Until)
{
    internal static IReadOnlyList<HoldAnswer> Of(QuotaSnapshot snapshot)
    {
        var deadlines = snapshot.Ledger.Deadlines().ToDictionary(end => end.Run.Id, end => end.Deadline);
        return
        [
            .. snapshot.Ledger.Holds(snapshot.Now).OrderBy(run => run.ReservedAt).ThenBy(run => run.Id).Select(run => new HoldAnswer(
                run.Id.Value, run.Function.Space.ToString(), run.Function.Endpoint is "" ? null : run.Function.Endpoint,
                run.Phase == ReservationPhase.Queued ? "waiting" : "running",
                run.HeldAt(snapshot.Now).Milliseconds, run.HeldAt(snapshot.Now).InSeconds(),
                run.UsedAt(snapshot.Now).Milliseconds, run.UsedAt(snapshot.Now).InSeconds(),
                run.Ceiling.Milliseconds, run.Ceiling.InSeconds(), run.ReservedAt.ToUtc().UtcDateTime,
                deadlines.GetValueOrDefault(run.Id, run.WaitUntil).ToUtc().UtcDateTime)),
        ];
    }
}
