using System.Globalization;
using Stint.Core.Identities;
using Stint.Core.Leasing.Instructions;
using Stint.Core.Quota;
using Stint.Core.Quota.Purses;
using Stint.Core.Spaces;
using Stint.Hub.Billing.Purses;
using Stint.Hub.Engine;
using Stint.Hub.Layout;
using Stint.Hub.Store;
using Stint.Hub.Store.Instructions;
using Stint.Hub.Store.Ledgers;
using Stint.Hub.Texts;

namespace Stint.Hub.Billing.Limits;

/// <summary>What one allows oneself and what pays beyond the allowance, at one moment.</summary>
/// <param name="Spaces">Ceilings for single Spaces, with what was used under each.</param>
/// <param name="Sponsored">Spaces where somebody else pays when one's own purses end.</param>
/// <param name="Known">Names of Spaces that a ceiling may be set for; the first few.</param>
public sealed record LimitsView(
    QuotaSnapshot Quota, IReadOnlyList<CapReading> Spaces, IReadOnlyList<(SpaceId Space, string Sponsor)> Sponsored, IReadOnlyList<SpaceId> Known)
{
    public IReadOnlyList<CreditAnswer> Credits => CreditAnswer.Of(Quota.Ledger, Quota.Now);

    /// <summary>Spent and held beyond the allowance in the open window.</summary>
    public GpuTime BeyondUsed => Quota.Ledger.BeyondIn(Quota.Ledger.OpenWindow(Quota.Now));

    public string? Problem { get; init; }

    /// <summary>True where a ceiling was set or taken away just now.</summary>
    public bool Done { get; init; }
}

/// <summary>The page of one's own ceilings and credits. What it sets goes the way of <c>PUT /v1/ceilings</c>: kept first, then decided by the engine.</summary>
internal sealed class LimitEndpoints(Catalogue catalogue, LedgerReads reads, InstructionBox box, HubCookie cookie, PageForms forms, LedgerClock clock)
{
    /// <summary>Spaces that are named on the page; any other may be written.</summary>
    private const int MostNamed = 200;

    private const decimal MostMinutes = 1_000_000;
    private const string DoneWord = "ceiling";
    private static readonly TimeSpan DecidedWithin = TimeSpan.FromSeconds(5);

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet(Links.Limits, (HttpContext context, LimitEndpoints page, string? done = null) => page.Show(context, done)).ExcludeFromDescription();
        app.MapPost(Links.Limits, (HttpContext context, LimitEndpoints page) => page.SetAsync(context)).DisableAntiforgery().ExcludeFromDescription();
    }

    private IResult Show(HttpContext context, string? done) => cookie.Read(context) is { } visitor ? Page(ViewOf(visitor.Account) with { Done = done == DoneWord }) : SignIn();

    /// <summary>1 signed in, and a form of ours? 2 an amount and, where one is named, a Space that there is? Then it is asked of the ledger.</summary>
    private async Task<IResult> SetAsync(HttpContext context)
    {
        // 1
        if (cookie.Read(context) is not { Account: var account }) return SignIn();
        if (await forms.ReadAsync(context).ConfigureAwait(false) is not { } form) return Refused(PageForms.TooOld, StatusCodes.Status400BadRequest);
        // 2
        var limit = form["take-away"].Count > 0 ? null : LimitOf(form["minutes"].ToString());
        if (limit is null && form["take-away"].Count == 0) return Refused("Give the ceiling in minutes of GPU time: 0 or more.");
        var name = form["space"].ToString().Trim();
        SpaceId? space = null;
        if (form["space"].Count > 0)
        {
            if (!SpaceId.TryParse(name, out var named) || catalogue.FindSpace(named) is not { } found || !found.IsOpenTo(account)) return Refused($"There is no Space '{(name.Length <= 100 ? name : name[..100])}' that you may open.");
            space = found.Id;
        }

        var id = NewId.OfInstruction();
        box.Keep(id, new SetCeiling(IdentityId.Of(account.Id), space, limit), clock.Now);
        return await box.DecisionAsync(id, DecidedWithin, context.RequestAborted).ConfigureAwait(false) switch
        {
            null => Refused("The hub keeps what you asked for and has not decided it yet; look again in a moment.", StatusCodes.Status503ServiceUnavailable),
            { } outcome when PurseTexts.Problem(outcome) is { } problem => Refused(problem, StatusCodes.Status409Conflict),
            _ => Results.LocalRedirect($"{Links.Limits}?done={DoneWord}"),
        };

        IResult Refused(string why, int status = StatusCodes.Status422UnprocessableEntity) => Page(ViewOf(account) with { Problem = why }, status);
    }

    private LimitsView ViewOf(Account account)
    {
        var identity = IdentityId.Of(account.Id);
        var quota = QuotaSnapshot.Take(reads, catalogue, identity, clock.Now);
        var open = catalogue.Spaces().Where(space => space.IsOpenTo(account)).ToList();
        return new(
            quota,
            [.. quota.Ledger.Ceilings.Spaces.Select(ceiling => Cap.OfSpace(identity, ceiling.Space, ceiling.Limit)).Select(cap => reads.Ledger(cap.Ledger).Under.Read(cap, quota.Now))],
            [.. open.Where(space => space.Sponsor is not null).Take(MostNamed).Select(space => (space.Id, space.Sponsor!))],
            [.. open.Take(MostNamed).Select(space => space.Id)]);
    }

    private static GpuTime? LimitOf(string text) =>
        decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var minutes) && minutes is >= 0 and <= MostMinutes ? new GpuTime((long)(minutes * 60_000)) : null;

    private static IResult Page(LimitsView view, int status = StatusCodes.Status200OK) => Pages.Page<LimitsPage>(new { View = view }, status);

    private static IResult SignIn() => Results.LocalRedirect(Links.SignIn(Links.Limits, "sign-in-needed"));
}
