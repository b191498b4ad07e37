using Dapper;
using Microsoft.Data.Sqlite;
using Stint.Core.Identities;
using Stint.Core.Leasing;
using Stint.Core.Quota;
using Stint.Core.Spaces;

namespace Stint.Hub.Store.Ledgers;

/// <summary>
/// The ledger as last committed, for everyone but the engine: pages, APIs, the command line. Each call is one read
/// transaction, so what it returns belongs together. Advice, never a gate: what changes something is a command to the engine.
/// </summary>
public sealed class LedgerReads(Database database)
{
    /// <summary>An identity's ledger with all that waits and runs; an empty one where nothing was ever kept. Changing it changes nothing.</summary>
    public Ledger Ledger(IdentityId identity)
    {
        using var reader = database.OpenReader();
        // Two statements see one state only within a transaction; deferred, because a reader may not take the writer's lock.
        using var transaction = reader.BeginTransaction(deferred: true);
        return reader.Ledger(identity);
    }

    public FunctionHistory History(FunctionKey function)
    {
        using var reader = database.OpenReader();
        var history = reader.History(function);
        history.Elsewhere = reader.History(FunctionKey.Everything);
        return history;
    }

    /// <summary>The receipts of an identity, the last to end first.</summary>
    /// <param name="identity">Null for everyone's, without paging.</param>
    /// <param name="before">Go on after this receipt, the last one of the page before; null for the first page.</param>
    public IReadOnlyList<Receipt> Receipts(IdentityId? identity, int limit, Receipt? before = null)
    {
        using var reader = database.OpenReader();
        var at = (before?.EndedAt ?? Instant.Never).UnixMilliseconds;
        var ended = identity is null ? LastToEnd(reader, limit) : reader.Reservations(
            "identity = @identity AND ended_at IS NOT NULL AND (ended_at, id) < (@at, @id) ORDER BY ended_at DESC, id DESC LIMIT @limit",
            new { identity = identity?.Value, at, id = before?.Id.Value ?? "", limit });
        return [.. ended.Select(Core.Quota.Receipt.Of)];
    }

    /// <summary>Null where there is no such reservation, or it has not ended.</summary>
    public Receipt? Receipt(ReservationId id)
    {
        using var reader = database.OpenReader();
        return reader.Reservations("id = @id AND ended_at IS NOT NULL", new { id = id.Value }) is [var ended] ? Core.Quota.Receipt.Of(ended) : null;
    }

    /// <summary>The refusals of an identity, the latest first.</summary>
    /// <param name="identity">Null for everyone's, and those of nobody.</param>
    public IReadOnlyList<Refusal> Refusals(IdentityId? identity, int limit)
    {
        using var reader = database.OpenReader();
        var whose = identity is null ? "" : "WHERE identity = @identity";
        var sql = $"SELECT body FROM refusals {whose} ORDER BY at DESC, id DESC LIMIT @limit";
        return [.. reader.Query<string>(sql, new { identity = identity?.Value, limit }).Select(Json.Read<Refusal>)];
    }

    public Refusal? Refusal(RefusalId id)
    {
        using var reader = database.OpenReader();
        return reader.QuerySingleOrDefault<string>("SELECT body FROM refusals WHERE id = @id", new { id = id.Value }) is { } body ? Json.Read<Refusal>(body) : null;
    }

    /// <summary>The slots and everything that waits or runs; <see cref="PoolReading.Open"/> is null where that is more than <paramref name="most"/>.</summary>
    public PoolReading Pool(IdentityId identity, int most)
    {
        using var reader = database.OpenReader();
        using var transaction = reader.BeginTransaction(deferred: true);
        var open = reader.Reservations("ended_at IS NULL LIMIT @limit", new { limit = most + 1 });
        const string count = "SELECT count(*) FROM reservations WHERE ended_at IS NULL AND phase = 'Queued'";
        return new(
            reader.Slots(),
            reader.ExecuteScalar<int>(count),
            reader.ExecuteScalar<int>(count + " AND identity = @identity", new { identity = identity.Value }),
            open.Count > most ? null : open);
    }

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

    /// <summary>The last moment some hub is known to have been up; null before the first start.</summary>
    public Instant? LastEvidence()
    {
        using var reader = database.OpenReader();
        return reader.LastEvidence();
    }

    /// <summary>Walks the entries backwards: no index has everyone's ends in order, for every commit would pay for it.</summary>
    private static List<Reservation> LastToEnd(SqliteConnection reader, int limit) => reader.Reservations(
        """
        id IN (SELECT reservation FROM entries WHERE kind = @kind ORDER BY seq DESC LIMIT @limit)
        ORDER BY ended_at DESC, id DESC
        """,
        new { kind = nameof(ReservationEnded), limit });

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
