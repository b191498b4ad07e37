using Stint.Core.Identities;
using Stint.Core.Quota;
using Stint.Hub.Engine;
using Stint.Hub.Layout;
using Stint.Hub.Store;
using Stint.Hub.Store.Ledgers;

namespace Stint.Hub.Billing.Usage;

/// <summary>
/// The page of a refusal. One of an account opens for that account and for administrators. One of nobody, or of an anonymous
/// visitor, opens for whoever has its id: nobody can guess that, and there is no other way to tell whose it is.
/// </summary>
internal sealed class RefusalEndpoints(Catalogue catalogue, LedgerReads reads, LedgerClock clock, HubCookie cookie)
{
    private const int LongestId = 100;

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapGet("/refusals/{id}", (string id, HttpContext context, RefusalEndpoints refusals) => refusals.Show(id, context)).ExcludeFromDescription();

    private IResult Show(string id, HttpContext context)
    {
        var visitor = cookie.Read(context)?.Account;
        if (id.Length > LongestId || reads.Refusal(new(id)) is not { } refusal || !MayOpen(refusal, visitor)) return Closed(id, visitor);
        var account = refusal.Identity?.Account is { } payer ? catalogue.FindAccount(payer)?.Name : null;
        return Pages.Page<RefusalPage>(new { View = new RefusalView(refusal, account, QuoteNow(refusal), refusal.Identity?.Account is null && visitor is null) });
    }

    private static bool MayOpen(Refusal refusal, Account? visitor) =>
        refusal.Identity?.Account is not { } payer || (visitor is not null && (visitor.Id == payer || visitor.Role == AccountRole.Administrator));

    /// <summary>Someone else's is answered like one that never was, so that ids give nothing away.</summary>
    private static IResult Closed(string id, Account? visitor) => visitor is null
        ? Pages.Notice("Sign in to open this refusal", UsageTexts.RefusalNeedsSignIn, StatusCodes.Status404NotFound, id.Length <= LongestId ? Links.Refusal(new(Uri.EscapeDataString(id))) : null)
        : Pages.Notice("No such refusal", UsageTexts.RefusalMissing, StatusCodes.Status404NotFound);

    private QuoteAnswer? QuoteNow(Refusal refusal)
    {
        if (refusal.Identity is not { } identity || catalogue.FindSpace(refusal.Function.Space) is not { } space) return null;
        var snapshot = QuotaSnapshot.Take(reads, catalogue, identity, clock.Now);
        return Quote.Of(snapshot, reads, reads.History(refusal.Function), reads.Pool(identity, ExpectedWait.MostOpen), space, refusal.Function);
    }
}
