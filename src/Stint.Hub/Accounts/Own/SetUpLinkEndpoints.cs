using Stint.Core.Identities;
using Stint.Hub.Engine;
using Stint.Hub.Layout;
using Stint.Hub.Store;

namespace Stint.Hub.Accounts.Own;

/// <summary>
/// An administrator's way to let someone choose a password, a first one or another: a page that asks, and one that shows the
/// new link once. A form anywhere in the hub may post to <see cref="Links.SetUpLinkOf"/> too.
/// </summary>
internal sealed class SetUpLinkEndpoints(Catalogue catalogue, SetUpLinks links, HubCookie cookie, PageForms forms, LedgerClock clock, HubOptions options)
{
    private const string Path = "/accounts/{name}/set-up-link";

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet(Path, (string name, HttpContext context, SetUpLinkEndpoints page) => page.Show(name, context)).ExcludeFromDescription();
        app.MapPost(Path, (string name, HttpContext context, SetUpLinkEndpoints page) => page.CreateAsync(name, context)).DisableAntiforgery().ExcludeFromDescription();
    }

    private IResult Show(string name, HttpContext context) => Closed(context) ?? (Find(name) is { } account ? Pages.Page<SetUpLinkPage>(new { account.Name }) : Missing());

    /// <summary>1 an administrator? 2 a form of ours? 3 an account of this name?</summary>
    private async Task<IResult> CreateAsync(string name, HttpContext context)
    {
        // 1
        if (Closed(context) is { } closed) return closed;
        // 2
        if (await forms.ReadAsync(context).ConfigureAwait(false) is null) return Pages.Notice("No link was made", PageForms.TooOld, StatusCodes.Status400BadRequest);
        // 3
        return Find(name) is { } account && links.Create(account.Id, clock.Now) is { } secret
            ? Pages.Page<SetUpLinkPage>(new { account.Name, Link = new Uri(options.Url, SetUpLinks.PathOf(secret)), ExpiresAt = clock.Now + SetUpLinks.Lifetime })
            : Missing();
    }

    /// <summary>Who is no administrator hears the same whether or not there is such an account.</summary>
    private IResult? Closed(HttpContext context)
    {
        if (cookie.Read(context) is not { Account: var visitor }) return Results.LocalRedirect(Links.SignIn(cause: "sign-in-needed"));
        return visitor.Role == AccountRole.Administrator ? null : Pages.Notice("Only for administrators", AccountTexts.OnlyAdministrators, StatusCodes.Status403Forbidden);
    }

    private Account? Find(string name) => Account.IsName(name) ? catalogue.FindAccount(name) : null;

    private static IResult Missing() => Pages.Notice("No such account", "No account has this name.", StatusCodes.Status404NotFound);
}
