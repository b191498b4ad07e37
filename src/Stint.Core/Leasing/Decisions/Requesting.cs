using Stint.Core.Identities;
using Stint.Core.Plans;
using Stint.Core.Quota;
using Stint.Core.Quota.Purses;

namespace Stint.Core.Leasing.Decisions;

/// <summary>
/// Decides a <see cref="RequestLease"/>: 1 seen before? 2 the plan as it is now 3 what is asked 4 every limit, so that a
/// refusal names all reasons 5 from here on it must succeed.
/// </summary>
public static class Requesting
{
    public static RequestLeaseReply Request(Books books, RequestLease command, Instant now)
    {
        // 1
        if (books.FindKept(command.Id) is { } before)
            return Same(before, command)
                ? new(RequestLeaseOutcome.AlreadyRequested, null, before.Phase == ReservationPhase.Queued && books.Pool.WaitsForItsSpace(before)) { Before = before }
                : new(RequestLeaseOutcome.AlreadyRequestedWithOtherContent, null, false);
        // 2
        Observe(books, command.Identity, command.Plan, now);
        // 3, 4
        var prospect = Assess(books.Ledgers, books.HistoryOf(command.Function), Demand.On(books.Pool, command), command, now, books.Asking);
        if (!prospect.IsAdmitted)
        {
            var refusal = new Refusal(
                command.RefusalId, now, command.Identity, command.Function, command.Declared, command.Weight, prospect.Reasons, prospect.Reading)
            {
                Recognition = command.Recognition,
                Event = command.Event,
            };
            books.Record(new RequestRefused(now, refusal));
            return new(RequestLeaseOutcome.Refused, refusal, false);
        }

        // 5
        var kept = books.Pool.PlaceKeptFor(command.Function.Space, command.Event, command.TaskId, now);
        var reservation = Reserve(command, prospect, arrivedAt: kept ?? now, now);
        books.Record(new GpuTimeReserved(now, reservation));
        return new(RequestLeaseOutcome.Queued, null, books.Pool.WaitsForItsSpace(reservation));
    }

    /// <summary>What a request would come to at this moment: the gate decides by it and a quote shows it. Changes nothing.</summary>
    /// <param name="asking">Another rule of what is asked for; null for ours.</param>
    public static Prospect Assess(
        Func<IdentityId, Ledger> ledgers, FunctionHistory history, Demand demand, RequestLease command, Instant now, AskRule? asking = null)
    {
        var ledger = ledgers(command.Identity);
        var asked = (asking ?? Ask.Of)(ledger, history, command, now);
        var funds = Funds.For(ledgers, command, now);
        return new(asked, funds, Reasons(ledger, demand, command, asked, funds, ledgers));
    }

    /// <summary>Every reason that stands against a request, in the order of <see cref="RefusalCause"/>; none where it fits.</summary>
    private static List<RefusalReason> Reasons(Ledger ledger, Demand demand, RequestLease command, Ask asked, Funds funds, Func<IdentityId, Ledger> ledgers)
    {
        var reading = funds.Reading;
        var reasons = new List<RefusalReason>();
        if (command.Declared > command.Plan.LongestDuration)
            reasons.Add(new(RefusalCause.DurationNeverAllowed, asked.Ceiling, command.Weight.Charge(command.Plan.LongestDuration)));
        else if (asked.Floor > funds.Ever)
            reasons.Add(new(RefusalCause.DurationNeverAllowed, asked.Floor, funds.Ever));
        if (!demand.CouldBeServed) reasons.Add(new(RefusalCause.SizeNotInPool));
        if (LeasesOf(ledger, command.Event) >= Limits.LeasesPerEvent) reasons.Add(new(RefusalCause.TokenUsedUp));
        else if (command.Declared <= command.Plan.LongestDuration && LeftOfEvent(ledger, command) is var ofEvent && asked.Ceiling > ofEvent)
            reasons.Add(new(RefusalCause.TokenUsedUp, asked.Ceiling, ofEvent));
        if (asked.Floor > funds.Left && asked.Floor <= funds.Ever)
        {
            // Where the credits would do, what stands in the way is the ceiling, and who set it can raise it.
            var cause = asked.Floor <= funds.Left + funds.BelowCeiling ? RefusalCause.CeilingReached : RefusalCause.QuotaExceeded;
            reasons.Add(new(cause, asked.Floor, funds.Left, FitsAt(ledger.QueuedFloors + asked.Floor, command.Plan, reading)));
        }

        foreach (var cap in funds.Caps)
            if (asked.Floor > cap.Left)
                reasons.Add(new(CauseOf(cap.Cap.Kind), asked.Floor, cap.Left, FitsAt(ledgers(cap.Cap.Ledger).Under.Waiting + asked.Floor, cap)) { Limit = cap.Cap.Limit });
        if (demand.WaitingOfIdentity >= Limits.WaitingPerIdentity) reasons.Add(new(RefusalCause.TooManyWaiting));
        if (demand.Waiting >= Limits.WaitingPerPool) reasons.Add(new(RefusalCause.PoolQueueFull));
        return reasons;
    }

    /// <summary>The reset, if everything that waits surely fits then; past it, runs of before are in nobody's way.</summary>
    /// <param name="waiting">The floors of all that waits, the request's own included.</param>
    public static Instant? FitsAt(GpuTime waiting, Plan plan, QuotaReading reading) => waiting <= plan.Allowance ? reading.ResetsAt : null;

    /// <summary>The same under a cap.</summary>
    private static Instant? FitsAt(GpuTime waiting, CapReading cap) => waiting <= cap.Cap.Limit ? cap.ResetsAt : null;

    private static RefusalCause CauseOf(CapKind cap) => cap switch
    {
        CapKind.Device => RefusalCause.DeviceCapReached,
        CapKind.Anonymous => RefusalCause.AnonymousCapReached,
        CapKind.Space => RefusalCause.SpaceCeilingReached,
    };

    /// <summary>Leases one token was used for and those it still waits for: a token may not queue more than it may use.</summary>
    private static int LeasesOf(Ledger ledger, string @event)
    {
        var leases = ledger.Events.LeasesOf(@event);
        foreach (var ticket in ledger.Queued)
            if (ticket.Event == @event) leases++;
        return leases;
    }

    /// <summary>What one token may still be charged, if all that waits or runs by it came to its ceiling: so it never is charged more.</summary>
    private static GpuTime LeftOfEvent(Ledger ledger, RequestLease command)
    {
        var most = new GpuTime(checked(command.Weight.Hold(command.Plan.LongestDuration).Milliseconds * Limits.LongestRunsPerEvent));
        var open = GpuTime.Zero;
        foreach (var ticket in ledger.Queued)
            if (ticket.Event == command.Event) open += ticket.Ceiling;
        foreach (var run in ledger.Leased)
            if (run.Event == command.Event) open += run.Ceiling;
        return GpuTime.Less(most, ledger.Events.ChargedOf(command.Event) + open);
    }

    /// <summary>Lets the identity's ledger know its plan: a raised allowance counts at once, a lowered one from the next window.</summary>
    public static void Observe(Books books, IdentityId identity, Plan plan, Instant now)
    {
        var ledger = books.LedgerOf(identity);
        if (ledger.Plan == plan) return;
        GpuTime? raisedTo = ledger.OpenWindow(now) is { } window && plan.Allowance > window.Allowance ? plan.Allowance : null;
        books.Record(new PlanObserved(now, identity, plan, raisedTo));
    }

    private static Reservation Reserve(RequestLease command, Prospect prospect, Instant arrivedAt, Instant now)
    {
        var floor = prospect.Held;
        return new()
        {
            Id = command.Id,
            RefusalId = command.RefusalId,
            Identity = command.Identity,
            Function = command.Function,
            TaskId = command.TaskId,
            Weight = command.Weight,
            Floor = floor,
            Backing = Backing.Of(prospect.Funds.SharesOf(floor), prospect.Funds.HeldUnderCaps(floor), command.Sponsors),
            Ceiling = prospect.Asked.Ceiling,
            Expected = prospect.Asked.Expected,
            Event = command.Event,
            Recognition = command.Recognition,
            Priority = command.Plan.Priority,
            SpaceConcurrency = command.SpaceConcurrency,
            Node = command.Node,
            ReservedAt = now,
            ArrivedAt = arrivedAt,
            WaitUntil = now + command.WaitLimit,
        };
    }

    private static bool Same(Reservation before, RequestLease command) =>
        before.Identity == command.Identity && before.Function == command.Function
        && before.TaskId == command.TaskId && before.Event == command.Event && before.Weight == command.Weight
        && before.Node == command.Node;
}

/// <summary>What a request would come to, with what it was held against.</summary>
/// <param name="Reasons">All that stand against it; none where it is admitted.</param>
public readonly record struct Prospect(Ask Asked, Funds Funds, IReadOnlyList<RefusalReason> Reasons)
{
    /// <summary>What it would be sure of from the start: what admission needs, or what is likely to be used as far as that is there.</summary>
    public GpuTime Held => GpuTime.Max(Asked.Floor, GpuTime.Min(Asked.Likely, Funds.Fitting));

    public QuotaReading Reading => Funds.Reading;

    public bool IsAdmitted => Reasons.Count == 0;
}

/// <summary>What a request meets in the pool.</summary>
/// <param name="CouldBeServed">False where no device of the pool can ever serve its size.</param>
public readonly record struct Demand(bool CouldBeServed, int WaitingOfIdentity, int Waiting)
{
    public static Demand On(Pool pool, RequestLease command) =>
        new(pool.CouldServe(command.Function.Size, command.Node), pool.Queue.WaitingOf(command.Identity), pool.Queue.Count);
}
