using Stint.Core.Quota;
using Stint.Core.Quota.Purses;

namespace Stint.Core.Leasing.Instructions;

/// <summary>Decides what people ask of ledgers, each by the ladder: seen before? → shape → limits → change.</summary>
public static class Instructing
{
    /// <summary>How long GPU time that is given back lasts where the purse that paid it is over.</summary>
    public static readonly TimeSpan RefundLasts = TimeSpan.FromDays(7);

    /// <summary>How long after its end a machine may still say that a run failed by its fault.</summary>
    public static readonly TimeSpan AttestedWithin = TimeSpan.FromHours(24);

    private static readonly TimeSpan LongestCredit = TimeSpan.FromDays(366);
    private static readonly GpuTime LargestCredit = new((long)TimeSpan.FromDays(31).TotalMilliseconds);

    public static InstructionReply Decide(Books books, Instruction instruction, Instant now) => new(instruction switch
    {
        GrantCredit grant => Grant(books, grant, now),
        WithdrawCredit withdraw => Withdraw(books, withdraw, now),
        SetCeiling set => Set(books, set, now),
        RefundCharge refund => Refund(books, refund, now),
        _ => throw new InvariantBrokenException($"no decision for {instruction.GetType().Name}"),
    });

    private static InstructionOutcome Grant(Books books, GrantCredit command, Instant now)
    {
        var credits = books.LedgerOf(command.Identity).Credits;
        if (credits.Find(command.Id) is { } before)
            return before == new Credit(command.Id, command.Kind, command.Amount, before.GrantedAt, command.ExpiresAt, command.Reason, command.Approver)
            {
                Spent = before.Spent, Held = before.Held, Withdrawn = before.Withdrawn,
            }
                ? InstructionOutcome.AlreadyDone
                : InstructionOutcome.AlreadyDoneWithOtherContent;
        if (command.Amount == GpuTime.Zero || command.Amount > LargestCredit) return InstructionOutcome.AmountInvalid;
        if (command.ExpiresAt <= now || command.ExpiresAt > now + LongestCredit) return InstructionOutcome.ExpiryInvalid;
        if (credits.UsableAt(now) >= Credits.MostUsable) return InstructionOutcome.TooMany;
        var credit = new Credit(command.Id, command.Kind, command.Amount, now, command.ExpiresAt, command.Reason, command.Approver);
        books.Record(new CreditGranted(now, command.Identity, credit));
        return InstructionOutcome.Done;
    }

    private static InstructionOutcome Withdraw(Books books, WithdrawCredit command, Instant now)
    {
        if (books.LedgerOf(command.Identity).Credits.Find(command.Id) is not { } credit) return InstructionOutcome.CreditUnknown;
        if (credit.Withdrawn) return InstructionOutcome.AlreadyDone;
        books.Record(new CreditWithdrawn(now, command.Identity, credit.Id, credit.LeftAt(now), command.Reason, command.Approver));
        return InstructionOutcome.Done;
    }

    private static InstructionOutcome Set(Books books, SetCeiling command, Instant now)
    {
        var ceilings = books.LedgerOf(command.Identity).Ceilings;
        if (command.Limit > LargestCredit) return InstructionOutcome.AmountInvalid;
        if (command.Space is { } space)
        {
            if (ceilings.Of(space) == command.Limit) return InstructionOutcome.AlreadyDone;
            if (ceilings.Of(space) is null && ceilings.Spaces.Count >= Ceilings.MostSpaces) return InstructionOutcome.TooMany;
        }
        else if (ceilings.Beyond == (command.Limit ?? GpuTime.Zero)) return InstructionOutcome.AlreadyDone;

        books.Record(new CeilingSet(now, command.Identity, command.Space, command.Limit));
        return InstructionOutcome.Done;
    }

    private static InstructionOutcome Refund(Books books, RefundCharge command, Instant now)
    {
        if (books.FindKept(command.Id) is not { Ending: { } ending } ended || ended.Identity != command.Identity) return InstructionOutcome.ReceiptUnknown;
        if (ended.Refund is not null) return InstructionOutcome.AlreadyDone;
        if (ending.Charged == GpuTime.Zero) return InstructionOutcome.NothingCharged;
        GiveBack(books, ended, command.Reason, command.By, now);
        return InstructionOutcome.Done;
    }

    /// <summary>
    /// A machine says of a run that was settled before that it failed by the machine's own fault. That counts for its own runs only,
    /// within a day, once, and not for what the Space itself called a success.
    /// </summary>
    public static void RefundAttested(Books books, ReservationId run, string node, Instant now)
    {
        if (books.FindKept(run) is not { Phase: ReservationPhase.Settled, Ending: { Exit: not ExitClass.Completed } ending, Refund: null, Lease: { } lease } ended) return;
        if (!books.Pool.Slots.TryGetValue(lease.Slot, out var slot) || slot.Node != node) return;
        if (ending.Charged > GpuTime.Zero && now - ending.At <= AttestedWithin) GiveBack(books, ended, Quota.Refund.MachineFault, "node:" + node, now);
    }

    private static void GiveBack(Books books, Reservation ended, string reason, string by, Instant now) => books.Record(new ChargeRefunded(
        now, ended with { Refund = new Quota.Refund(now, ended.Ending!.Charged, reason, by, BoostFor(books, ended, reason, by, now)) }));

    /// <summary>What cannot go back to the purse that paid it, because that is over, comes back as a boost.</summary>
    private static Credit? BoostFor(Books books, Reservation ended, string reason, string by, Instant now)
    {
        var (ledger, ending) = (books.LedgerOf(ended.Identity), ended.Ending!);
        var lost = ledger.OpenWindow(now)?.OpenedAt == ended.Lease!.WindowOpenedAt ? GpuTime.Zero : ending.FromAllowance;
        foreach (var share in ending.Further ?? [])
            if (share.Of == ended.Identity && ledger.Credits.Find(share.Credit)?.IsUsableAt(now) != true) lost += share.Amount;
        return lost == GpuTime.Zero
            ? null
            : new(new("refund:" + ended.Id), CreditKind.Boost, lost, now, now + RefundLasts, reason, by);
    }
}
