using Stint.Core;
using Stint.Core.Identities;
using Stint.Core.Plans;
using Stint.Core.Quota;

namespace Stint.Hub.Store.Ledgers;

/// <summary>An identity's quota as read at one moment. A request takes it once, so that its headers and its body say the same.</summary>
/// <param name="Plan">The plan in force.</param>
public sealed record QuotaSnapshot(IdentityId Identity, Plan Plan, Ledger Ledger, QuotaReading Reading)
{
    public Instant Now => Reading.At;

    public static QuotaSnapshot Take(LedgerReads reads, Catalogue catalogue, IdentityId identity, Instant now)
    {
        var (plan, ledger) = (catalogue.PlanOf(identity), reads.Ledger(identity));
        return new(identity, plan, ledger, ledger.Read(plan, now));
    }

    /// <exception cref="InvariantBrokenException">Where nothing set it.</exception>
    public static QuotaSnapshot Of(HttpContext context)
    {
        var snapshot = context.Features.Get<QuotaSnapshot>();
        Invariant.Holds(snapshot is not null, $"{context.Request.Path} is served with its caller's quota");
        return snapshot;
    }
}
