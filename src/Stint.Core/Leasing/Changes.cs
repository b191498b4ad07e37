using Stint.Core.Identities;
using Stint.Core.Quota;
using Stint.Core.Spaces;

namespace Stint.Core.Leasing;

/// <summary>What one commit has to keep: the entries, and the state after them of everything they touched.</summary>
/// <param name="expected">About how many entries there will be.</param>
public sealed class Changes(int expected = 0)
{
    public List<Entry> Entries { get; } = new(expected);
    public Dictionary<IdentityId, Ledger> Ledgers { get; } = new(expected / 2);
    public Dictionary<ReservationId, Reservation> Reservations { get; } = new(expected / 2);

    /// <summary>Those of <see cref="Reservations"/> that were made just now.</summary>
    public HashSet<ReservationId> Created { get; } = [];

    /// <summary>Whose runs changed in which history; where it no longer has any of theirs they are forgotten.</summary>
    public Dictionary<(FunctionKey Function, IdentityId Identity), Learning> Learned { get; } = [];

    /// <summary>How many times something was learned.</summary>
    public int Learnings { get; set; }

    public List<Refusal> Refusals { get; } = [];

    /// <summary>Null where the slot left.</summary>
    public Dictionary<SlotId, Slot?> Slots { get; } = [];
}

/// <param name="Order">Counts what was learned, so that the last to run can be told from those before.</param>
public readonly record struct Learning(FunctionHistory History, int Order);
