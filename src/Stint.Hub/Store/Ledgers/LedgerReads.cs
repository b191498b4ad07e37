using Dapper;
using Microsoft.Data.Sqlite;
using Stint.Core.Identities;
using Stint.Core.Leasing;
using Stint.Core.Quota;
using Stint.Core.Spaces;
using Stint.Hub.Store.Ledgers.Rows;

namespace Stint.Hub.Store.Ledgers;

/// <summary>
/// The ledger as last committed, for everyone but the engine: pages, APIs, the command line. Each call is one read
/// transaction, so what it returns belongs together. Advice, never a gate: what changes something is a command to the engine.
/// </summary>
public sealed class LedgerReads(Database database)
{
    /// <summary>An identity's ledger with all that waits and runs; an empty one where nothing was ever kept. Changing it changes nothing.</summary>
    public Ledger Ledger(IdentityId identity) => Read(kept => kept.Ledger(identity));

    public FunctionHistory History(FunctionKey function) => Read(kept =>
    {
        var history = kept.History(function);
        history.Elsewhere = kept.History(FunctionKey.Everything);
        return history;
    });

    /// <summary>The receipts of an identity, the last to end first.</summary>
    /// <param name="identity">Null for everyone's, without paging and unfiltered.</param>
    /// <param name="before">Go on after this receipt, the last one of the page before; null for the first page.</param>
    /// <param name="filter">Only these; null for all.</param>
    public IReadOnlyList<Receipt> Receipts(IdentityId? identity, int limit, Receipt? before = null, ReceiptFilter? filter = null) => Read(kept =>
    {
        var at = (before?.EndedAt ?? Instant.Never).UnixMilliseconds;
        var (only, values) = (filter ?? ReceiptFilter.None).ToSql();
        var ended = identity is not { } whose ? kept.Reservations(LastToEnd, limit) : kept.Reservations(
            $"identity = ? AND ended_at IS NOT NULL AND (ended_at, id) < (?, ?){only} ORDER BY ended_at DESC, id DESC LIMIT ?",
            [whose.Value, at, before?.Id.Value ?? "", .. values, limit]);
        return ended.Select(Core.Quota.Receipt.Of).ToList();
    });

    /// <summary>Null where there is no such reservation, or it has not ended.</summary>
    public Receipt? Receipt(ReservationId id) => Read(kept => kept.Reservation(id) is { IsOpen: false } ended ? Core.Quota.Receipt.Of(ended) : null);

    /// <summary>The refusals of an identity, the latest first.</summary>
    /// <param name="identity">Null for everyone's, and those of nobody.</param>
    public IReadOnlyList<Refusal> Refusals(IdentityId? identity, int limit)
    {
        using var reader = database.OpenReader();
        var whose = identity is null ? "" : "WHERE identity = @identity";
        var sql = $"SELECT body FROM refusals {whose} ORDER BY at DESC, id DESC LIMIT @limit";
        return [.. reader.Query<string>(sql, new { identity = identity?.Value, limit }).Select(Json.Read<Refusal>)];
    }

    public Refusal? Refusal(RefusalId id) => Read(kept => kept.Refusal(id));

    /// <summary>Entries in their order, with the number each is kept under.</summary>
    /// <param name="after">The number of the last one already seen; 0 to begin.</param>
    public IReadOnlyList<(long Seq, Entry Entry)> Entries(long after, int limit) => Read(kept => kept.Entries(after, limit));

    /// <summary>All entries about one reservation, oldest first. Looks at every entry there is: for tests and people, not for requests.</summary>
    public IReadOnlyList<Entry> EntriesOf(ReservationId id) => Read(kept => kept.EntriesOf(id).ConvertAll(row => row.Entry));

    /// <summary>The slots and everything that waits or runs; <see cref="PoolReading.Open"/> is null where that is more than <paramref name="most"/>.</summary>
    public PoolReading Pool(IdentityId identity, int most) => Read((kept, reader) =>
    {
        var open = kept.Reservations("ended_at IS NULL LIMIT ?", most + 1);
        const string count = "SELECT count(*) FROM reservations WHERE ended_at IS NULL AND phase = 'Queued'";
        return new PoolReading(
            kept.Slots(),
            reader.ExecuteScalar<int>(count),
            reader.ExecuteScalar<int>(count + " AND identity = @identity", new { identity = identity.Value }),
            open.Count > most ? null : open);
    });

    /// <summary>What an identity was charged since a moment, Space by Space; those that cost it nothing are left out.</summary>
    public IReadOnlyList<SpaceUse> UseBySpace(IdentityId identity, Instant from)
    {
        using var reader = database.OpenReader();
        var rows = reader.Query<UseRow>(
            """
            SELECT space, sum(charged) AS charged, min(ended_at) AS firstAt, max(ended_at) AS lastAt FROM reservations
            WHERE identity = @identity AND ended_at >= @from AND charged > 0 GROUP BY space ORDER BY space
            """,
            new { identity = identity.Value, from = from.UnixMilliseconds });
        return [.. rows.Select(row => new SpaceUse(SpaceId.Parse(row.Space), new GpuTime(row.Charged), new Instant(row.FirstAt), new Instant(row.LastAt)))];
    }

    /// <summary>The slots as last committed, in the order of their names.</summary>
    public IReadOnlyList<Slot> Slots() => Read(kept => kept.Slots());

    /// <summary>Entries about slots and nodes alone, oldest first, among the latest <paramref name="among"/> entries of any kind.</summary>
    public IReadOnlyList<Entry> SlotEntries(int among) => Read(kept => kept.SlotEntries(among).ConvertAll(row => row.Entry));

    /// <summary>Accounts and sponsors that were served since a moment and used so much of their window, or hold anything beyond it.</summary>
    public IReadOnlyList<IdentityId> UsedPurses(Instant since, int percent)
    {
        using var reader = database.OpenReader();
        return [.. reader.Query<string>(
            """
            SELECT identity FROM ledgers
            WHERE (last_served_at > @since AND (window_spent * 100 >= window_allowance * @percent OR rest IS NOT NULL) AND identity LIKE 'account:%') OR identity LIKE 'sponsor:%'
            """,
            new { since = since.UnixMilliseconds, percent }).Select(identity => new IdentityId(identity))];
    }

    /// <summary>The last moment some hub is known to have been up; null before the first start.</summary>
    public Instant? LastEvidence() => Read(kept => kept.LastEvidence());

    /// <summary>Walks the entries backwards: no index has everyone's ends in order, for every commit would pay for it.</summary>
    private const string LastToEnd = "id IN (SELECT reservation FROM entries WHERE kind = 'ended' ORDER BY seq DESC LIMIT ?) ORDER BY ended_at DESC, id DESC";

    private T Read<T>(Func<KeptState, T> read) => Read((kept, _) => read(kept));

    private T Read<T>(Func<KeptState, SqliteConnection, T> read)
    {
        using var reader = database.OpenReader();
        // Two statements see one state only within a transaction; deferred, because a reader may not take the writer's lock.
        using var transaction = reader.BeginTransaction(deferred: true);
        using var kept = new KeptState(reader);
        return read(kept, reader);
    }

    /// <summary>By properties: of a sum over no rows the store cannot say the type, which a constructor would ask for.</summary>
    private sealed class UseRow
    {
        public string Space { get; init; } = "";
        public long Charged { get; init; }
        public long FirstAt { get; init; }
        public long LastAt { get; init; }
    }
}

/// <summary>What one identity was charged for runs of one Space.</summary>
/// <param name="FirstAt">When the first of them ended.</param>
/// <param name="LastAt">When the last of them ended.</param>
public sealed record SpaceUse(SpaceId Space, GpuTime Charged, Instant FirstAt, Instant LastAt);
