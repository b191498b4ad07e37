using Microsoft.Data.Sqlite;
using Stint.Core.Identities;
using Stint.Core.Leasing;
using Stint.Core.Quota;
using Stint.Hub.Store.Ledgers.Rows;

namespace Stint.Hub.Store.Retention;

/// <summary>
/// Takes what is older than it has to be kept out of the data file, in steps: each is one transaction over a bounded number of
/// rows, beside a hub that serves or without one, and after each the ledger is sound. For one thread, and one at a time: a
/// step that meets another roll-up's does nothing.
/// </summary>
internal sealed class RollUp : IDisposable
{
    private readonly SqliteConnection writer;
    private readonly KeptState kept;
    private readonly Openings openings;
    private readonly Statement first, dropEntries, dropEntry, dropEnded, dropRefunded, dropRefusal, countRefusals, dropInstructions;

    public RollUp(Database database)
    {
        writer = database.OpenWriter();
        (kept, openings) = (new KeptState(writer), new Openings(writer));
        first = new(writer, "SELECT min(seq) FROM entries");
        dropEntries = new(writer, "DELETE FROM entries WHERE seq <= ?");
        dropEntry = new(writer, "DELETE FROM entries WHERE seq = ? AND kind = 'refused'");
        // What was refunded afterwards is told of by a later entry, and stays as long as that one.
        dropEnded = new(writer, "DELETE FROM reservations WHERE id = ? AND ended_at IS NOT NULL AND (rest IS NULL OR rest ->> '$.refund' IS NULL)");
        dropRefunded = new(writer, "DELETE FROM reservations WHERE id = ? AND ended_at IS NOT NULL");
        // One that was shown again since has a later moment here.
        dropRefusal = new(writer, "DELETE FROM refusals WHERE id = ? AND at = ?");
        countRefusals = new(writer, "UPDATE entries SET kind = ?, body = ? WHERE seq = ? AND kind = 'refused'");
        dropInstructions = new(writer, "DELETE FROM instructions WHERE id IN (SELECT id FROM instructions WHERE decided_at < ? LIMIT ?)");
    }

    /// <summary>The oldest entries become part of the openings; receipts and refusals that only they told of go with them.</summary>
    /// <param name="before">Entries from this moment on stay.</param>
    /// <param name="most">How many at once.</param>
    /// <returns>How many entries were taken; fewer than <paramref name="most"/> where no more are that old.</returns>
    public int Entries(Instant before, int most)
    {
        // Folded before the writer is locked: commits go on meanwhile, and none of them touches what is read here.
        var (old, changes) = Together(deferred: true, () =>
        {
            var page = kept.OldestEntries(most).TakeWhile(row => row.Entry.At < before).ToList();
            if (page.Count == 0) return (page, new Changes());
            var books = openings.Begin();
            foreach (var (_, entry) in page) books.Record(entry);
            return (page, books.TakeChanges());
        });
        return old.Count == 0 ? 0 : Together(deferred: false, () =>
        {
            if (First() != old[0].Seq) return 0;
            openings.Keep(changes);
            dropEntries.Bind(old[^1].Seq).Run();
            foreach (var (_, entry) in old) DropWhatOnlyItTellsOf(entry);
            return old.Count;
        });
    }

    /// <summary>The oldest refusals go; what of them a window counts stays, as one entry for many.</summary>
    /// <param name="before">Refusals from this moment on stay.</param>
    /// <returns>How many were taken; fewer than <paramref name="most"/> where no more are that old.</returns>
    public int Refusals(Instant before, int most) => Together(deferred: false, () =>
    {
        var counts = new Dictionary<(IdentityId, Instant), (long Seq, RefusalsCounted Counted)>();
        var old = kept.OldestRefusals(before, most);
        foreach (var (seq, entry) in old)
        {
            var refusal = ((RequestRefused)entry).Refusal;
            dropRefusal.Bind(refusal.Id.Value).Bind(entry.At.UnixMilliseconds).Run();
            if (WindowThatCounts(refusal) is not { } window) dropEntry.Bind(seq).Run();
            // In the moment a window opened another one may have begun and ended before it: then they are not told apart here.
            else if (entry.At == window.OpenedAt) Count(seq, new(entry.At, window.Identity, 1));
            else if (counts.TryGetValue(window, out var counting))
            {
                counts[window] = (counting.Seq, counting.Counted with { Count = counting.Counted.Count + 1 });
                dropEntry.Bind(seq).Run();
            }
            else counts[window] = (seq, new(entry.At, window.Identity, 1));
        }

        foreach (var (seq, counted) in counts.Values) Count(seq, counted);
        return old.Count;
    });

    /// <summary>The oldest decided instructions go, and with them the keys they were given under.</summary>
    public int Instructions(Instant before, int most) => Together(deferred: false, () => dropInstructions.Bind(before.UnixMilliseconds).Bind(most).Run());

    public void Dispose()
    {
        foreach (var statement in new[] { first, dropEntries, dropEntry, dropEnded, dropRefunded, dropRefusal, countRefusals, dropInstructions }) statement.Dispose();
        openings.Dispose();
        kept.Dispose();
        writer.Dispose();
    }

    private void DropWhatOnlyItTellsOf(Entry entry)
    {
        switch (entry)
        {
            case ReservationEnded ended: dropEnded.Bind(ended.Reservation.Value).Run(); break;
            case ChargeRefunded refunded: dropRefunded.Bind(refunded.Ended.Id.Value).Run(); break;
            case RequestRefused refused: dropRefusal.Bind(refused.Refusal.Id.Value).Bind(refused.At.UnixMilliseconds).Run(); break;
        }
    }

    /// <summary>As the fold counts it: refused for want of GPU time while a window was open. Null where it counts nowhere.</summary>
    private static (IdentityId Identity, Instant OpenedAt)? WindowThatCounts(Refusal refusal) =>
        refusal is { Identity: { } identity, Reading.ResetsAt: { } resetsAt } && refusal.Reasons.Any(reason => reason.IsForFunds) ? (identity, resetsAt - Window.Length) : null;

    private void Count(long seq, RefusalsCounted counted) => countRefusals.Bind("refusals-counted").Bind(Json.Write<Entry>(counted)).Bind(seq).Run();

    private long First()
    {
        if (!first.Next()) return 0;
        var seq = first.Number();
        first.Reset();
        return seq;
    }

    private T Together<T>(bool deferred, Func<T> step)
    {
        using var transaction = writer.BeginTransaction(deferred);
        var done = step();
        transaction.Commit();
        return done;
    }
}
