using Stint.Core.Quota;

namespace Stint.Core.Leasing.Forecasts;

/// <summary>Why a ticket's place changed, or when it is expected to start.</summary>
public enum MoveCause
{
    /// <summary>Someone ahead got a slot.</summary>
    StartedAhead,
    /// <summary>Someone ahead left the queue without one.</summary>
    LeftAhead,
    /// <summary>Someone came who goes first: a shorter task, less used, or a greater priority.</summary>
    CameAhead,
    /// <summary>Someone ahead was set back, for they were served or used more since.</summary>
    SetBack,
    /// <summary>Someone behind went ahead: a task of theirs left, or their run took less than was thought.</summary>
    PutAhead,
    /// <summary>One's own other task was served, so this one waits anew.</summary>
    OwnServed,
    /// <summary>Slots of the pool were lost or are not to be used.</summary>
    SlotsLost,
    /// <summary>Slots of the pool came, or came back.</summary>
    SlotsBack,
}

/// <summary>One reason of a move.</summary>
/// <param name="Count">Of how many tickets, or slots.</param>
public sealed record MoveReason(MoveCause Cause, int Count);

/// <summary>One change of a ticket's place, with every reason for it.</summary>
public sealed record Move(Instant At, int From, int To, IReadOnlyList<MoveReason> Reasons);
