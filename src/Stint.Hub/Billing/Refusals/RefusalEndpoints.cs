using Stint.Core.Identities;
using Stint.Core.Leasing.Instructions;
using Stint.Core.Quota;
using Stint.Core.Spaces;
using Stint.Hub.Engine;
using Stint.Hub.Layout;
using Stint.Hub.Store;
using Stint.Hub.Store.Instructions;
using Stint.Hub.Store.Ledgers;
using Stint.Hub.Texts;
using Stint.Hub.Texts.Refusals;

namespace Stint.Hub.Billing.Refusals;

/// <summary>
/// The pages of refusals. One of an account opens for that account and for administrators. One of nobody, or of an anonymous
/// visitor, opens for whoever has its id: nobody can guess that, and there is no other way to tell whose it is. What was turned
/// away at a Space's address was never kept; its page is made of the cause alone.
/// </summary>
internal sealed class RefusalEndpoints(Catalogue catalogue, LedgerReads reads, LedgerClock clock, HubCookie cookie, PageForms forms, InstructionBox box)
{
    private const int LongestId = 100;
    private static readonly TimeSpan DecidedWithin = TimeSpan.FromSeconds(5);

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet("/refusals/{id}", (string id, HttpContext context, RefusalEndpoints refusals) => refusals.Show(id, context)).ExcludeFromDescription();
        app.MapPost("/refusals/{id}/ceiling", (string id, HttpContext context, RefusalEndpoints refusals) => refusals.RaiseAsync(id, context)).ExcludeFromDescription();
        app.MapGet("/refusals/at/{owner}/{name}/{cause}", (string owner, string name, string cause, HttpContext context, RefusalEndpoints refusals) =>
            refusals.ShowTurnedAway($"{owner}/{name}", cause, context)).ExcludeFromDescription();
    }

    private IResult Show(string id, HttpContext context)
    {
        var reader = cookie.Read(context)?.Account;
        if (Find(id, reader) is not { } refusal) return Closed(id, reader);
        var account = refusal.Identity?.Account is { } payer ? catalogue.FindAccount(payer)?.Name : null;
        return Pages.Page<RefusalPage>(new { View = Telling.Of(refusal, account, reader, LiveOf(refusal), CeilingFor(refusal, reader)) });
    }

    /// <summary>Anyone may open it: it tells of a cause, and of nobody but its reader.</summary>
    private IResult ShowTurnedAway(string name, string cause, HttpContext context)
    {
        var reader = cookie.Read(context)?.Account;
        return SpaceId.TryParse(name, out var space) && DoorTexts.Find(cause) is { } known
            ? Pages.Page<RefusalPage>(new { View = Telling.Of(known, space, reader) })
            : Closed("", reader);
    }

    /// <summary>The one who set a ceiling raises it to where the same run fits, and is shown the refusal again.</summary>
    private async Task<IResult> RaiseAsync(string id, HttpContext context)
    {
        var reader = cookie.Read(context)?.Account;
        if (await forms.ReadAsync(context).ConfigureAwait(false) is null) return Pages.Notice(PageTexts.MissingTitle, PageForms.TooOld, StatusCodes.Status400BadRequest);
        if (Find(id, reader) is not { } refusal || CeilingFor(refusal, reader) is not { } ceiling) return Closed(id, reader);
        var space = refusal.Reasons.Any(reason => reason.Cause == RefusalCause.SpaceCeilingReached) ? refusal.Function.Space : (SpaceId?)null;
        var instruction = NewId.OfInstruction();
        box.Keep(instruction, new SetCeiling(refusal.Identity!.Value, space, ceiling), clock.Now);
        await box.DecisionAsync(instruction, DecidedWithin, context.RequestAborted).ConfigureAwait(false);
        return Results.LocalRedirect(Links.Refusal(refusal.Id));
    }

    /// <summary>Null for one that never was and for someone else's alike.</summary>
    private Refusal? Find(string id, Account? reader) =>
        id.Length <= LongestId && reads.Refusal(new(id)) is { } refusal && MayOpen(refusal, reader) ? refusal : null;

    private static bool MayOpen(Refusal refusal, Account? reader) =>
        refusal.Identity?.Account is not { } payer || (reader is not null && (reader.Id == payer || reader.Role == AccountRole.Administrator));

    /// <summary>Someone else's is answered like one that never was, so that ids give nothing away.</summary>
    private static IResult Closed(string id, Account? reader) => reader is null
        ? Pages.Notice(PageTexts.NeedsSignInTitle, PageTexts.NeedsSignIn, StatusCodes.Status404NotFound, id.Length is > 0 and <= LongestId ? Links.Refusal(new(Uri.EscapeDataString(id))) : null)
        : Pages.Notice(PageTexts.MissingTitle, PageTexts.Missing(reader.Name), StatusCodes.Status404NotFound);

    /// <summary>What the same request would be told now, by the read that the gate decides by.</summary>
    private LiveQuote? LiveOf(Refusal refusal)
    {
        if (refusal.Identity is not { } identity || catalogue.FindSpace(refusal.Function.Space) is not { } space) return null;
        var snapshot = QuotaSnapshot.Take(reads, catalogue, identity, clock.Now);
        var pool = reads.Pool(identity, PoolReading.MostOpen);
        var answer = Quoted(refusal.Function);
        var fitting = pool.Slots.Where(slot => slot.Fits(refusal.Function.Size)).ToList();
        return new(answer, Shorter(answer, refusal) is { } fits && Quoted(refusal.Function with { DeclaredMilliseconds = fits.InMilliseconds() }).Admitted ? fits : null,
            PageTexts.Pool(fitting, pool.Waiting), fitting.Any(slot => slot.Serves));

        QuoteAnswer Quoted(FunctionKey function) => Quote.Of(snapshot, reads, reads.History(function), pool, space, function);
    }

    /// <summary>The longest whole seconds that what is left holds, everywhere it has to fit; null where that is not what is wanting.</summary>
    private static TimeSpan? Shorter(QuoteAnswer answer, Refusal refusal)
    {
        if (answer.Admitted || answer.Reasons.Any(reason => (reason.LeftSeconds ?? reason.LimitSeconds) is null)) return null;
        var least = answer.Reasons.Select(reason => (reason.LeftSeconds ?? reason.LimitSeconds)!.Value).Append(answer.Payer.LeftSeconds).Min();
        var seconds = Math.Floor(refusal.Weight.Lasts(new GpuTime((long)(least * 1000))).TotalSeconds);
        return seconds >= 1 ? TimeSpan.FromSeconds(seconds) : null;
    }

    /// <summary>The ceiling under which what was refused for it fits; null where another than the reader has to set it, or none stands in the way now.</summary>
    private GpuTime? CeilingFor(Refusal refusal, Account? reader)
    {
        if (reader is null || refusal.Identity?.Account != reader.Id) return null;
        if (refusal.Reasons.FirstOrDefault(reason => reason.Cause is RefusalCause.CeilingReached or RefusalCause.SpaceCeilingReached) is not { Required: { } required, Left: { } left } reason) return null;
        var ceilings = reads.Ledger(refusal.Identity.Value).Ceilings;
        var now = reason.Cause == RefusalCause.CeilingReached ? ceilings.Beyond : ceilings.Of(refusal.Function.Space);
        var then = reason.Cause == RefusalCause.CeilingReached ? ceilings.Beyond : reason.Limit;
        // Raised since, or taken away: then it is something else that stands in the way.
        return now is { } set && then is { } was && set <= was ? set + GpuTime.Less(required, left) : null;
    }
}
