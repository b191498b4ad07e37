using Stint.Core.Identities;
using Stint.Core.Quota;
using Stint.Core.Spaces;

namespace Stint.Core.Leasing;

/// <summary>What one commit has to keep: the entries, and the state after them of everything they touched.</summary>
/// <param name="before">Changes that these will most likely be about as many as; null where none are expected.</param>
public sealed class Changes(Changes? before = null)
{
    public List<Entry> Entries { get; } = new(before?.Entries.Count ?? 0);
    public Dictionary<IdentityId, Ledger> Ledgers { get; } = new(before?.Ledgers.Count ?? 0);
    public Dictionary<ReservationId, Reservation> Reservations { get; } = new(before?.Reservations.Count ?? 0);

    /// <summary>Those of <see cref="Reservations"/> that were made just now.</summary>
    public HashSet<ReservationId> Created { get; } = new(before?.Created.Count ?? 0);

    /// <summary>Whose runs changed in which history; where it no longer has any of theirs they are forgotten.</summary>
    public Dictionary<(FunctionKey Function, IdentityId Identity), Learning> Learned { get; } = new(before?.Learned.Count ?? 0);

    /// <summary>How many times something was learned.</summary>
    public int Learnings { get; set; }

    public List<Refusal> Refusals { get; } = [];

    /// <summary>Null where the slot left.</summary>
    public Dictionary<SlotId, Slot?> Slots { get; } = new(before?.Slots.Count ?? 0);
}

/// <param name="Order">Counts what was learned, so that the last to run can be told from those before.</param>
public readonly record struct Learning(FunctionHistory History, int Order);
