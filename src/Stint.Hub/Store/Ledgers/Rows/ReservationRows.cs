using Stint.Core.Identities;
using Stint.Core.Leasing;
using Stint.Core.Quota;
using Stint.Core.Spaces;

namespace Stint.Hub.Store.Ledgers.Rows;

/// <summary>Reservations as rows: what was asked is written once, what becomes of it is changed until it has ended.</summary>
internal static class ReservationRows
{
    private const string Asked =
        "id, identity, space, endpoint, size, declared, task, weight, ceiling, expected, event, recognised_by, via, then_via, "
        + "priority, refusal, space_concurrency, reserved_at, arrived_at, wait_until";

    private const string Became =
        "phase, floor, slot, device_index, device_uuid, granted_at, window_opened_at, idle, worker_pid, worker_start, worker_proven, allowed_at, "
        + "forgiven, ended_at, exit, measured, charged, cause";

    private const string Rests = "rest, lease_rest, ending_rest";

    public const string Insert =
        $"INSERT INTO reservations ({Asked}, {Became}, {Rests}) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?, ?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)";

    public const string Update = $"UPDATE reservations SET ({Became}, {Rests}) = (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?) WHERE id = ?";

    public const string Select = $"SELECT {Rests}, {Asked}, {Became} FROM reservations";

    private static readonly Rest<Reservation> RestOfReservation = new(
        nameof(Reservation.Id), nameof(Reservation.Identity), nameof(Reservation.Function), nameof(Reservation.TaskId), nameof(Reservation.Weight),
        nameof(Reservation.Floor), nameof(Reservation.Ceiling), nameof(Reservation.Expected), nameof(Reservation.Event), nameof(Reservation.Recognition),
        nameof(Reservation.Priority), nameof(Reservation.RefusalId), nameof(Reservation.SpaceConcurrency), nameof(Reservation.ReservedAt),
        nameof(Reservation.ArrivedAt), nameof(Reservation.WaitUntil), nameof(Reservation.Phase), nameof(Reservation.Lease), nameof(Reservation.Ending));

    private static readonly Rest<Lease> RestOfLease = new(
        nameof(Lease.Slot), nameof(Lease.DeviceIndex), nameof(Lease.DeviceUuid), nameof(Lease.GrantedAt), nameof(Lease.WindowOpenedAt),
        nameof(Lease.Idle), nameof(Lease.Worker), nameof(Lease.AllowedAt), nameof(Lease.Forgiven));

    private static readonly Rest<Ending> RestOfEnding = new(
        nameof(Ending.At), nameof(Ending.Exit), nameof(Ending.Measured), nameof(Ending.Charged), nameof(Ending.Cause));

    /// <summary>True where nothing of it but what has columns is set: then its row says all of it.</summary>
    public static bool IsOrdinary(Reservation reservation) => reservation.Lease is null && reservation.Ending is null && RestOfReservation.Write(reservation) is null;

    public static bool IsOrdinary(Lease lease) => RestOfLease.Write(lease) is null;

    public static bool IsOrdinary(Ending ending) => RestOfEnding.Write(ending) is null;

    public static void BindInsert(this Statement row, Reservation reservation) => row.BindAsked(reservation).BindBecame(reservation).Run();

    /// <returns>False where it is not kept any more.</returns>
    public static bool BindUpdate(this Statement row, Reservation reservation) => row.BindBecame(reservation).Bind(reservation.Id.Value).Run() == 1;

    /// <summary>The row that <see cref="Select"/> stands on.</summary>
    /// <param name="ordinary">True to leave out what is uncommon.</param>
    public static Reservation ReadReservation(this Statement row, bool ordinary = false)
    {
        var (rest, restOfLease, restOfEnding) = (row.TextOrNull(), row.TextOrNull(), row.TextOrNull());
        if (ordinary) (rest, restOfLease, restOfEnding) = (null, null, null);
        return RestOfReservation.Read(rest) with
        {
            Id = new(row.Text()),
            Identity = new(row.Text()),
            Function = new(SpaceId.Parse(row.Text()), row.Text(), Enum.Parse<SlotSize>(row.Text()), row.Number()),
            TaskId = row.Number(),
            Weight = new((int)row.Number()),
            Ceiling = new(row.Number()),
            Expected = new(row.Number()),
            Event = row.Text(),
            Recognition = ReadRecognition(row),
            Priority = (int)row.Number(),
            RefusalId = new(row.Text()),
            SpaceConcurrency = (int?)row.NumberOrNull(),
            ReservedAt = new(row.Number()),
            ArrivedAt = new(row.Number()),
            WaitUntil = new(row.Number()),
            Phase = Enum.Parse<ReservationPhase>(row.Text()),
            Floor = new(row.Number()),
            Lease = ReadLease(row, restOfLease),
            Ending = ReadEnding(row, restOfEnding),
        };
    }

    private static Statement BindAsked(this Statement row, Reservation asked) => row
        .Bind(asked.Id.Value).Bind(asked.Identity.Value)
        .Bind(asked.Function.Space.ToString()).Bind(asked.Function.Endpoint).Bind(asked.Function.Size.ToString()).Bind(asked.Function.DeclaredMilliseconds)
        .Bind(asked.TaskId).Bind(asked.Weight.Thousandths)
        .Bind(asked.Ceiling.Milliseconds).Bind(asked.Expected.Milliseconds)
        .Bind(asked.Event).Bind(asked.Recognition?.By.ToString()).Bind(asked.Recognition?.Via?.ToString()).Bind(asked.Recognition?.ThenVia?.ToString())
        .Bind(asked.Priority).Bind(asked.RefusalId.Value).Bind(asked.SpaceConcurrency)
        .Bind(asked.ReservedAt.UnixMilliseconds).Bind(asked.ArrivedAt.UnixMilliseconds).Bind(asked.WaitUntil.UnixMilliseconds);

    private static Statement BindBecame(this Statement row, Reservation reservation)
    {
        var (lease, ending) = (reservation.Lease, reservation.Ending);
        return row
            .Bind(reservation.Phase.ToString()).Bind(reservation.Floor.Milliseconds)
            .Bind(lease?.Slot.Value).Bind(lease?.DeviceIndex).Bind(lease?.DeviceUuid)
            .Bind(lease?.GrantedAt.UnixMilliseconds).Bind(lease?.WindowOpenedAt.UnixMilliseconds).Bind(lease is null ? null : lease.Idle ? 1L : 0L)
            .Bind(lease?.Worker?.Pid).Bind(lease?.Worker?.StartTicks).Bind(lease?.Worker is { } worker ? worker.Proven ? 1L : 0L : null)
            .Bind(lease?.AllowedAt?.UnixMilliseconds).Bind((long?)lease?.Forgiven.TotalMilliseconds)
            .Bind(ending?.At.UnixMilliseconds).Bind(ending?.Exit?.ToString()).Bind((long?)ending?.Measured.TotalMilliseconds)
            .Bind(ending?.Charged.Milliseconds).Bind(ending?.Cause)
            .Bind(RestOfReservation.Write(reservation)).Bind(lease is null ? null : RestOfLease.Write(lease)).Bind(ending is null ? null : RestOfEnding.Write(ending));
    }

    private static Recognition? ReadRecognition(Statement row)
    {
        var (by, via, thenVia) = (row.TextOrNull(), row.TextOrNull(), row.TextOrNull());
        return by is null ? null : new(Enum.Parse<EvidenceKind>(by), Space(via), Space(thenVia));

        static SpaceId? Space(string? id) => id is null ? null : SpaceId.Parse(id);
    }

    private static Lease? ReadLease(Statement row, string? rest)
    {
        var (slot, index, uuid) = (row.TextOrNull(), row.Number(), row.TextOrNull());
        var (granted, window, idle) = (row.Number(), row.Number(), row.Number());
        var (pid, start, proven) = (row.NumberOrNull(), row.Number(), row.Number());
        var (allowed, forgiven) = (row.NumberOrNull(), row.Number());
        return slot is null ? null : RestOfLease.Read(rest) with
        {
            Slot = new(slot),
            DeviceIndex = (int)index,
            DeviceUuid = uuid!,
            GrantedAt = new(granted),
            WindowOpenedAt = new(window),
            Idle = idle != 0,
            Worker = pid is { } id ? new((int)id, start, proven != 0) : null,
            AllowedAt = allowed is { } at ? new(at) : null,
            Forgiven = TimeSpan.FromMilliseconds(forgiven),
        };
    }

    private static Ending? ReadEnding(Statement row, string? rest)
    {
        var (at, exit, measured, charged, cause) = (row.NumberOrNull(), row.TextOrNull(), row.Number(), row.Number(), row.TextOrNull());
        return at is not { } moment ? null : RestOfEnding.Read(rest) with
        {
            At = new(moment),
            Exit = exit is null ? null : Enum.Parse<ExitClass>(exit),
            Measured = TimeSpan.FromMilliseconds(measured),
            Charged = new(charged),
            Cause = cause,
        };
    }
}
