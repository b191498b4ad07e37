using Microsoft.Data.Sqlite;
using Stint.Core.Leasing;
using Stint.Core.Quota;

namespace Stint.Hub.Store.Ledgers.Rows;

/// <summary>
/// Slots as rows. That a slot is leased stands in the reservation that holds it and nowhere else: so a grant and the end of a
/// run that leaves its worker warm change no row here.
/// </summary>
internal sealed class SlotRows(SqliteConnection connection) : IDisposable
{
    private readonly Statement put = new(connection, "INSERT OR REPLACE INTO slots (id, body) VALUES (?,?)");
    private readonly Statement drop = new(connection, "DELETE FROM slots WHERE id = ?");
    private readonly Dictionary<SlotId, Slot> kept = [];
    private readonly Dictionary<SlotId, Slot?> changed = [];

    public void Keep(SlotId id, Slot? slot)
    {
        if (slot is null)
        {
            drop.Bind(id.Value).Run();
            changed[id] = null;
            return;
        }

        var before = kept.GetValueOrDefault(id);
        var standing = slot.Phase == SlotPhase.Leased ? slot with { Phase = SlotPhase.Free, Lease = null, Warm = before?.Warm } : slot;
        if (standing == before) return;
        put.Bind(id.Value).Bind(Json.Write(standing)).Run();
        changed[id] = standing;
    }

    /// <summary>What was written since the last call is kept, or it is not.</summary>
    public void Committed(bool isKept)
    {
        if (isKept)
            foreach (var (id, slot) in changed)
                if (slot is null) kept.Remove(id);
                else kept[id] = slot;
        changed.Clear();
    }

    public static List<Slot> Read(Func<string, Statement> prepared)
    {
        var leases = new Dictionary<string, ReservationId>();
        var row = prepared("SELECT slot, id FROM reservations WHERE ended_at IS NULL AND slot IS NOT NULL");
        while (row.Next()) leases[row.Text()] = new(row.Text());
        var found = new List<Slot>();
        row = prepared("SELECT body FROM slots ORDER BY id");
        while (row.Next())
        {
            var slot = Json.Read<Slot>(row.Text());
            found.Add(slot.Phase == SlotPhase.Free && leases.TryGetValue(slot.Id.Value, out var lease)
                ? slot with { Phase = SlotPhase.Leased, Lease = lease, Warm = null }
                : slot);
        }

        return found;
    }

    public void Dispose()
    {
        put.Dispose();
        drop.Dispose();
    }
}
