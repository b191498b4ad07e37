using Stint.Core.Identities;
using Stint.Core.Quota;

namespace Stint.Hub.Store.Alerts;

/// <summary>What an alert is about. The names are written to disk and never change.</summary>
public enum AlertKind
{
    /// <summary>A purse is used up to a threshold.</summary>
    PurseUsed,
    /// <summary>A Space crashes again and again, or does not answer.</summary>
    SpaceFailing,
    /// <summary>Nothing is heard of a node.</summary>
    NodeLost,
}

/// <summary>How far an alert came on its way to the webhook. Waiting → Delivered | GivenUp; the other two wait for nothing. The names are written to disk.</summary>
public enum DeliveryState
{
    Waiting,
    Delivered,
    /// <summary>It was tried as often as is tried.</summary>
    GivenUp,
    /// <summary>No webhook was set when it was raised.</summary>
    NotWanted,
    /// <summary>Too many waited already.</summary>
    Crowded,
}

/// <summary>Something that was told once, as it was when it was raised.</summary>
/// <param name="Key">Names what must be told once; a receiver that sees it twice may forget the second.</param>
/// <param name="Subject">What it is about, whatever is told of it: a purse, a Space, a node.</param>
/// <param name="Identity">Who it concerns; null where administrators alone.</param>
/// <param name="Until">How long it is shown to whom it concerns.</param>
public sealed record Alert(string Key, Instant At, AlertKind Kind, string Subject, IdentityId? Identity, Instant Until, AlertFacts Facts);

/// <summary>The numbers and names of an alert, as its kind has them; null where it has none.</summary>
/// <param name="Purse"><c>allowance</c>, or the id of a credit.</param>
/// <param name="EndsAt">When the purse's window resets, or the credit ends.</param>
public sealed record AlertFacts(
    string? Purse = null, int? Percent = null, GpuTime? Spent = null, GpuTime? Amount = null, Instant? EndsAt = null, string? Space = null, string? Node = null, string? Problem = null);

/// <summary>An alert and what became of it.</summary>
/// <param name="Problem">Why the last try to send it failed; null where none did.</param>
public sealed record KeptAlert(Alert Alert, DeliveryState State, int Attempts, string? Problem, bool IsDismissed);
