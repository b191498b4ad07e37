using Stint.Core.Identities;
using Stint.Core.Leasing;
using Stint.Core.Quota;
using Stint.Core.Spaces;

namespace Stint.Hub.Engine;

/// <summary>
/// Keeps ledgers, the pool and the entries they are a fold of. One commit is all or nothing and durable when it returns.
/// Implemented by SQLite for hubs and by a store in memory that tears, fails and crashes for the simulation.
/// </summary>
public interface ILedgerStore
{
    /// <summary>The ledger as committed, with its open reservations; an empty one where nothing was ever kept.</summary>
    Ledger LoadLedger(IdentityId identity);

    FunctionHistory LoadHistory(FunctionKey key);

    /// <summary>One reservation, open or ended; null where none was ever kept under this id.</summary>
    Reservation? LoadReservation(ReservationId id);

    IReadOnlyList<Slot> LoadSlots();

    /// <summary>Every reservation that is queued or leased.</summary>
    IReadOnlyList<Reservation> LoadOpen();

    /// <summary>
    /// Keeps all of <paramref name="changes"/> or nothing. A touched ledger must still have the version it was loaded with;
    /// on success each gets the next one.
    /// </summary>
    /// <param name="now">Kept with it as the last moment this hub is known to have been up.</param>
    /// <exception cref="StoreFailedException">When nothing was kept: disk full, a failing write.</exception>
    /// <exception cref="CommitUncertainException">When nobody knows whether it was kept: the hub has to stop, and reads at its next start what is there.</exception>
    CommitOutcome Commit(Changes changes, Instant now);

    /// <summary>The last moment this hub is known to have been up; null on the very first start.</summary>
    Instant? LastEvidence();

    void KeepEvidence(Instant now);
}

public enum CommitOutcome { Committed, Conflict }

/// <summary>The store could not keep something. Nothing that was decided upon it may be told to anyone.</summary>
public sealed class StoreFailedException : Exception
{
    public StoreFailedException() { }
    public StoreFailedException(string message) : base(message) { }
    public StoreFailedException(string message, Exception inner) : base(message, inner) { }
}

/// <summary>Nobody knows whether a commit was kept. Nothing may catch it to go on.</summary>
public sealed class CommitUncertainException : Exception
{
    public CommitUncertainException() { }
    public CommitUncertainException(string message) : base(message) { }
    public CommitUncertainException(string message, Exception inner) : base(message, inner) { }
}
