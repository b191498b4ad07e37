using Stint.Core.Quota.Purses;

namespace Stint.Prove.Simulation.Predicting;

/// <summary>A credit as the predictor knows it. What is held of it is counted in what is open, never kept.</summary>
internal sealed class PlainCredit(string id, CreditKind kind, long amount, long grantedAt, long expiresAt, string reason, string approver)
{
    public string Id => id;
    public CreditKind Kind => kind;
    public long Amount => amount;
    public long GrantedAt => grantedAt;
    public long ExpiresAt => expiresAt;
    public string Reason => reason;
    public string Approver => approver;
    public long Spent { get; set; }
    public bool Withdrawn { get; set; }

    public bool IsUsableAt(long now) => !Withdrawn && now < ExpiresAt;

    public PlainCredit Copy() => (PlainCredit)MemberwiseClone();
}

/// <summary>An amount of one purse beyond an allowance.</summary>
internal sealed record PlainShare(string Of, string Credit, CreditKind Kind, long Amount)
{
    public override string ToString() => $"{Of}/{Credit}:{Kind}:{Amount}";
}

/// <summary>What a task holds under one cap. It counts in the window in which its lease began.</summary>
/// <param name="Ledger">Where use under the cap is counted.</param>
/// <param name="WindowOpenedAt">Null while it waits.</param>
internal sealed record PlainHold(CapKind Kind, string Ledger, long Limit, long Held, long? WindowOpenedAt = null)
{
    public override string ToString() => $"{Kind}:{Held}";
}

/// <summary>24 h of use under one cap.</summary>
internal sealed class PlainCapWindow
{
    public required long OpenedAt { get; init; }
    public long Spent { get; set; }

    /// <summary>Leases granted in it that were not void.</summary>
    public int Grants { get; set; }

    public long ResetsAt => OpenedAt + PlainWindow.Length;

    public PlainCapWindow Copy() => (PlainCapWindow)MemberwiseClone();
}

/// <summary>What a cap says at one moment, predicted.</summary>
internal sealed record PlainCapReading(PlainHold Cap, long Used, long Left, long? ResetsAt);
