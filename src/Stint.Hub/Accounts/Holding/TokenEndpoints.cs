using Stint.Core.Identities;
using Stint.Core.Quota;
using Stint.Hub.Engine;
using Stint.Hub.Layout;
using Stint.Hub.Store;
using Stint.Hub.Tokens;

namespace Stint.Hub.Accounts.Holding;

/// <summary>An account's access tokens at one moment, and what a form that was sent came to.</summary>
/// <param name="Working">Newest first.</param>
/// <param name="Over">Revoked or expired, newest first; the latest few.</param>
public sealed record TokensView(IReadOnlyList<HeldToken> Working, IReadOnlyList<HeldToken> Over, TokenForm Form, Instant Now)
{
    /// <summary>The one that was made this moment, with its text, which is nowhere else.</summary>
    public (HeldToken Token, string Text)? Made { get; init; }

    public string? Problem { get; init; }

    /// <summary>True where one was revoked just now.</summary>
    public bool Revoked { get; init; }
}

/// <summary>The page of one's own access tokens: made and revoked by whoever is signed in, never by a token.</summary>
internal sealed class TokenEndpoints(AccessTokens tokens, Catalogue catalogue, HubCookie cookie, PageForms forms, LedgerClock clock)
{
    private const int MostOverShown = 20;
    private const string RevokedWord = "revoked";

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet(Links.AccessTokens, (HttpContext context, TokenEndpoints page, string? done = null) => page.Show(context, done)).ExcludeFromDescription();
        app.MapPost(Links.AccessTokens, (HttpContext context, TokenEndpoints page) => page.CreateAsync(context)).DisableAntiforgery().ExcludeFromDescription();
        app.MapPost(Links.AccessTokens + "/{id}/revoke", (string id, HttpContext context, TokenEndpoints page) => page.RevokeAsync(id, context)).DisableAntiforgery().ExcludeFromDescription();
    }

    private IResult Show(HttpContext context, string? done) => cookie.Read(context) is { } visitor
        ? Page(ViewOf(visitor.Account) with { Revoked = done == RevokedWord })
        : SignIn();

    /// <summary>1 signed in? 2 a form of ours? 3 one that says what there is? Then the only answer that ever shows the token's text.</summary>
    private async Task<IResult> CreateAsync(HttpContext context)
    {
        // 1
        if (cookie.Read(context) is not { Account: var account }) return SignIn();
        // 2
        if (await forms.ReadAsync(context).ConfigureAwait(false) is not { } fields)
            return Page(ViewOf(account) with { Problem = PageForms.TooOld }, StatusCodes.Status400BadRequest);
        // 3
        var form = TokenForm.Of(fields);
        var (grant, lifetime, problem) = form.Read(account, catalogue);
        if (grant is null) return Page(ViewOf(account) with { Form = form, Problem = problem }, StatusCodes.Status422UnprocessableEntity);
        var now = clock.Now;
        var (outcome, token, text) = tokens.Create(account.Id, form.Name, grant, now, lifetime is { } span ? now + span : null);
        return outcome switch
        {
            CreateTokenOutcome.Created => Page(ViewOf(account) with { Made = (token!, text!) }),
            CreateTokenOutcome.TooMany => Refused($"You hold {AccessTokens.MostHeld} tokens that work, the most there may be. Revoke one first."),
            CreateTokenOutcome.Invalid => Refused("This token cannot be made as it was asked for."),
            CreateTokenOutcome.AccountUnknown => SignIn(),
        };

        IResult Refused(string why) => Page(ViewOf(account) with { Form = form, Problem = why }, StatusCodes.Status422UnprocessableEntity);
    }

    /// <summary>Someone else's is answered like one that never was.</summary>
    private async Task<IResult> RevokeAsync(string id, HttpContext context)
    {
        if (cookie.Read(context) is not { Account: var account }) return SignIn();
        if (await forms.ReadAsync(context).ConfigureAwait(false) is null)
            return Page(ViewOf(account) with { Problem = PageForms.TooOld }, StatusCodes.Status400BadRequest);
        if (!tokens.List(account.Id).Any(token => token.Id == id)) return Pages.Notice("No such token", "There is no access token of yours by this id.", StatusCodes.Status404NotFound);
        tokens.Revoke(id, clock.Now);
        return Results.LocalRedirect($"{Links.AccessTokens}?done={RevokedWord}");
    }

    private TokensView ViewOf(Account account)
    {
        var now = clock.Now;
        var held = tokens.List(account.Id).ToLookup(token => token.IsOver(now));
        return new([.. held[false]], [.. held[true].Take(MostOverShown)], TokenForm.Empty, now);
    }

    private static IResult Page(TokensView view, int status = StatusCodes.Status200OK) => Pages.Page<TokensPage>(new { View = view }, status);

    private static IResult SignIn() => Results.LocalRedirect(Links.SignIn(Links.AccessTokens, "sign-in-needed"));
}
