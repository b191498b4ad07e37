using Stint.Core.Leasing.Instructions;
using Stint.Core.Quota.Purses;

namespace Stint.Prove.Simulation.Predicting;

internal sealed partial class Predictor
{
    private const long Day = 24 * 3_600_000L;
    private const long LargestCredit = 31 * Day;

    private HashSet<string> refunded = [];

    private string Instructed(Instruction instruction) => instruction switch
    {
        GrantCredit grant => Granted(grant),
        WithdrawCredit withdraw => Withdrawn(withdraw),
        SetCeiling set => CeilingSet(set),
        RefundCharge refund => Refunded(refund),
        _ => throw new InvalidOperationException(instruction.ToString()),
    };

    private string Granted(GrantCredit grant)
    {
        var identity = Identity(grant.Identity.Value);
        var (amount, expiresAt) = (grant.Amount.Milliseconds, grant.ExpiresAt.UnixMilliseconds);
        if (identity.Credits.Find(credit => credit.Id == grant.Id.Value) is { } before)
            return (before.Kind, before.Amount, before.ExpiresAt, before.Reason, before.Approver) == (grant.Kind, amount, expiresAt, grant.Reason, grant.Approver) ? "AlreadyDone" : "AlreadyDoneWithOtherContent";
        if (amount == 0 || amount > LargestCredit) return "AmountInvalid";
        if (expiresAt <= Now || expiresAt > Now + (366 * Day)) return "ExpiryInvalid";
        if (identity.Credits.Count(credit => credit.IsUsableAt(Now)) >= 100) return "TooMany";
        Add(identity, new(grant.Id.Value, grant.Kind, amount, Now, expiresAt, grant.Reason, grant.Approver));
        Say($"credit {grant.Id} of {identity.Id} {grant.Kind} {amount} until {expiresAt} {grant.Reason} {grant.Approver}");
        return "Done";
    }

    /// <summary>
    /// Boosts pay before credits; of a kind the one that ends first, then the one that was granted first. What is over for thirty
    /// days is forgotten when something new comes.
    /// </summary>
    private void Add(PlainIdentity identity, PlainCredit credit)
    {
        identity.Credits.RemoveAll(old => old.ExpiresAt + (30 * Day) < credit.GrantedAt && HeldOf(identity.Id, old) == 0);
        identity.Credits.Add(credit);
        identity.Credits.Sort((a, b) => (a.Kind, a.ExpiresAt, a.GrantedAt) != (b.Kind, b.ExpiresAt, b.GrantedAt)
            ? (a.Kind, a.ExpiresAt, a.GrantedAt).CompareTo((b.Kind, b.ExpiresAt, b.GrantedAt))
            : string.CompareOrdinal(a.Id, b.Id));
    }

    private string Withdrawn(WithdrawCredit withdraw)
    {
        var identity = Identity(withdraw.Identity.Value);
        if (identity.Credits.Find(credit => credit.Id == withdraw.Id.Value) is not { } credit) return "CreditUnknown";
        if (credit.Withdrawn) return "AlreadyDone";
        Say($"credit {credit.Id} of {identity.Id} withdrawn {LeftOf(identity.Id, credit, Now)} {withdraw.Reason} {withdraw.Approver}");
        credit.Withdrawn = true;
        return "Done";
    }

    private string CeilingSet(SetCeiling set)
    {
        var identity = Identity(set.Identity.Value);
        var limit = set.Limit?.Milliseconds;
        if (limit > LargestCredit) return "AmountInvalid";
        if (set.Space is { } space)
        {
            var has = identity.CeilingOf.TryGetValue(space, out var before);
            if (has ? before == limit : limit is null) return "AlreadyDone";
            if (!has && identity.CeilingOf.Count >= 200) return "TooMany";
            if (limit is { } most) identity.CeilingOf[space] = most;
            else identity.CeilingOf.Remove(space);
        }
        else if (identity.Ceiling == (limit ?? 0)) return "AlreadyDone";
        else identity.Ceiling = limit ?? 0;

        Say($"ceiling of {identity.Id} at {set.Space} {limit}");
        return "Done";
    }

    /// <summary>To the purses that paid; what of it has a purse no more comes back as a boost of seven days.</summary>
    private string Refunded(RefundCharge refund)
    {
        if (ended.GetValueOrDefault(refund.Id.Value) is not { } task || task.Who != refund.Identity.Value) return "ReceiptUnknown";
        if (refunded.Contains(task.Id)) return "AlreadyDone";
        if (task.Charged == 0) return "NothingCharged";
        GiveBack(task, refund.Reason, refund.By);
        return "Done";
    }

    private void GiveBack(PlainTask task, string reason, string by)
    {
        refunded.Add(task.Id);
        var identity = Identity(task.Who);
        var (own, lost) = (task.Charged - task.Paid.Sum(share => share.Amount), 0L);
        if (identity.OpenAt(Now) is { } window && window.OpenedAt == task.WindowOpenedAt)
        {
            window.Spent -= own;
            window.Beyond -= task.Paid.Where(share => share.Kind == CreditKind.Credit && share.Of == task.Who).Sum(share => share.Amount);
        }
        else lost = own;

        foreach (var share in task.Paid)
        {
            var credit = Identity(share.Of).Credits.Find(credit => credit.Id == share.Credit);
            if (share.Of == task.Who && credit?.IsUsableAt(Now) != true) lost += share.Amount;
            if (credit is not null) credit.Spent -= share.Amount;
        }

        foreach (var hold in task.Caps)
            if (capWindows[hold.Ledger].Find(window => window.OpenedAt == hold.WindowOpenedAt) is { } under) under.Spent = Math.Max(0, under.Spent - task.Charged);
        if (lost > 0) Add(identity, new("refund:" + task.Id, CreditKind.Boost, lost, Now, Now + (7 * Day), reason, by));
        Say($"refunded {task.Id} {task.Charged} {reason} {by}" + (lost > 0 ? $" boost={lost} until {Now + (7 * Day)}" : ""));
    }
}
