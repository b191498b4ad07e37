using Stint.Core.Leasing;
using Stint.Core.Quota;

namespace Stint.Hub.Store.Ledgers;

/// <summary>The pool as last committed.</summary>
/// <param name="Open">All that waits and runs; null where it is too much to look at for advice.</param>
public sealed record PoolReading(IReadOnlyList<Slot> Slots, int Waiting, int WaitingOfIdentity, IReadOnlyList<Reservation>? Open);
