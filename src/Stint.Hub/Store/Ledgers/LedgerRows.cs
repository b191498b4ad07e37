using Dapper;
using Microsoft.Data.Sqlite;
using Stint.Core.Identities;
using Stint.Core.Leasing;
using Stint.Core.Quota;
using Stint.Core.Spaces;

namespace Stint.Hub.Store.Ledgers;

/// <summary>How rows of the ledger's tables become Core's state: said once, for the engine that decides and for everyone who only reads.</summary>
internal static class LedgerRows
{
    public static Ledger Ledger(this SqliteConnection connection, IdentityId identity)
    {
        var body = connection.QuerySingleOrDefault<string>("SELECT body FROM ledgers WHERE identity = @identity", new { identity = identity.Value });
        var state = body is null ? new LedgerState(identity, 0, null, null, [], new Dictionary<string, EventUse>()) : Json.Read<LedgerState>(body);
        return Core.Quota.Ledger.Restore(state, connection.Reservations("identity = @identity AND ended_at IS NULL", new { identity = identity.Value }));
    }

    public static FunctionHistory History(this SqliteConnection connection, FunctionKey function)
    {
        var body = connection.QuerySingleOrDefault<string>("SELECT body FROM histories WHERE function = @key", new { key = function.ToString() });
        return body is null ? new FunctionHistory(function) : FunctionHistory.Restore(Json.Read<HistoryState>(body));
    }

    public static List<Slot> Slots(this SqliteConnection connection) =>
        [.. connection.Query<string>("SELECT body FROM slots").Select(Json.Read<Slot>)];

    public static Instant? LastEvidence(this SqliteConnection connection) =>
        connection.QuerySingleOrDefault<long?>("SELECT at FROM evidence") is { } at ? new Instant(at) : null;

    /// <param name="rest">Constant text of ours: what follows WHERE.</param>
    public static List<Reservation> Reservations(this SqliteConnection connection, string rest, object? parameters = null) =>
        [.. connection.Query<string>($"SELECT body FROM reservations WHERE {rest}", parameters).Select(Json.Read<Reservation>)];
}
