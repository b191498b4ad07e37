using Stint.Core.Leasing;
using Stint.Core.Leasing.Decisions;
using Stint.Core.Quota;

namespace Stint.Hub.Engine;

/// <summary>A command and the moment it reached the engine.</summary>
public readonly record struct Received(Command Command, Instant At);

/// <param name="Replies">One a command, in order.</param>
/// <param name="Entries">What was committed: effects follow from these and from nothing else.</param>
public sealed record StepResult(IReadOnlyList<Reply> Replies, IReadOnlyList<Entry> Entries, Instant Now)
{
    /// <summary>The slots that were touched, as they now are; null for one that left.</summary>
    public required IReadOnlyDictionary<SlotId, Slot?> Slots { get; init; }

    /// <summary>The state as committed. For the engine's own thread, and only until the next step.</summary>
    public required Books Books { get; init; }
}

/// <summary>
/// The engine without its threads: takes a batch, decides in Core, commits once, and only then says what it came to.
/// Synchronous, and pure but for the store, so that a simulation can drive it.
/// </summary>
public sealed class DecisionStep
{
    private const int LedgersKept = 20_000;
    private const int Attempts = 5;

    private readonly ILedgerStore store;
    private Books books;
    private Instant lastNow;

    public DecisionStep(ILedgerStore store)
    {
        this.store = store;
        books = Load();
    }

    /// <summary>True while some lease is live, so that the time up to now has to be evidenced.</summary>
    public bool HasLeases => books.Pool.Leases > 0;

    /// <summary>When a step is due although no command comes.</summary>
    public Instant NextDue => books.Agenda.Next;

    /// <summary>The state as committed. For reads by the engine's own thread only.</summary>
    public Books Books => books;

    /// <exception cref="StoreFailedException">When nothing was kept. The state is what it was before.</exception>
    public StepResult Step(IReadOnlyList<Received> batch, Instant now)
    {
        var before = lastNow;
        for (var attempt = 1; ; attempt++)
        {
            // Decided again means decided for the same moments: a release in time must not become late by meeting another writer.
            lastNow = before;
            var (result, changes) = DecideAll(batch, now);
            if (changes.Entries.Count == 0) return result;
            if (Commit(changes, result.Now) == CommitOutcome.Committed)
            {
                books.Trim(LedgersKept);
                return result;
            }

            if (attempt == Attempts) throw new StoreFailedException($"{Attempts} commits in a row met another writer; is a second hub using this data directory?");
        }
    }

    private (StepResult Result, Changes Changes) DecideAll(IReadOnlyList<Received> batch, Instant now)
    {
        var replies = new Reply[batch.Count];
        for (var i = 0; i < batch.Count; i++)
        {
            // Ledger time never runs backwards, whatever order the commands were stamped in.
            lastNow = Instant.Max(lastNow, batch[i].At);
            replies[i] = Decide.Handle(books, batch[i].Command, lastNow);
        }

        lastNow = Instant.Max(lastNow, now);
        Decide.AdvanceTo(books, lastNow);
        var changes = books.TakeChanges();
        return (new StepResult(replies, changes.Entries, lastNow) { Slots = changes.Slots, Books = books }, changes);
    }

    /// <summary>Whatever was not kept is forgotten: the state is read again, so nobody decides from memory alone.</summary>
    private CommitOutcome Commit(Changes changes, Instant at)
    {
        try
        {
            var outcome = store.Commit(changes, at);
            if (outcome == CommitOutcome.Conflict) books = Load();
            return outcome;
        }
        catch (StoreFailedException)
        {
            books = Load();
            throw;
        }
    }

    private Books Load()
    {
        var loaded = new Books(store.LoadLedger, store.LoadHistory, store.LoadReservation);
        foreach (var slot in store.LoadSlots()) loaded.Pool.Put(slot);
        foreach (var reservation in store.LoadOpen()) loaded.Restore(reservation);
        return loaded;
    }
}
