using System.Text.Json.Serialization;
using Stint.Core.Identities;
using Stint.Core.Quota;
using Stint.Core.Quota.Purses;
using Stint.Core.Spaces;

namespace Stint.Core.Leasing.Instructions;

/// <summary>
/// What a person asks of a ledger: a credit, a ceiling, a refund. It is kept from the asking until it is decided, and may be
/// given again: the same comes to <see cref="InstructionOutcome.AlreadyDone"/> and changes nothing.
/// </summary>
/// <remarks>The names below are written to disk and never change.</remarks>
/// <param name="Identity">Whose ledger it is about.</param>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "instruction")]
[JsonDerivedType(typeof(GrantCredit), "grant-credit")]
[JsonDerivedType(typeof(WithdrawCredit), "withdraw-credit")]
[JsonDerivedType(typeof(SetCeiling), "set-ceiling")]
[JsonDerivedType(typeof(RefundCharge), "refund-charge")]
public abstract record Instruction(IdentityId Identity) : Command;

/// <summary>Give GPU time beyond the plan's allowance.</summary>
public sealed record GrantCredit(IdentityId Identity, CreditId Id, CreditKind Kind, GpuTime Amount, Instant ExpiresAt, string Reason, string Approver)
    : Instruction(Identity);

/// <summary>Take back what is neither spent nor held of a credit.</summary>
public sealed record WithdrawCredit(IdentityId Identity, CreditId Id, string Reason, string Approver) : Instruction(Identity);

/// <summary>Bound one's own use: beyond the allowance, or at one Space.</summary>
/// <param name="Space">Null for all use beyond the allowance.</param>
/// <param name="Limit">In 24 h. Null takes the ceiling away; then nothing beyond the allowance is touched, and a Space is bounded by nothing of one's own.</param>
public sealed record SetCeiling(IdentityId Identity, SpaceId? Space, GpuTime? Limit) : Instruction(Identity);

/// <summary>Give back what a run was charged, because a fault of the house was attested after its settlement.</summary>
/// <param name="By">Who attests it: <c>hub</c>, <c>node:NAME</c>, or an administrator.</param>
public sealed record RefundCharge(IdentityId Identity, ReservationId Id, string Reason, string By) : Instruction(Identity);

public enum InstructionOutcome
{
    Done,
    AlreadyDone,
    /// <summary>Something else was asked for under this id before.</summary>
    AlreadyDoneWithOtherContent,
    /// <summary>Nothing, or more than a month of GPU time.</summary>
    AmountInvalid,
    /// <summary>It would end before it began, or after more than a year.</summary>
    ExpiryInvalid,
    /// <summary>As many credits, or ceilings for Spaces, as one may have.</summary>
    TooMany,
    CreditUnknown,
    /// <summary>No run of this identity ended under this id.</summary>
    ReceiptUnknown,
    /// <summary>The run cost nothing, so nothing can come back.</summary>
    NothingCharged,
}

public sealed record InstructionReply(InstructionOutcome Outcome) : Reply;
