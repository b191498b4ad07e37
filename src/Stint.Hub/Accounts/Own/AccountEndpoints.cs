using System.Globalization;
using Stint.Core.Identities;
using Stint.Core.Plans;
using Stint.Hub.Engine;
using Stint.Hub.Layout;
using Stint.Hub.Store;
using Stint.Hub.Store.Alerts;
using Stint.Hub.Texts;
using Stint.Hub.Tokens;

namespace Stint.Hub.Accounts.Own;

/// <summary>One's own account at one moment, and what a form that was sent came to.</summary>
/// <param name="HasPassword">False for someone who signed in before there was one to change.</param>
public sealed record AccountView(Account Account, Plan Plan, bool HasPassword)
{
    public string? Problem { get; init; }

    /// <summary>What was done just now, as a sentence.</summary>
    public string? Done { get; init; }

    /// <summary>Where the account's own alerts go; null where nowhere.</summary>
    public Webhook? Webhook { get; init; }

    /// <summary>True where the password was changed just now.</summary>
    public bool Changed { get; init; }
}

/// <summary>The page of one's own account: who one is here, the password, and signing out everywhere.</summary>
internal sealed class AccountEndpoints(
    Catalogue catalogue, Passwords passwords, Sessions sessions, SignInThrottle throttle, HubCookie cookie, PageForms forms, LedgerClock clock, PersonalWebhooks webhooks)
{
    private const string ChangedWord = "password";

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet(Links.Account, (HttpContext context, AccountEndpoints page, string? done = null) => page.Show(context, done)).ExcludeFromDescription();
        app.MapPost(Links.Account + "/password", (HttpContext context, AccountEndpoints page) => page.ChangePasswordAsync(context)).DisableAntiforgery().ExcludeFromDescription();
        app.MapPost(Links.Account + "/sign-out-everywhere", (HttpContext context, AccountEndpoints page) => page.SignOutEverywhereAsync(context)).DisableAntiforgery().ExcludeFromDescription();
    }

    private IResult Show(HttpContext context, string? done) => cookie.Read(context) is { } visitor
        ? Page(ViewOf(visitor.Account) with { Changed = done == ChangedWord })
        : SignIn();

    /// <summary>
    /// 1 signed in, and a form of ours? 2 the same new password twice, and one that may be? 3 not tried too often? 4 the present
    /// one, when it is its turn? Then every session ends, for somebody else may know the old one; this browser begins a new one.
    /// </summary>
    private async Task<IResult> ChangePasswordAsync(HttpContext context)
    {
        // 1
        if (cookie.Read(context) is not { Account: var account }) return SignIn();
        if (await forms.ReadAsync(context).ConfigureAwait(false) is not { } form) return Refused(PageForms.TooOld, StatusCodes.Status400BadRequest);
        // 2
        var (present, fresh) = (form["present"].ToString(), form["password"].ToString());
        if (fresh != form["again"].ToString()) return Refused(AccountTexts.Differ);
        if (Passwords.Problem(fresh) is { } problem) return Refused(AccountTexts.Sentence(problem));
        // 3
        var address = RequestIdentity.OfNetwork(context.Connection.RemoteIpAddress).Network;
        if (throttle.Enter(address, account.Name) is { } wait)
        {
            context.Response.Headers.RetryAfter = Math.Max(1, (long)Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
            return Refused(SignInTexts.TooOften(wait), StatusCodes.Status429TooManyRequests);
        }

        // 4
        var isRight = false;
        if (!await throttle.InTurnAsync(() => isRight = passwords.Verify(account.Name, present)?.Id == account.Id, context.RequestAborted).ConfigureAwait(false))
            return Refused(SignInTexts.Crowded, StatusCodes.Status503ServiceUnavailable);
        if (!isRight) return Refused(AccountTexts.WrongPresent);
        throttle.Succeeded(address, account.Name);
        passwords.Set(account.Id, fresh, clock.Now);
        return cookie.SignIn(context, account.Id) ? Results.LocalRedirect($"{Links.Account}?done={ChangedWord}") : SignIn();

        IResult Refused(string why, int status = StatusCodes.Status422UnprocessableEntity) => Page(ViewOf(account) with { Problem = why }, status);
    }

    private async Task<IResult> SignOutEverywhereAsync(HttpContext context)
    {
        if (cookie.Read(context) is not { Account: var account }) return SignIn();
        if (await forms.ReadAsync(context).ConfigureAwait(false) is null) return Page(ViewOf(account) with { Problem = PageForms.TooOld }, StatusCodes.Status400BadRequest);
        sessions.EndAll(account.Id, clock.Now);
        cookie.SignOut(context);
        return Results.LocalRedirect(Links.SignIn(cause: "sign-in-ended"));
    }

    public AccountView ViewOf(Account account) =>
        new(account, catalogue.PlanOf(IdentityId.Of(account.Id)), catalogue.PasswordHash(account.Id) is not null) { Webhook = webhooks.Find(account.Id) };

    public static IResult Page(AccountView view, int status = StatusCodes.Status200OK) => Pages.Page<AccountPage>(new { View = view }, status);

    private static IResult SignIn() => Results.LocalRedirect(Links.SignIn(Links.Account, "sign-in-needed"));
}
