using Stint.Core.Identities;
using Stint.Core.Leasing;
using Stint.Core.Leasing.Decisions;
using Stint.Core.Leasing.Forecasts;
using Stint.Core.Quota;
using Stint.Core.Spaces;
using Stint.Hub.Store.Ledgers;
using Stint.Hub.Texts;

namespace Stint.Hub.Billing;

/// <summary>What a run would be told at this moment, by the very function the gate decides with. Reserves nothing and promises nothing.</summary>
/// <param name="Status">What the hub's API would answer: 200, or the status of the first reason.</param>
/// <param name="Detail">All reasons in words; null where it is admitted.</param>
/// <param name="HardStopMilliseconds">Where the run would be stopped for want of GPU time before its declared duration; null where all of it fits.</param>
/// <param name="ExpectedWaitSeconds">An estimate; null where <paramref name="ExpectedWaitUnknown"/> says why there is none.</param>
/// <param name="RetryAt">When it fits, unless something new is used; null where it fits now, or where that is not known or never comes.</param>
/// <param name="ValidUntil">After this, ask again. Anything used before may change the answer sooner.</param>
public sealed record QuoteAnswer(
    bool Admitted, int Status, string? Detail, IReadOnlyList<Reason> Reasons, string Space, string? Endpoint, string Size, CostAnswer Cost, long? HardStopMilliseconds,
    decimal? ExpectedWaitSeconds, string? ExpectedWaitUnknown, PayerAnswer Payer, DateTime At, DateTime? RetryAt, DateTime ValidUntil);

/// <summary>What a run may cost, in GPU time.</summary>
/// <param name="FloorMilliseconds">Admission needs this much; a shorter run is charged less.</param>
/// <param name="ExpectedMilliseconds">As likely to be passed as not.</param>
/// <param name="CeilingMilliseconds">The most it can be charged.</param>
/// <param name="Line">How the ceiling comes about, the weight in it.</param>
public sealed record CostAnswer(
    long FloorMilliseconds, decimal FloorSeconds, long ExpectedMilliseconds, decimal ExpectedSeconds, long CeilingMilliseconds, decimal CeilingSeconds, decimal Weight, string Line);

/// <summary>Who would pay, from which purse, and what that holds.</summary>
public sealed record PayerAnswer(string Identity, string Purse, string Kind, string Plan, long LeftMilliseconds, decimal LeftSeconds);

/// <summary>Makes quotes from committed state.</summary>
internal static class Quote
{
    private static readonly TimeSpan ValidFor = TimeSpan.FromSeconds(30);

    public static QuoteAnswer Of(QuotaSnapshot snapshot, LedgerReads reads, FunctionHistory history, PoolReading pool, Space space, FunctionKey function)
    {
        var request = new RequestLease(default, default, snapshot.Identity, snapshot.Plan, function, 0, function.Size.Weight(), "", TimeSpan.Zero) 
        {
            Strict = space.Strict,
            Sponsors = space.Sponsor is { } sponsor ? [IdentityId.OfSponsor(sponsor)] : [],
        };
        var demand = new Demand(pool.Slots.Any(slot => slot.Fits(function.Size)), pool.WaitingOfIdentity, pool.Waiting);
        var prospect = Requesting.Assess(identity => identity == snapshot.Identity ? snapshot.Ledger : reads.Ledger(identity), history, demand, request, snapshot.Now);
        var (reading, asked, reasons) = (prospect.Reading, prospect.Asked, prospect.Reasons);
        var newcomer = new Newcomer(snapshot.Identity, function, request.Weight, prospect.Held, asked.Expected, asked.Ceiling, request.Plan.Priority, space.Concurrency);
        var wait = pool.WaitOf(newcomer, snapshot.Ledger.Standing, snapshot.Now);
        return new(
            prospect.IsAdmitted, prospect.IsAdmitted ? StatusCodes.Status200OK : Problems.StatusOf(reasons[0].Cause),
            prospect.IsAdmitted ? null : RefusalTexts.Detail(reasons, snapshot.Identity, function, request.Declared, reading),
            [.. reasons.Select(reason => Reason.Of(reason, snapshot.Identity, function, request.Declared, reading))],
            function.Space.ToString(), function.Endpoint is "" ? null : function.Endpoint, Amounts.Of(function.Size), CostOf(asked, request),
            prospect.IsAdmitted && prospect.Funds.Fitting < asked.Ceiling ? prospect.Funds.Fitting.Milliseconds : null,
            wait?.InSeconds(), wait is not null ? null : demand.CouldBeServed ? "too-much-waits" : RefusalTexts.Code(RefusalCause.SizeNotInPool),
            new(snapshot.Identity.Value, PurseId.OfAllowance(snapshot.Identity).Value, PurseShare.Allowance, snapshot.Plan.Name, prospect.Funds.Left.Milliseconds, prospect.Funds.Left.InSeconds()),
            snapshot.Now.ToUtc().UtcDateTime, RefusalReason.RetryAtOf(reasons)?.ToUtc().UtcDateTime, Instant.Min(snapshot.Now + ValidFor, reading.ResetsAt ?? Instant.Never).ToUtc().UtcDateTime);
    }

    private static CostAnswer CostOf(Ask asked, RequestLease request) => new(
        asked.Floor.Milliseconds, asked.Floor.InSeconds(), asked.Expected.Milliseconds, asked.Expected.InSeconds(), asked.Ceiling.Milliseconds, asked.Ceiling.InSeconds(),
        request.Weight.Thousandths / 1000m, $"{Amounts.Of(request.Declared)} × {request.Weight} = {Amounts.Of(asked.Ceiling)}");
}
