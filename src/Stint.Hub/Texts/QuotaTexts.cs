using Stint.Core.Plans;
using Stint.Core.Quota;

namespace Stint.Hub.Texts;

/// <summary>The rules of GPU time in words, rendered from the plan in force and from Core's own constants.</summary>
public static class QuotaTexts
{
    /// <summary>The rule's name, as the <c>RateLimit</c> headers say it.</summary>
    public const string Rule = "daily";

    public static string RuleSentence(Plan plan) =>
        $"Plan '{plan.Name}' grants {Amounts.Of(plan.Allowance)} of GPU time in a window of {Hours(Window.Length)}. "
        + $"The window opens at the first GPU use and ends exactly {Hours(Window.Length)} later. One run may declare at most {Amounts.Of(plan.LongestDuration)}.";

    /// <summary>A worked example with this plan's own numbers.</summary>
    public static string Example(Plan plan)
    {
        var (declared, taken) = (plan.LongestDuration, plan.LongestDuration / 10);
        return $"A run that declares {Amounts.Of(declared)} and takes {Amounts.Of(taken)} is charged {Amounts.Of(taken)}; "
            + $"the other {Amounts.Of(declared - taken)} come back at once. Waiting for a GPU is free.";
    }

    /// <summary>What a change of plan means for the open window; null where there is nothing to announce.</summary>
    public static string? Notice(Plan plan, QuotaReading reading) => reading.ResetsAt is { } resets && plan.Allowance < reading.Allowance
        ? $"The plan now grants {Amounts.Of(plan.Allowance)}. This window keeps the {Amounts.Of(reading.Allowance)} it promised until {Amounts.Of(resets)}."
        : null;

    public static string QueueRule(Plan plan) =>
        $"Whoever waits longest goes first, delayed by the GPU time that one has used in this window and that one's own tasks need, divided by the plan's "
        + $"priority ({plan.Priority}); short tasks are delayed less, and nobody by more than {Amounts.About(Core.Leasing.Queue.PenaltyCap)}.";

    /// <summary>How a charge came about: "30 s × 2 = 60 s". The weight is always shown.</summary>
    public static string ChargeLine(Receipt receipt)
    {
        if (receipt.Exit is not { } exit) return $"no lease was granted: {Amounts.Of(receipt.Charged)} charged";
        var weighed = $"{Amounts.Of(receipt.Measured)} × {receipt.Weight}";
        if (!exit.Charges()) return $"{weighed} not charged ({Exit(exit)}): {Amounts.Of(receipt.Charged)}";
        var charge = receipt.Charged == receipt.Weighed
            ? $"{weighed} = {Amounts.Of(receipt.Charged)}"
            : receipt.PaidByHouse > GpuTime.Zero
            ? $"{weighed}, of which {Amounts.Of(receipt.PaidByHouse)} are the house's = {Amounts.Of(receipt.Charged)}"
            : $"{weighed}, at most what was reserved = {Amounts.Of(receipt.Charged)}";
        if (PurseTexts.PaidBy(receipt) is { } paid) charge += $" ({paid})";
        return PurseTexts.Refunded(receipt) is { } refunded ? $"{charge}; {refunded}" : charge;
    }

    /// <summary>The stable word for how a lease ended.</summary>
    public static string ExitCode(ExitClass exit) => exit switch
    {
        ExitClass.Completed => "completed",
        ExitClass.Failed => "failed",
        ExitClass.WorkerDied => "worker-died",
        ExitClass.Cancelled => "cancelled",
        ExitClass.Overrun => "overrun",
        ExitClass.OutOfFunds => "out-of-funds",
        ExitClass.NotAllowed => "not-allowed",
        ExitClass.NotUsed => "not-used",
        ExitClass.HubFault => "hub-fault",
        ExitClass.NodeFault => "node-fault",
    };

    /// <summary>How a lease ended, in words.</summary>
    public static string Exit(ExitClass exit) => exit switch
    {
        ExitClass.Completed => "it completed",
        ExitClass.Failed => "the task failed",
        ExitClass.WorkerDied => "its worker died",
        ExitClass.Cancelled => "the visitor left or pressed stop",
        ExitClass.Overrun => "it was stopped at its declared duration",
        ExitClass.OutOfFunds => "it was stopped where the GPU time ended",
        ExitClass.NotAllowed => "it held a GPU and named no worker",
        ExitClass.NotUsed => "it was given back unused",
        ExitClass.HubFault => "the hub was at fault",
        ExitClass.NodeFault => "the GPU or its machine was at fault",
    };

    /// <summary>How a lease ended, with what the machine saw of the cause.</summary>
    public static string Exit(ExitClass exit, string? cause) => cause == EndingCauses.OutOfMemory ? $"{Exit(exit)}: the Space's memory was used up" : Exit(exit);

    /// <summary>The stable word for how a reservation ended: the exit of its lease, else why none was granted.</summary>
    public static string Outcome(Receipt receipt) => receipt.Exit is { } exit ? ExitCode(exit) : receipt.Cause ?? "ended";

    private static string Hours(TimeSpan span) => $"{span.TotalHours:0.##} h";
}
