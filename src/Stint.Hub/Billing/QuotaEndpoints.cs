using Stint.Core.Leasing;
using Stint.Core.Quota;
using Stint.Core.Spaces;
using Stint.Hub.Store;
using Stint.Hub.Store.Ledgers;
using Stint.Hub.Texts;

namespace Stint.Hub.Billing;

/// <summary>What is asked for in a quote.</summary>
/// <param name="Space"><c>OWNER/NAME</c>.</param>
/// <param name="Endpoint">The function's Gradio endpoint, <c>/predict</c>: known ones are quoted by what they took before.</param>
/// <param name="DurationSeconds">The declared duration; without it, what a function that declares none is taken to declare.</param>
/// <param name="GpuSize"><c>large</c> or <c>xlarge</c>; without it, <c>large</c>.</param>
public sealed record QuoteRequest(string? Space, string? Endpoint = null, decimal? DurationSeconds = null, string? GpuSize = null);

/// <summary>Reads of the caller's quota, and what a run would cost.</summary>
internal static class QuotaEndpoints
{
    private const int LongestName = 200;

    public static void MapQuota(this RouteGroupBuilder v1)
    {
        v1.MapGet("/quota", Quota)
            .WithName("getQuota").WithSummary("The caller's quota: allowance, spent, reserved and left, purse by purse, and what holds it.")
            .Produces<QuotaAnswer>();
        v1.MapPost("/quote", QuoteFor)
            .WithName("quote").WithSummary("What a run would be told now: admitted or every reason against it, its cost, the expected wait. Reserves nothing.")
            .Produces<QuoteAnswer>()
            .ProducesProblems(StatusCodes.Status400BadRequest, StatusCodes.Status404NotFound);
    }

    private static QuotaAnswer Quota(HttpContext context)
    {
        var caller = RequestIdentity.Of(context);
        return QuotaAnswer.Of(QuotaSnapshot.Of(context), caller.Account, EvidenceTexts.Of(caller.Evidence));
    }

    private static IResult QuoteFor(QuoteRequest request, HttpContext context, LedgerReads reads, Catalogue catalogue)
    {
        if (Problem(request) is { } problem) return Problems.Invalid(problem).ToResult();
        var caller = RequestIdentity.Of(context);
        if (catalogue.FindSpace(SpaceId.Parse(request.Space!)) is not { } space || !space.IsOpenTo(caller.Account))
            return Problems.NotFound($"There is no Space '{request.Space}' that you may use.").ToResult();
        var function = FunctionOf(space.Id, request);
        var snapshot = QuotaSnapshot.Of(context);
        var pool = reads.Pool(snapshot.Identity, PoolReading.MostOpen);
        return Results.Ok(Quote.Of(snapshot, reads, reads.History(function), pool, space, function));
    }

    /// <summary>What is wrong with a request for a quote, as a sentence that says what to do; null when nothing is.</summary>
    private static string? Problem(QuoteRequest request) => request switch
    {
        _ when !SpaceId.TryParse(request.Space, out _) => $"space '{request.Space}': {SpaceId.Rule}",
        { Endpoint.Length: > LongestName } => "endpoint is too long to be one",
        { DurationSeconds: { } asked } when asked <= 0 || asked > (decimal)Window.Length.TotalSeconds =>
            $"durationSeconds is more than 0 and at most {(long)Window.Length.TotalSeconds}",
        _ when SizeOf(request.GpuSize) is null => $"gpuSize '{request.GpuSize}': use {Amounts.Of(SlotSize.Large)} or {Amounts.Of(SlotSize.XLarge)}",
        _ => null,
    };

    private static FunctionKey FunctionOf(SpaceId space, QuoteRequest request)
    {
        var endpoint = request.Endpoint is null or "" ? "" : "/" + request.Endpoint.TrimStart('/');
        var declared = request.DurationSeconds is { } seconds ? (long)Math.Ceiling(seconds * 1000) : FunctionKey.DeclaredByDefault.InMilliseconds();
        return new(space, endpoint, SizeOf(request.GpuSize)!.Value, declared);
    }

    private static SlotSize? SizeOf(string? text) =>
        text is null ? SlotSize.Large : Enum.GetValues<SlotSize>().Cast<SlotSize?>().FirstOrDefault(size => Amounts.Of(size!.Value) == text);
}
