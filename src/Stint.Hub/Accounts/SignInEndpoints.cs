using System.Globalization;
using Stint.Core.Identities;
using Stint.Hub.Layout;
using Stint.Hub.Texts;

namespace Stint.Hub.Accounts;

/// <summary>Signing in with a password, and out again.</summary>
internal static class SignInEndpoints
{
    public static void MapSignIn(this IEndpointRouteBuilder app)
    {
        app.MapGet(Visit.SignIn, Show).ExcludeFromDescription();
        app.MapPost(Visit.SignIn, SignInAsync).DisableAntiforgery().ExcludeFromDescription();
        app.MapPost(Links.SignOut, SignOutAsync).DisableAntiforgery().ExcludeFromDescription();
    }

    private static IResult Show(HttpContext context, HubCookie cookie, SpaceAddress addressOf, string? next = null, string? cause = null) =>
        cookie.Read(context) is not null && next is not null && cause is null
            ? Results.LocalRedirect(Visit.LocalPath(next))
            : Page(Visit.LocalPath(next), addressOf, StatusCodes.Status200OK, cause: SignInTexts.Cause(cause));

    /// <summary>
    /// 1 a form of ours? 2 not tried too often? 3 a name and its password, when it is their turn? Then a session that is new, whatever was signed in
    /// before. An account that nobody has and a wrong password read alike and take as long.
    /// </summary>
    private static async Task<IResult> SignInAsync(
        HttpContext context, PageForms forms, SignInThrottle throttle, Passwords passwords, HubCookie cookie, SpaceAddress addressOf)
    {
        // 1
        if (await forms.ReadAsync(context).ConfigureAwait(false) is not { } form)
            return Page("/", addressOf, StatusCodes.Status400BadRequest, problem: PageForms.TooOld);
        var (name, password, next) = (form["username"].ToString().Trim(), form["password"].ToString(), Visit.LocalPath(form["next"]));
        // 2
        var address = RequestIdentity.OfNetwork(context.Connection.RemoteIpAddress).Network;
        if (throttle.Enter(address, name) is { } wait)
        {
            context.Response.Headers.RetryAfter = Math.Max(1, (long)Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
            return Page(next, addressOf, StatusCodes.Status429TooManyRequests, name, SignInTexts.TooOften(wait));
        }

        // 3
        Account? account = null;
        if (!await throttle.InTurnAsync(() => account = passwords.Verify(name, password), context.RequestAborted).ConfigureAwait(false))
        {
            context.Response.Headers.RetryAfter = SignInThrottle.LongestTurn.TotalSeconds.ToString(CultureInfo.InvariantCulture);
            return Page(next, addressOf, StatusCodes.Status503ServiceUnavailable, name, SignInTexts.Crowded);
        }

        if (account is null || !cookie.SignIn(context, account.Id))
            return Page(next, addressOf, StatusCodes.Status422UnprocessableEntity, name, SignInTexts.Wrong);
        throttle.Succeeded(address, name);
        return Results.LocalRedirect(next);
    }

    private static async Task<IResult> SignOutAsync(HttpContext context, PageForms forms, HubCookie cookie)
    {
        if (await forms.ReadAsync(context).ConfigureAwait(false) is null) return Pages.Notice("You are still signed in", PageForms.TooOld, StatusCodes.Status400BadRequest);
        cookie.SignOut(context);
        return Results.LocalRedirect("/");
    }

    /// <summary>Who signs in on the way to a Space is led on to its address by the same form.</summary>
    private static IResult Page(string next, SpaceAddress addressOf, int status, string name = "", string? problem = null, string? cause = null) => Pages.Page<SignInPage>(
        new { Next = next, Name = name.Length <= LongestShown ? name : "", Problem = problem, Cause = cause }, status,
        leadsTo: Visit.SpaceOf(next) is { } space ? addressOf(space) : null);

    private const int LongestShown = 64;
}
