using Stint.Core.Identities;
using Stint.Core.Leasing.Instructions;
using Stint.Core.Quota;
using Stint.Core.Quota.Purses;
using Stint.Core.Spaces;
using Stint.Hub.Engine;
using Stint.Hub.Store;
using Stint.Hub.Store.Instructions;
using Stint.Hub.Store.Ledgers;
using Stint.Hub.Texts;

namespace Stint.Hub.Billing.Purses;

/// <summary>Credits, ceilings, refunds and profiles under <c>/v1</c>. What changes a ledger is kept as an instruction first, then decided by the engine.</summary>
internal static class PurseEndpoints
{
    private const string KeyHeader = "Idempotency-Key";
    private const int LongestKey = 200;
    private static readonly TimeSpan DecidedWithin = TimeSpan.FromSeconds(5);

    public static void MapPurseReads(this RouteGroupBuilder v1)
    {
        v1.MapGet("/credits", Credits)
            .WithName("listCredits").WithSummary("Credits and boosts, in the order in which they pay: the caller's, or for administrators those of account=NAME.")
            .Produces<CreditsAnswer>().ProducesProblems(StatusCodes.Status404NotFound);
        v1.MapGet("/ceilings", (HttpContext context) => CeilingsAnswer.Of(QuotaSnapshot.Of(context)))
            .WithName("getCeilings").WithSummary("What the caller allows itself beyond the allowance and at single Spaces.")
            .Produces<CeilingsAnswer>();
        v1.MapGet("/spaces/{owner}/{name}/profile", Profile)
            .WithName("getSpaceProfile").WithSummary("For a Space's owner: how long each function takes, how often it overruns, and what to declare.")
            .Produces<ProfileAnswer>().ProducesProblems(StatusCodes.Status404NotFound);
    }

    public static void MapPurseWrites(this RouteGroupBuilder v1)
    {
        v1.MapPost("/credits", GrantAsync)
            .WithName("grantCredit").WithSummary("Administrators: grants GPU time beyond the plan, with a reason and an end. Sent again with the same Idempotency-Key it is granted once.")
            .Produces<CreditsAnswer>()
            .ProducesProblems(StatusCodes.Status400BadRequest, StatusCodes.Status404NotFound, StatusCodes.Status409Conflict, StatusCodes.Status503ServiceUnavailable);
        v1.MapDelete("/credits/{id}", WithdrawAsync)
            .WithName("withdrawCredit").WithSummary("Administrators: takes back what is neither spent nor held of a credit of account=NAME, for reason=TEXT.")
            .Produces<CreditsAnswer>()
            .ProducesProblems(StatusCodes.Status400BadRequest, StatusCodes.Status404NotFound, StatusCodes.Status503ServiceUnavailable);
        v1.MapPut("/ceilings", SetCeilingAsync)
            .WithName("setCeiling").WithSummary("Sets what the caller allows itself in a window beyond the allowance, or at one Space; null takes it away.")
            .Produces<CeilingsAnswer>()
            .ProducesProblems(StatusCodes.Status400BadRequest, StatusCodes.Status409Conflict, StatusCodes.Status503ServiceUnavailable);
        v1.MapPost("/receipts/{id}/refund", RefundAsync)
            .WithName("refund").WithSummary("Administrators: gives back what a run was charged, for a fault of the house. Once.")
            .Produces<ReceiptAnswer>()
            .ProducesProblems(StatusCodes.Status400BadRequest, StatusCodes.Status404NotFound, StatusCodes.Status409Conflict, StatusCodes.Status503ServiceUnavailable);
    }

    private static IResult Credits(HttpContext context, LedgerReads reads, Catalogue catalogue, LedgerClock clock, string? account = null)
    {
        var caller = RequestIdentity.Of(context);
        if (account is null) return Results.Ok(AnswerOf(reads, caller.Identity, clock));
        return caller.IsAdministrator && catalogue.FindAccount(account) is { } named
            ? Results.Ok(AnswerOf(reads, IdentityId.Of(named.Id), clock))
            : Unknown(account);
    }

    private static IResult Profile(string owner, string name, HttpContext context, Catalogue catalogue, MeasuredRuns runs)
    {
        var caller = RequestIdentity.Of(context);
        return SpaceId.TryParse($"{owner}/{name}", out var id) && catalogue.FindSpace(id) is { } space && (caller.IsAdministrator || caller.Account.Id == space.Owner)
            ? Results.Ok(SpaceProfile.Of(space.Id, runs))
            : Problems.NotFound($"There is no Space '{owner}/{name}' of yours.").ToResult();
    }

    private static async Task<IResult> GrantAsync(CreditRequest request, HttpContext context, LedgerReads reads, Catalogue catalogue, InstructionBox box, LedgerClock clock)
    {
        var caller = RequestIdentity.Of(context);
        if (!caller.IsAdministrator) return OnlyAdministrators();
        if (Problem(request) is { } problem) return Problems.Invalid(problem).ToResult();
        if (WhoseIs(request, catalogue) is not { } identity) return Unknown(request.Account ?? "");
        var key = context.Request.Headers[KeyHeader].ToString();
        if (key.Length > LongestKey) return Problems.Invalid($"{KeyHeader} has at most {LongestKey} characters").ToResult();
        var id = key.Length == 0 ? NewId.OfCredit() : NewId.OfCredit(caller.Account.Id, key);
        var ends = request.ExpiresAt is { } at ? Instant.From(at) : clock.Now + TimeSpan.FromSeconds((double)request.ExpiresInSeconds!.Value);
        var grant = new GrantCredit(
            identity, id, request.Kind == PurseShare.Word(CreditKind.Boost) ? CreditKind.Boost : CreditKind.Credit, new((long)(request.AmountSeconds * 1000)), ends,
            request.Reason!, caller.Account.Name);
        // An end reckoned from now is another one at the second try; the first one holds.
        return await DecideAsync(box, id.Value, grant, clock, context, other => request.ExpiresAt is null ? ((GrantCredit)other) with { ExpiresAt = default } : other)
            ?? Results.Ok(AnswerOf(reads, identity, clock, id));
    }

    private static async Task<IResult> WithdrawAsync(
        string id, HttpContext context, LedgerReads reads, Catalogue catalogue, InstructionBox box, LedgerClock clock, string? account = null, string? reason = null)
    {
        var caller = RequestIdentity.Of(context);
        if (!caller.IsAdministrator) return OnlyAdministrators();
        if (!IsReason(reason)) return Problems.Invalid(PurseTexts.ReasonRule).ToResult();
        var identity = account is null ? box.Find(id)?.Instruction.Identity : catalogue.FindAccount(account) is { } named ? IdentityId.Of(named.Id) : null;
        if (identity is not { } whose) return Problems.NotFound($"There is no credit '{id}'.").ToResult();
        return await DecideAsync(box, NewId.OfInstruction(), new WithdrawCredit(whose, new(id), reason!, caller.Account.Name), clock, context)
            ?? Results.Ok(AnswerOf(reads, whose, clock, new(id)));
    }

    private static async Task<IResult> SetCeilingAsync(CeilingRequest request, HttpContext context, LedgerReads reads, Catalogue catalogue, InstructionBox box, LedgerClock clock)
    {
        var caller = RequestIdentity.Of(context);
        if (request.LimitSeconds is < 0 or > 100_000_000) return Problems.Invalid("limitSeconds is 0 or more, or null").ToResult();
        if (request.Space is { } text && (request.SpaceId is not { } named || catalogue.FindSpace(named) is null)) return Problems.Invalid($"space '{text}' is none of this hub").ToResult();
        var space = request.SpaceId is { } asked ? catalogue.FindSpace(asked)!.Id : (SpaceId?)null;
        var limit = request.LimitSeconds is { } seconds ? new GpuTime((long)(seconds * 1000)) : (GpuTime?)null;
        return await DecideAsync(box, NewId.OfInstruction(), new SetCeiling(caller.Identity, space, limit), clock, context)
            ?? Results.Ok(CeilingsAnswer.Of(QuotaSnapshot.Take(reads, catalogue, caller.Identity, clock.Now)));
    }

    private static async Task<IResult> RefundAsync(string id, RefundRequest request, HttpContext context, LedgerReads reads, InstructionBox box, LedgerClock clock)
    {
        var caller = RequestIdentity.Of(context);
        if (!caller.IsAdministrator) return OnlyAdministrators();
        if (!IsReason(request.Reason)) return Problems.Invalid(PurseTexts.ReasonRule).ToResult();
        if (reads.Receipt(new(id)) is not { } receipt) return Problems.NotFound(PurseTexts.Problem(InstructionOutcome.ReceiptUnknown)!).ToResult();
        return await DecideAsync(box, NewId.OfInstruction(), new RefundCharge(receipt.Identity, receipt.Id, request.Reason!, caller.Account.Name), clock, context)
            ?? Results.Ok(ReceiptAnswer.Of(reads.Receipt(receipt.Id)!));
    }

    /// <summary>Null where it is done; else the problem.</summary>
    private static async Task<IResult?> DecideAsync(
        InstructionBox box, string id, Instruction instruction, LedgerClock clock, HttpContext context, Func<Instruction, Instruction>? same = null)
    {
        if (await box.GiveAsync(id, instruction, clock.Now, DecidedWithin, context.RequestAborted, same).ConfigureAwait(false) is not { } outcome)
            return (Problems.HubAtFault with { Status = StatusCodes.Status503ServiceUnavailable, Detail = PurseTexts.Undecided }).ToResult();
        if (PurseTexts.Problem(outcome) is not { } problem) return null;
        return (outcome switch
        {
            InstructionOutcome.AmountInvalid or InstructionOutcome.ExpiryInvalid => Problems.Invalid(problem),
            InstructionOutcome.CreditUnknown or InstructionOutcome.ReceiptUnknown => Problems.NotFound(problem),
            _ => Problems.Conflict(problem),
        }).ToResult();
    }

    private static string? Problem(CreditRequest request) => request switch
    {
        { Account: null, Sponsor: null } or { Account: not null, Sponsor: not null } => "name who gets it: account, or sponsor",
        { Sponsor: { } name } when !Account.IsName(name) => $"sponsor '{name}': {Account.NameRule}",
        { Kind: not (null or "boost" or "credit") } => $"kind '{request.Kind}': use boost or credit",
        { AmountSeconds: <= 0 or > 100_000_000 } => "amountSeconds is more than 0",
        { ExpiresAt: null, ExpiresInSeconds: null or <= 0 or > 100_000_000 } => "say when it ends: expiresInSeconds, or expiresAt",
        _ when !IsReason(request.Reason) => PurseTexts.ReasonRule,
        _ => null,
    };

    private static bool IsReason(string? text) => text is { Length: > 0 and <= PurseTexts.LongestReason } && !string.IsNullOrWhiteSpace(text);

    private static IdentityId? WhoseIs(CreditRequest request, Catalogue catalogue) => request.Sponsor is { } sponsor
        ? IdentityId.OfSponsor(sponsor)
        : catalogue.FindAccount(request.Account!) is { } account ? IdentityId.Of(account.Id) : null;

    private static CreditsAnswer AnswerOf(LedgerReads reads, IdentityId identity, LedgerClock clock, CreditId? only = null) => new(
        identity.Value, [.. CreditAnswer.Of(reads.Ledger(identity), clock.Now).Where(credit => only is not { } id || credit.Id == id.Value)]);

    private static IResult OnlyAdministrators() => (Problems.Forbidden with { Detail = "Only administrators of this hub may do this." }).ToResult();

    private static IResult Unknown(string account) => Problems.NotFound($"There is no account '{account}' that you may see.").ToResult();
}
