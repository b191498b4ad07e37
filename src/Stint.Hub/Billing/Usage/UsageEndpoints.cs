using Stint.Core.Identities;
using Stint.Core.Quota;
using Stint.Hub.Billing.Purses;
using Stint.Hub.Engine;
using Stint.Hub.Layout;
using Stint.Hub.Store;
using Stint.Hub.Store.Ledgers;

namespace Stint.Hub.Billing.Usage;

/// <summary>What one's GPU time is and went to.</summary>
/// <param name="Refusals">The latest first.</param>
public sealed record UsageView(QuotaSnapshot Quota, IReadOnlyList<HoldAnswer> Holds, IReadOnlyList<Receipt> Receipts, IReadOnlyList<Refusal> Refusals)
{
    /// <summary>What pays beyond the allowance, in the order in which it does.</summary>
    public IReadOnlyList<CreditAnswer> Credits => CreditAnswer.Of(Quota.Ledger, Quota.Now);
}

/// <summary>The page of one's own use, from the reading that the gate admits by.</summary>
internal sealed class UsageEndpoints(Catalogue catalogue, LedgerReads reads, LedgerClock clock, HubCookie cookie)
{
    private const int ShownReceipts = 50;
    private const int ShownRefusals = 10;

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapGet(Links.Usage, (HttpContext context, UsageEndpoints usage) => usage.Show(context)).ExcludeFromDescription();

    private IResult Show(HttpContext context)
    {
        if (cookie.Read(context) is not { } visitor) return Results.LocalRedirect(Links.SignIn(Links.Usage, "sign-in-needed"));
        var identity = IdentityId.Of(visitor.Account.Id);
        var quota = QuotaSnapshot.Take(reads, catalogue, identity, clock.Now);
        return Pages.Page<UsagePage>(new { View = new UsageView(quota, HoldAnswer.Of(quota), reads.Receipts(identity, ShownReceipts), reads.Refusals(identity, ShownRefusals)) });
    }
}
