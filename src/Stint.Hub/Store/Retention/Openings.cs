using Microsoft.Data.Sqlite;
using Stint.Core.Leasing;
using Stint.Core.Quota;
using Stint.Hub.Store.Ledgers.Rows;

namespace Stint.Hub.Store.Retention;

/// <summary>
/// What the entries before the first kept one came to: each ledger, open reservation, history and slot they touched, a row
/// each. Always: the openings and the entries after them fold to the state that is kept.
/// </summary>
internal sealed class Openings(SqliteConnection connection) : IDisposable
{
    private const string OfLedger = "ledger", OfReservation = "reservation", OfHistory = "history", OfSlot = "slot";

    private readonly Statement one = new(connection, "SELECT body FROM openings WHERE kind = ? AND key = ?");
    private readonly Statement all = new(connection, "SELECT body FROM openings WHERE kind = ? ORDER BY key");
    private readonly Statement put = new(connection, "INSERT OR REPLACE INTO openings (kind, key, body) VALUES (?,?,?)");
    private readonly Statement drop = new(connection, "DELETE FROM openings WHERE kind = ? AND key = ?");

    /// <summary>The state to fold the first entry onto; its ledgers and histories are read when they are needed. Empty where nothing was ever rolled up.</summary>
    public Books Begin()
    {
        var open = All<Reservation>(OfReservation);
        var own = open.ToLookup(reservation => reservation.Identity);
        var books = new Books(
            identity => One<LedgerState>(OfLedger, identity.Value) is { } state ? Ledger.Restore(state, own[identity]) : new Ledger(identity),
            function => One<HistoryState>(OfHistory, function.ToString()) is { } state ? FunctionHistory.Restore(state) : new FunctionHistory(function),
            _ => null);
        foreach (var slot in All<Slot>(OfSlot)) books.Pool.Put(slot);
        foreach (var reservation in open) books.Restore(reservation);
        return books;
    }

    public IReadOnlyList<LedgerState> Ledgers() => All<LedgerState>(OfLedger);

    public IReadOnlyList<Reservation> Open() => All<Reservation>(OfReservation);

    public IReadOnlyList<HistoryState> Histories() => All<HistoryState>(OfHistory);

    /// <summary>What entries that are rolled up changed. Within the transaction that takes them away.</summary>
    public void Keep(Changes changes)
    {
        foreach (var (identity, ledger) in changes.Ledgers) Put(OfLedger, identity.Value, ledger.Save());
        foreach (var (id, reservation) in changes.Reservations) Put(OfReservation, id.Value, reservation.IsOpen ? reservation : null);
        foreach (var history in changes.Learned.Values.Select(learned => learned.History).Distinct()) Put(OfHistory, history.Function.ToString(), history.Save());
        foreach (var (id, slot) in changes.Slots) Put(OfSlot, id.Value, slot);
    }

    public void Dispose()
    {
        foreach (var statement in new[] { one, all, put, drop }) statement.Dispose();
    }

    private void Put<T>(string kind, string key, T? opening) where T : class
    {
        if (opening is null) drop.Bind(kind).Bind(key).Run();
        else put.Bind(kind).Bind(key).Bind(Json.Write(opening)).Run();
    }

    private T? One<T>(string kind, string key) where T : class
    {
        if (!one.Bind(kind).Bind(key).Next()) return null;
        var body = one.Text();
        one.Reset();
        return Json.Read<T>(body);
    }

    private List<T> All<T>(string kind)
    {
        var found = new List<T>();
        all.Bind(kind);
        while (all.Next()) found.Add(Json.Read<T>(all.Text()));
        return found;
    }
}
