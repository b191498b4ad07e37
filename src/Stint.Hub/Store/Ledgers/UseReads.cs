using Dapper;
using Stint.Core.Identities;
using Stint.Core.Quota;
using Stint.Core.Spaces;

namespace Stint.Hub.Store.Ledgers;

/// <summary>What runs of one Space that ended on one day of UTC were charged.</summary>
public sealed record DayUse(DateOnly Day, SpaceId Space, GpuTime Charged);

/// <summary>What an identity used, added up from the reservations that its receipts are made of, as last committed.</summary>
public sealed class UseReads(Database database)
{
    /// <summary>Spaces that are named; who uses more sees those of which the names come first.</summary>
    public const int MostSpaces = 200;

    private const long DayMilliseconds = 86_400_000;

    /// <summary>Day by day and Space by Space; what cost nothing is left out.</summary>
    /// <param name="from">The first day.</param>
    public IReadOnlyList<DayUse> ByDay(IdentityId identity, DateOnly from)
    {
        using var reader = database.OpenReader();
        var rows = reader.Query<Row>(
            """
            SELECT space, ended_at / @day AS day, sum(charged) AS charged FROM reservations
            WHERE identity = @identity AND ended_at >= @from AND charged > 0 GROUP BY 1, 2 ORDER BY 2, 1
            """,
            new { identity = identity.Value, from = from.ToDateTime(default, DateTimeKind.Utc).Subtract(DateTime.UnixEpoch).Ticks / TimeSpan.TicksPerMillisecond, day = DayMilliseconds });
        return [.. rows.Select(row => new DayUse(DateOnly.FromDateTime(DateTime.UnixEpoch.AddDays(row.Day)), SpaceId.Parse(row.Space), new(row.Charged)))];
    }

    /// <summary>The Spaces in which something of the identity's ended since a moment, in the order of their names.</summary>
    public IReadOnlyList<SpaceId> Spaces(IdentityId identity, Instant from)
    {
        using var reader = database.OpenReader();
        return
        [
            .. reader.Query<string>(
                "SELECT DISTINCT space FROM reservations WHERE identity = @identity AND ended_at >= @from ORDER BY space LIMIT @most",
                new { identity = identity.Value, from = from.UnixMilliseconds, most = MostSpaces }).Select(SpaceId.Parse),
        ];
    }

    /// <summary>By properties: of a sum over no rows the store cannot say the type, which a constructor would ask for.</summary>
    private sealed class Row
    {
        public string Space { get; init; } = "";
        public long Day { get; init; }
        public long Charged { get; init; }
    }
}
