using Stint.Core.Identities;
using Stint.Hub.Engine;
using Stint.Hub.Layout;
using Stint.Hub.Store;

namespace Stint.Hub.Accounts.Own;

/// <summary>
/// An administrator's way to let someone choose a password, a first one or another: a form anywhere in the hub posts to
/// <see cref="Links.SetUpLinkOf"/> and is answered with a page that shows the new link once.
/// </summary>
internal sealed class SetUpLinkEndpoints(Catalogue catalogue, SetUpLinks links, HubCookie cookie, PageForms forms, LedgerClock clock, HubOptions options)
{
    public static void Map(IEndpointRouteBuilder app) =>
        app.MapPost("/accounts/{name}/set-up-link", (string name, HttpContext context, SetUpLinkEndpoints made) => made.CreateAsync(name, context)).DisableAntiforgery().ExcludeFromDescription();

    /// <summary>1 an administrator? 2 a form of ours? 3 an account of this name? Everyone else hears the same, whether or not there is such an account.</summary>
    private async Task<IResult> CreateAsync(string name, HttpContext context)
    {
        // 1
        if (cookie.Read(context) is not { Account: var visitor }) return Results.LocalRedirect(Links.SignIn(cause: "sign-in-needed"));
        if (visitor.Role != AccountRole.Administrator) return Pages.Notice("Only for administrators", AccountTexts.OnlyAdministrators, StatusCodes.Status403Forbidden);
        // 2
        if (await forms.ReadAsync(context).ConfigureAwait(false) is null) return Pages.Notice("No link was made", PageForms.TooOld, StatusCodes.Status400BadRequest);
        // 3
        return Account.IsName(name) && catalogue.FindAccount(name) is { } account && links.Create(account.Id, clock.Now) is { } secret
            ? Pages.Page<SetUpLinkPage>(new { account.Name, Link = new Uri(options.Url, SetUpLinks.PathOf(secret)), ExpiresAt = clock.Now + SetUpLinks.Lifetime })
            : Pages.Notice("No such account", "No account has this name.", StatusCodes.Status404NotFound);
    }
}
