using Microsoft.Data.Sqlite;
using Stint.Core.Identities;
using Stint.Core.Leasing;
using Stint.Core.Quota;
using Stint.Core.Spaces;

namespace Stint.Hub.Store.Ledgers.Rows;

/// <summary>
/// The questions that turn rows of the ledger's tables into Core's state, over one connection: said once, for the engine that
/// decides and for everyone who only reads.
/// </summary>
internal sealed class KeptState(SqliteConnection connection) : IDisposable
{
    private readonly Dictionary<string, Statement> prepared = [];

    /// <summary>The ledger with its open reservations; an empty one where nothing was ever kept.</summary>
    /// <param name="now">A moment that is not to come: events of more than a window before it are of no use to anyone and are not looked for.</param>
    public Ledger Ledger(IdentityId identity, Instant now = default)
    {
        var row = Prepared(LedgerStateRows.Select).Bind(identity.Value);
        if (!row.Next()) return new Ledger(identity);
        var state = row.ReadState(identity);
        row.Reset();
        var open = Reservations("identity = ? AND ended_at IS NULL", identity.Value);
        return Core.Quota.Ledger.Restore(state with { Events = open.Count == 0 && now - state.LastServedAt > Window.Length ? state.Events : EventsOf(state, open) }, open);
    }

    public FunctionHistory History(FunctionKey function)
    {
        var row = Prepared("SELECT identity, runs FROM histories WHERE function = ? ORDER BY learned").Bind(function.ToString());
        var history = new FunctionHistory(function);
        while (row.Next())
        {
            var identity = new IdentityId(row.Text());
            foreach (var run in row.Text().Split(' ')) history.Learn(identity, TimeSpan.FromMilliseconds(long.Parse(run)));
        }

        return history;
    }

    public Reservation? Reservation(ReservationId id)
    {
        var row = Prepared(ReservationRows.Select + " WHERE id = ?").Bind(id.Value);
        if (!row.Next()) return null;
        var reservation = row.ReadReservation();
        row.Reset();
        return reservation;
    }

    /// <param name="where">Constant text of ours: what follows WHERE.</param>
    /// <param name="values">Its parameters: texts and whole numbers.</param>
    public List<Reservation> Reservations(string where, params ReadOnlySpan<object?> values)
    {
        var found = new List<Reservation>();
        var row = Prepared($"{ReservationRows.Select} WHERE {where}");
        foreach (var value in values) _ = value is string text ? row.Bind(text) : row.Bind(Convert.ToInt64(value));
        while (row.Next()) found.Add(row.ReadReservation());
        return found;
    }

    public List<Slot> Slots() => SlotRows.Read(Prepared);

    public Refusal? Refusal(RefusalId id)
    {
        var row = Prepared("SELECT body FROM refusals WHERE id = ?").Bind(id.Value);
        if (!row.Next()) return null;
        var refusal = Json.Read<Refusal>(row.Text());
        row.Reset();
        return refusal;
    }

    public Instant? LastEvidence()
    {
        var row = Prepared("SELECT at FROM evidence");
        if (!row.Next()) return null;
        var at = new Instant(row.Number());
        row.Reset();
        return at;
    }

    /// <summary>Entries after one, in their order.</summary>
    public List<(long Seq, Entry Entry)> Entries(long after, int limit) => Entries("seq > ? ORDER BY seq LIMIT ?", after, limit);

    /// <summary>The first ones there are, without the last of all: it stays, or its number would be given once more.</summary>
    public List<(long Seq, Entry Entry)> OldestEntries(int limit) => Entries("seq < (SELECT max(seq) FROM entries) ORDER BY seq LIMIT ?", limit);

    /// <summary>The first refusals before a moment, without the last entry of all.</summary>
    public List<(long Seq, Entry Entry)> OldestRefusals(Instant before, int limit) => Entries(
        "kind = 'refused' AND at < ? AND seq < (SELECT max(seq) FROM entries) ORDER BY at, seq LIMIT ?", before.UnixMilliseconds, limit);

    public List<(long Seq, Entry Entry)> EntriesOf(ReservationId id) => Entries("reservation = ? ORDER BY seq", id.Value);

    /// <summary>Those about slots and nodes alone, among so many of the latest of any kind.</summary>
    public List<(long Seq, Entry Entry)> SlotEntries(int among) => Entries(
        "seq > (SELECT max(seq) FROM entries) - ? AND identity IS NULL AND reservation IS NULL AND kind <> 'refused' ORDER BY seq", among);

    public void Dispose()
    {
        foreach (var statement in prepared.Values) statement.Dispose();
    }

    private List<(long Seq, Entry Entry)> Entries(string where, params ReadOnlySpan<object> values)
    {
        var found = new List<(long, Entry)>();
        var reservations = new Dictionary<ReservationId, Reservation>();
        var row = Prepared($"{EntryRows.Select} WHERE {where}");
        foreach (var value in values) _ = value is string text ? row.Bind(text) : row.Bind(Convert.ToInt64(value));
        while (row.Next()) found.Add(row.ReadEntry(id => Ordinary(id, reservations), id => Refusal(id) ?? throw Lost(id.Value)));
        return found;
    }

    private Reservation Ordinary(ReservationId id, Dictionary<ReservationId, Reservation> known)
    {
        if (known.TryGetValue(id, out var reservation)) return reservation;
        var row = Prepared(ReservationRows.Select + " WHERE id = ?").Bind(id.Value);
        if (!row.Next()) throw Lost(id.Value);
        known[id] = reservation = row.ReadReservation(ordinary: true);
        row.Reset();
        return reservation;
    }

    /// <summary>What each event was used for: its leases that are live, and those that ended within a window's length of the last grant.</summary>
    private Dictionary<string, EventUse> EventsOf(LedgerState state, List<Reservation> open)
    {
        var uses = new Dictionary<string, EventUse>();
        var row = Prepared(
            """
            SELECT event, min(granted_at), count(*), sum(charged) FROM reservations
            WHERE identity = ? AND ended_at IS NOT NULL AND ended_at > ? AND granted_at IS NOT NULL GROUP BY event
            """).Bind(state.Identity.Value).Bind(state.LastServedAt.UnixMilliseconds - (long)Window.Length.TotalMilliseconds);
        while (row.Next()) uses[row.Text()] = new(new(row.Number()), (int)row.Number(), new(row.Number()));
        foreach (var run in open)
            if (run.Lease is { } lease)
                uses[run.Event] = uses.TryGetValue(run.Event, out var use)
                    ? use with { FirstAt = Instant.Min(use.FirstAt, lease.GrantedAt), Leases = use.Leases + 1 }
                    : new(lease.GrantedAt, 1, GpuTime.Zero);
        return uses;
    }

    private Statement Prepared(string sql)
    {
        if (!prepared.TryGetValue(sql, out var statement)) prepared[sql] = statement = new Statement(connection, sql);
        return statement;
    }

    private static HubDirectoryException Lost(string id) => new($"the data file has entries of {id}, but not what they are about");
}
