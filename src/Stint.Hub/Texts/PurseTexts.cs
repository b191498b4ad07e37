using Stint.Core.Leasing.Instructions;
using Stint.Core.Quota;
using Stint.Core.Quota.Purses;

namespace Stint.Hub.Texts;

/// <summary>Credits, ceilings and refunds in words.</summary>
public static class PurseTexts
{
    public const int LongestReason = 500;
    public const string ReasonRule = "a reason is needed, of 1 to 500 characters: it stands on receipts and in lists";

    public const string Undecided = "The hub keeps the request and has not decided it yet; look again in a moment.";

    public static readonly string CeilingRule =
        "Credits are touched only up to the ceiling their holder sets for use beyond the allowance in a window; boosts count as allowance and need none. "
        + $"A ceiling for a Space counts from when it is set, in a window of {Amounts.About(Window.Length)} that opens at the first use there.";

    /// <summary>The stable word for what a credit is at this moment.</summary>
    public static string State(Credit credit, Instant now) => credit switch
    {
        { Withdrawn: true } => "withdrawn",
        _ when now >= credit.ExpiresAt => "expired",
        _ when credit.Spent == credit.Amount => "spent",
        _ => "usable",
    };

    /// <summary>The purses that paid, where it was not the allowance alone: "10 s of the allowance + 5 s of a boost".</summary>
    public static string? PaidBy(Receipt receipt) => receipt.Purses.All(share => share.Credit is null)
        ? null
        : string.Join(" + ", receipt.Purses.Select(share => $"{Amounts.Of(share.Amount)} of {Of(share)}"));

    public static string? Refunded(Receipt receipt) => receipt.Refund is { } refund
        ? $"{Amounts.Of(refund.Amount)} came back at {Amounts.Of(refund.At)}: {refund.Reason} ({refund.By})"
        : null;

    /// <summary>Why an instruction came to nothing, and what to do; null where it is done.</summary>
    public static string? Problem(InstructionOutcome outcome) => outcome switch
    {
        InstructionOutcome.Done or InstructionOutcome.AlreadyDone => null,
        InstructionOutcome.AlreadyDoneWithOtherContent => "Something else was asked for under this id before; nothing was changed. Use another Idempotency-Key.",
        InstructionOutcome.AmountInvalid => "An amount is more than nothing and at most a month of GPU time.",
        InstructionOutcome.ExpiryInvalid => "A credit ends after now and within a year.",
        InstructionOutcome.TooMany => $"There may be {Credits.MostUsable} usable credits and ceilings for {Ceilings.MostSpaces} Spaces; withdraw or take away others first.",
        InstructionOutcome.CreditUnknown => "There is no credit of this id.",
        InstructionOutcome.ReceiptUnknown => "There is no receipt of this id. A run has one when it has ended.",
        InstructionOutcome.NothingCharged => "This run was charged nothing, so nothing can come back.",
    };

    /// <summary>The Space's limit or the cap that stopped a run, by its stable word; null for every other word.</summary>
    public static string? StoppedBy(string? cause) => cause switch
    {
        "device-cap" => "the limit of one device in this network",
        "anonymous-cap" => "the limit of all anonymous visitors",
        "space-ceiling" => "your ceiling for this Space",
        _ => null,
    };

    private static string Of(PurseShare share) => share.Purse switch
    {
        PurseShare.Allowance => "the allowance",
        PurseShare.Sponsor => $"{share.Of}",
        _ => $"a {share.Purse}",
    };
}
