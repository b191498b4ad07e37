using Stint.Core.Identities;
using Stint.Core.Quota;
using Stint.Hub.Store.Ledgers;

namespace Stint.Hub.Billing;

/// <summary>Reads of what was charged and what was refused. One's own; an administrator opens anyone's by its id.</summary>
internal static class LedgerEndpoints
{
    public const int DefaultLimit = 50;
    public const int LargestLimit = 1_000;

    private static readonly string LimitRule = $"limit is a number from 1 to {LargestLimit}";

    public static void MapLedger(this RouteGroupBuilder v1)
    {
        v1.MapGet("/receipts", Receipts)
            .WithName("listReceipts").WithSummary("The caller's receipts, the last to end first; as JSON, or with format=csv as comma-separated values.")
            .WithDescription("Go on with before=ID of the last receipt of a page. The Link header and the field next say the address.")
            .Produces<ReceiptsAnswer>(StatusCodes.Status200OK, "application/json", "text/csv")
            .ProducesProblems(StatusCodes.Status400BadRequest);
        v1.MapGet("/receipts/{id}", Receipt)
            .WithName("getReceipt").WithSummary("One receipt: what a run cost and why.")
            .Produces<ReceiptAnswer>().ProducesProblems(StatusCodes.Status404NotFound);
        v1.MapGet("/refusals", Refusals)
            .WithName("listRefusals").WithSummary("What the caller was refused, the latest first.")
            .Produces<RefusalsAnswer>().ProducesProblems(StatusCodes.Status400BadRequest);
        v1.MapGet("/refusals/{id}", Refusal)
            .WithName("getRefusal").WithSummary("One refusal with every reason, as the gate decided it.")
            .Produces<RefusalAnswer>().ProducesProblems(StatusCodes.Status404NotFound);
    }

    private static IResult Receipts(HttpContext context, LedgerReads reads, int limit = DefaultLimit, string? before = null, string format = "json")
    {
        if (limit is < 1 or > LargestLimit) return Problems.Invalid(LimitRule).ToResult();
        if (format is not ("json" or "csv")) return Problems.Invalid($"format '{format}': use json or csv").ToResult();
        var caller = RequestIdentity.Of(context);
        var last = before is null ? null : reads.Receipt(new(before));
        if (before is not null && last?.Identity != caller.Identity) return Problems.Invalid($"before '{before}' is no receipt of yours").ToResult();
        var page = reads.Receipts(caller.Identity, limit + 1, last);
        var shown = page.Take(limit).Select(ReceiptAnswer.Of).ToList();
        var next = page.Count > limit ? $"/v1/receipts?before={Uri.EscapeDataString(shown[^1].Id)}&limit={limit}&format={format}" : null;
        if (next is not null) context.Response.Headers.Link = $"<{next}>; rel=\"next\"";
        return format == "csv" ? Results.Text(ReceiptTable.Write(shown), ReceiptTable.ContentType) : Results.Ok(new ReceiptsAnswer(shown, next));
    }

    private static IResult Receipt(string id, HttpContext context, LedgerReads reads) =>
        reads.Receipt(new ReservationId(id)) is { } receipt && MayRead(receipt.Identity, context)
            ? Results.Ok(ReceiptAnswer.Of(receipt))
            : Problems.NotFound($"There is no receipt '{id}' of yours. A run has one when it has ended.").ToResult();

    private static IResult Refusals(HttpContext context, LedgerReads reads, int limit = DefaultLimit) => limit is < 1 or > LargestLimit
        ? Problems.Invalid(LimitRule).ToResult()
        : Results.Ok(new RefusalsAnswer([.. reads.Refusals(RequestIdentity.Of(context).Identity, limit).Select(RefusalAnswer.Of)]));

    private static IResult Refusal(string id, HttpContext context, LedgerReads reads) =>
        reads.Refusal(new RefusalId(id)) is { } refusal && MayRead(refusal.Identity, context)
            ? Results.Ok(RefusalAnswer.Of(refusal))
            : Problems.NotFound($"There is no refusal '{id}' of yours.").ToResult();

    /// <summary>Someone else's is answered like one that never was, so that ids give nothing away.</summary>
    private static bool MayRead(IdentityId? payer, HttpContext context)
    {
        var caller = RequestIdentity.Of(context);
        return payer == caller.Identity || caller.IsAdministrator;
    }
}
