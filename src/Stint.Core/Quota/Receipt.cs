using Stint.Core.Identities;
using Stint.Core.Leasing;
using Stint.Core.Quota.Purses;
using Stint.Core.Spaces;

namespace Stint.Core.Quota;

/// <summary>
/// What one reservation cost and why: a view of it once it has ended, computed and never kept. Always: the purses sum to
/// what was charged, wait + attach + run is the time from reservation to end, and measured is attach + run less what was forgiven.
/// </summary>
/// <param name="Floor">Held from the reservation on.</param>
/// <param name="Ceiling">The declared duration, weighed: the charge never passes it.</param>
/// <param name="Exit">Null where no lease was ever granted: a wait costs nothing and still leaves a receipt.</param>
/// <param name="Cause">A stable word where there was no lease: <c>visitor-left</c>, <c>no-gpu-in-time</c> …</param>
/// <param name="Forgiven">Time that was not charged although the lease ran: the hub was down.</param>
/// <param name="Refusal">The refusal it came to after its wait; null for every other end.</param>
public sealed record Receipt(
    ReservationId Id, IdentityId Identity, FunctionKey Function, TimeSpan Declared, Weight Weight, GpuTime Floor, GpuTime Ceiling,
    TimeSpan Measured, GpuTime Charged, IReadOnlyList<PurseShare> Purses, ReservationPhase Outcome, ExitClass? Exit, string? Cause,
    SlotId? Slot, Instant ReservedAt, Instant? GrantedAt, Instant EndedAt, Instant? WindowOpenedAt, TimeSpan Forgiven, RefusalId? Refusal)
{
    /// <summary>How the identity was recognised; null where the request did not say.</summary>
    public Recognition? Recognition { get; init; }

    /// <summary>Limits that it had to fit as well.</summary>
    public IReadOnlyList<Cap> Caps { get; init; } = [];

    /// <summary>What it used when its purses had ended, and was not charged: the house paid.</summary>
    public GpuTime PaidByHouse { get; init; }

    /// <summary>What came back after the settlement; null where nothing did.</summary>
    public Refund? Refund { get; init; }

    /// <summary>From the reservation to the grant, or to the end where there was none. Never charged.</summary>
    public required TimeSpan Wait { get; init; }

    /// <summary>From the grant until a worker was named; nothing where it was warm already.</summary>
    public required TimeSpan Attach { get; init; }

    /// <summary>From then until the end.</summary>
    public required TimeSpan Run { get; init; }

    /// <exception cref="InvariantBrokenException">When the reservation is still open.</exception>
    public static Receipt Of(Reservation reservation)
    {
        Invariant.Holds(reservation is { IsOpen: false, Ending: not null }, $"a receipt is of what has ended, {reservation.Id} is {reservation.Phase}");
        var (ending, lease) = (reservation.Ending!, reservation.Lease);
        var granted = lease?.GrantedAt ?? ending.At;
        var working = lease is { Idle: true } ? granted : lease?.AllowedAt ?? ending.At;
        return new(
            reservation.Id, reservation.Identity, reservation.Function, TimeSpan.FromMilliseconds(reservation.Function.DeclaredMilliseconds),
            reservation.Weight, reservation.Floor, reservation.Ceiling, ending.Measured, ending.Charged, PurseShare.ThatPaid(reservation.Identity, ending),
            reservation.Phase, ending.Exit, ending.Cause, lease?.Slot, reservation.ReservedAt, lease?.GrantedAt, ending.At,
            lease?.WindowOpenedAt, lease?.Forgiven ?? TimeSpan.Zero, EndedInRefusal(reservation) ? reservation.RefusalId : null)
        {
            Recognition = reservation.Recognition,
            Caps = [.. reservation.Caps.Select(hold => hold.Cap)],
            Refund = reservation.Refund,
            PaidByHouse = PaidByHouseFor(reservation, ending),
            Wait = granted - reservation.ReservedAt,
            Attach = working - granted,
            Run = ending.At - working,
        };
    }

    /// <summary>What it cost before the charge was capped or waived: measured time, weighed.</summary>
    public GpuTime Weighed => Weight.Charge(Measured);

    private static GpuTime PaidByHouseFor(Reservation run, Ending ending) => run.Courtesy == TimeSpan.Zero || ending.Exit?.Charges() != true
        ? GpuTime.Zero
        : GpuTime.Less(GpuTime.Min(run.Ceiling, run.Weight.Charge(ending.Measured)), ending.Charged);

    private static bool EndedInRefusal(Reservation reservation) =>
        reservation.Lease is null && reservation.Ending!.Cause is EndingCauses.NoGpuInTime or EndingCauses.QuotaExceeded;
}

/// <summary>What one purse paid of a charge.</summary>
/// <param name="Purse">The kind of purse, as one stable word.</param>
/// <param name="Of">Whose it is.</param>
/// <param name="Credit">Which one; null where it is the allowance.</param>
public sealed record PurseShare(string Purse, GpuTime Amount, IdentityId Of, CreditId? Credit = null)
{
    public const string Allowance = "allowance";
    public const string Sponsor = "sponsor";

    /// <summary>In the order in which they paid; nothing charged touches no purse.</summary>
    public static IReadOnlyList<PurseShare> ThatPaid(IdentityId payer, Ending ending)
    {
        var shares = new List<PurseShare>();
        if (ending.FromAllowance > GpuTime.Zero) shares.Add(new(Allowance, ending.FromAllowance, payer));
        foreach (var share in ending.Further ?? []) shares.Add(new(share.Of == payer ? Word(share.Kind) : Sponsor, share.Amount, share.Of, share.Credit));
        return shares;
    }

    public static string Word(CreditKind kind) => kind switch { CreditKind.Boost => "boost", CreditKind.Credit => "credit" };
}

/// <summary>The stable words for a wait that came to nothing.</summary>
public static class EndingCauses
{
    public const string VisitorLeft = "visitor-left";
    public const string NoGpuInTime = "no-gpu-in-time";
    public const string QuotaExceeded = "quota-exceeded";
    public const string HubRestarted = "hub-restarted";
    public const string NodeLost = "node-lost";

    /// <summary>The kernel ended a process of the Space because the Space's memory was used up.</summary>
    public const string OutOfMemory = "out-of-memory";
}
