using System.Reflection;
using System.Text.Json.Serialization;
using Stint.Core.Leasing;
using Stint.Core.Quota;

namespace Stint.Hub.Store.Ledgers.Rows;

/// <summary>
/// Entries as rows. The frequent kinds say in <c>amount</c> and one word what their reservation's row does not: a reserved
/// entry its floor, a granted one the allowance and the worker it found, an ended one the charge and what becomes of the
/// slot. Every other entry, and one with something uncommon in it, is JSON in <c>body</c>.
/// </summary>
internal static class EntryRows
{
    public const string Insert = "INSERT INTO entries (at, kind, identity, reservation, amount, body) VALUES (?,?,?,?,?,?)";
    public const string Select = "SELECT seq, at, kind, identity, reservation, amount, body FROM entries";

    private const string Reserved = "reserved", Granted = "granted", Allowed = "allowed", Forgiven = "downtime-forgiven", Ended = "ended", Refused = "refused";

    private static readonly Dictionary<Type, string> Kinds = typeof(Entry).GetCustomAttributes<JsonDerivedTypeAttribute>()
        .ToDictionary(kind => kind.DerivedType, kind => (string)kind.TypeDiscriminator!);

    /// <param name="isRepeated">True for a refusal whose id is another entry's already: it says itself what was refused.</param>
    public static void BindInsert(this Statement row, Entry entry, bool isRepeated)
    {
        var (amount, body) = entry switch
        {
            GpuTimeReserved e when ReservationRows.IsOrdinary(e.Reservation) => (e.Reservation.Floor.Milliseconds, null),
            LeaseGranted { Forgotten: null } e when ReservationRows.IsOrdinary(e.Lease) => (e.Allowance.Milliseconds, Word(e.Lease.Worker)),
            WorkerAllowed e => ((long?)null, Word(e.Worker)),
            DowntimeForgiven e => ((long)e.Downtime.TotalMilliseconds, null),
            ReservationEnded e when ReservationRows.IsOrdinary(e.Ending) => (e.Ending.Charged.Milliseconds, e.Slot?.ToString()),
            RequestRefused e when !isRepeated => (null, e.Refusal.Id.Value),
            _ => (null, Json.Write(entry)),
        };
        row.Bind(entry.At.UnixMilliseconds).Bind(Kinds[entry.GetType()]).Bind(entry.OfIdentity?.Value).Bind(entry.OfReservation?.Value).Bind(amount).Bind(body).Run();
    }

    /// <summary>The row that <see cref="Select"/> stands on.</summary>
    /// <param name="reservations">Its reservation without what is uncommon: an entry that has any says it itself.</param>
    /// <param name="refusals">What was refused, as its own row says.</param>
    public static (long Seq, Entry Entry) ReadEntry(this Statement row, Func<ReservationId, Reservation> reservations, Func<RefusalId, Refusal> refusals)
    {
        var (seq, at, kind) = (row.Number(), new Instant(row.Number()), row.Text());
        var (identity, reservation, amount, body) = (row.TextOrNull(), row.TextOrNull(), row.Number(), row.TextOrNull());
        if (body is ['{', ..]) return (seq, Json.Read<Entry>(body));
        if (kind == Refused) return (seq, new RequestRefused(at, refusals(new(body!))));
        var of = reservations(new(reservation!));
        return (seq, kind switch
        {
            Reserved => new GpuTimeReserved(at, of with { Phase = ReservationPhase.Queued, Floor = new(amount), Lease = null, Ending = null }),
            Granted => new LeaseGranted(
                at, new(identity!), of.Id, of.Lease! with { Worker = body is null ? null : Worker(body), AllowedAt = null, Forgiven = default }, new(amount), null),
            Allowed => new WorkerAllowed(at, new(identity!), of.Id, Worker(body!)),
            Forgiven => new DowntimeForgiven(at, new(identity!), of.Id, TimeSpan.FromMilliseconds(amount)),
            Ended => new ReservationEnded(at, new(identity!), of.Id, of.Phase, of.Ending!, body is null ? null : Enum.Parse<SlotAfter>(body)),
            _ => throw new HubDirectoryException($"the data file holds an entry of a kind this Stint does not know: {kind}"),
        });
    }

    private static string? Word(WorkerProcess? worker) => worker is null ? null : $"{worker.Pid} {worker.StartTicks}{(worker.Proven ? " proven" : "")}";

    private static WorkerProcess Worker(string word)
    {
        var parts = word.Split(' ');
        return new(int.Parse(parts[0]), long.Parse(parts[1]), parts.Length > 2);
    }
}
