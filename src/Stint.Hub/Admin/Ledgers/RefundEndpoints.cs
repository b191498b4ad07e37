using Stint.Core.Identities;
using Stint.Core.Leasing.Instructions;
using Stint.Core.Quota;
using Stint.Hub.Admin.Slots;
using Stint.Hub.Engine;
using Stint.Hub.Layout;
using Stint.Hub.Store;
using Stint.Hub.Store.Instructions;
using Stint.Hub.Store.Ledgers;
using Stint.Hub.Texts;

namespace Stint.Hub.Admin.Ledgers;

/// <param name="Asked">The id that was asked for; empty where none was.</param>
/// <param name="Chosen">Its receipt; null where there is none.</param>
public sealed record RefundView(string Asked, Receipt? Chosen, IReadOnlyList<Receipt> Latest, Func<IdentityId, string> NameOf);

/// <summary>Charges given back for a fault of the house: the receipt is looked at first, and a reason given.</summary>
internal static class RefundEndpoints
{
    private const int Shown = 50;
    private const int LongestId = 100;
    private static readonly TimeSpan DecidedWithin = TimeSpan.FromSeconds(5);

    public static void MapRefunds(this IEndpointRouteBuilder rooms)
    {
        rooms.MapGet(AdminPaths.Refunds, (LedgerReads reads, Catalogue catalogue, string? receipt) => Page(reads, catalogue, receipt ?? ""));
        rooms.MapPost(AdminPaths.Refunds, GiveAsync);
    }

    private static async Task<IResult> GiveAsync(HttpContext context, LedgerReads reads, Catalogue catalogue, InstructionBox box, LedgerClock clock)
    {
        var by = Administrator.Of(context);
        var asked = by.Field("receipt");
        if (Find(reads, asked) is not { } receipt) return Page(reads, catalogue, asked);
        if (by.Field("reason") is not { Length: > 0 and <= PurseTexts.LongestReason } reason) return Page(reads, catalogue, asked, problem: PurseTexts.ReasonRule);
        var refund = new RefundCharge(receipt.Identity, receipt.Id, reason, by.Account.Name);
        var outcome = await box.GiveAsync(NewId.OfInstruction(), refund, clock.Now, DecidedWithin, context.RequestAborted).ConfigureAwait(false);
        return outcome switch
        {
            InstructionOutcome.Done => Page(reads, catalogue, asked, done: $"{Amounts.Of(receipt.Charged)} came back."),
            InstructionOutcome.AlreadyDone => Page(reads, catalogue, asked, problem: "This charge came back before; nothing was changed."),
            null => Page(reads, catalogue, asked, problem: PurseTexts.Undecided),
            { } decided => Page(reads, catalogue, asked, problem: PurseTexts.Problem(decided)),
        };
    }

    private static IResult Page(LedgerReads reads, Catalogue catalogue, string asked, string? done = null, string? problem = null)
    {
        var chosen = Find(reads, asked);
        if (asked.Length > 0 && chosen is null) problem ??= PurseTexts.Problem(InstructionOutcome.ReceiptUnknown);
        return Pages.Page<RefundPage>(
            new { View = new RefundView(asked, chosen, reads.Receipts(null, Shown), OverviewEndpoints.Names(catalogue)), Done = done, Problem = problem },
            problem is null ? StatusCodes.Status200OK : StatusCodes.Status422UnprocessableEntity);
    }

    private static Receipt? Find(LedgerReads reads, string id) => id.Length is > 0 and <= LongestId ? reads.Receipt(new(id)) : null;
}
