using Stint.Core.Identities;
using Stint.Core.Quota;
using Stint.Hub.Billing.Purses;
using Stint.Hub.Engine;
using Stint.Hub.Layout;
using Stint.Hub.Store;
using Stint.Hub.Store.Ledgers;

namespace Stint.Hub.Billing.Usage;

/// <summary>What one's GPU time is and went to.</summary>
/// <param name="Days">The last 30 days, Space by Space.</param>
/// <param name="Receipts">A page of those that were asked for, the last to end first.</param>
/// <param name="Spaces">Those there are receipts of, as far as the page looks back.</param>
/// <param name="Refusals">The latest first.</param>
public sealed record UsageView(
    QuotaSnapshot Quota, IReadOnlyList<HoldAnswer> Holds, UseByDay Days, ReceiptQuery Query, IReadOnlyList<Receipt> Receipts, IReadOnlyList<string> Spaces, IReadOnlyList<Refusal> Refusals)
{
    /// <summary>What pays beyond the allowance, in the order in which it does.</summary>
    public IReadOnlyList<CreditAnswer> Credits => CreditAnswer.Of(Quota.Ledger, Quota.Now);

    /// <summary>The address of the receipts before these; null on the last page.</summary>
    public string? Older { get; init; }

    /// <summary>True on every page but the first.</summary>
    public bool IsContinued { get; init; }

    public string? Problem { get; init; }
}

/// <summary>The page of one's own use, from the reading that the gate admits by, and its receipts to take away.</summary>
internal sealed class UsageEndpoints(Catalogue catalogue, LedgerReads reads, UseReads use, LedgerClock clock, HubCookie cookie)
{
    public const int ShownReceipts = 20;

    /// <summary>Receipts in one file; who has more asks for fewer days.</summary>
    public const int MostExported = 10_000;

    private const int ShownRefusals = 10;
    private const int LongestId = 100;
    private static readonly TimeSpan SpacesOf = TimeSpan.FromDays(90);

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet(Links.Usage, (HttpContext context, UsageEndpoints usage, string? space = null, string? outcome = null, string? days = null, string? before = null) =>
            usage.Show(context, ReceiptQuery.Read(space, outcome, days), before)).ExcludeFromDescription();
        foreach (var asTable in new[] { true, false })
            app.MapGet($"{Links.Usage}/receipts.{(asTable ? "csv" : "json")}", (HttpContext context, UsageEndpoints usage, string? space = null, string? outcome = null, string? days = null) =>
                usage.Export(context, asTable, ReceiptQuery.Read(space, outcome, days))).ExcludeFromDescription();
    }

    private IResult Show(HttpContext context, (ReceiptQuery Query, string? Problem) asked, string? before)
    {
        if (cookie.Read(context) is not { } visitor) return Results.LocalRedirect(Links.SignIn(Links.Usage, "sign-in-needed"));
        var identity = IdentityId.Of(visitor.Account.Id);
        var quota = QuotaSnapshot.Take(reads, catalogue, identity, clock.Now);
        var last = before is { Length: > 0 and <= LongestId } ? reads.Receipt(new(before)) : null;
        // Someone else's is answered like one that never was, so that ids give nothing away.
        var problem = asked.Problem ?? (!string.IsNullOrEmpty(before) && last?.Identity != identity ? "There is no such receipt of yours to go on from; these are the latest." : null);
        if (last?.Identity != identity) last = null;
        var page = reads.Receipts(identity, ShownReceipts + 1, last, asked.Query.At(quota.Now));
        var shown = page.Take(ShownReceipts).ToList();
        var view = new UsageView(
            quota, HoldAnswer.Of(quota), UseByDay.Of(use, identity, quota.Now), asked.Query, shown,
            [.. use.Spaces(identity, quota.Now - SpacesOf).Select(space => space.ToString())], reads.Refusals(identity, ShownRefusals))
        {
            Older = page.Count > ShownReceipts ? asked.Query.Address(before: shown[^1].Id) : null,
            IsContinued = last is not null,
            Problem = problem,
        };
        return Pages.Page<UsagePage>(new { View = view }, problem is null ? StatusCodes.Status200OK : StatusCodes.Status400BadRequest);
    }

    private IResult Export(HttpContext context, bool asTable, (ReceiptQuery Query, string? Problem) asked)
    {
        if (cookie.Read(context) is not { } visitor) return Results.LocalRedirect(Links.SignIn(Links.Usage, "sign-in-needed"));
        if (asked.Problem is { } problem) return Pages.Notice("No receipts to take away", problem, StatusCodes.Status400BadRequest);
        var now = clock.Now;
        var answers = reads.Receipts(IdentityId.Of(visitor.Account.Id), MostExported, null, asked.Query.At(now)).Select(ReceiptAnswer.Of).ToList();
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers.ContentDisposition = $"attachment; filename=receipts-{now.ToUtc():yyyy-MM-dd}.{(asTable ? "csv" : "json")}";
        return asTable ? Results.Text(ReceiptTable.Write(answers), ReceiptTable.ContentType) : Results.Json(new ReceiptsAnswer(answers, null));
    }
}
