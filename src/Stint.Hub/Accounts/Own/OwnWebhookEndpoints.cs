using Stint.Core.Identities;
using Stint.Hub.Alerts.Webhooks;
using Stint.Hub.Layout;
using Stint.Hub.Store.Alerts;

namespace Stint.Hub.Accounts.Own;

/// <summary>The address that somebody names for their own alerts: set, tried, taken away, from the page of their account.</summary>
internal sealed class OwnWebhookEndpoints(PersonalWebhooks webhooks, PersonalSending sending, AccountEndpoints page, HubCookie cookie, PageForms forms)
{
    public const string Path = Links.Account + "/webhook";

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapPost(Path, (HttpContext context, OwnWebhookEndpoints own) => own.ChangeAsync(context, own.Set)).DisableAntiforgery().ExcludeFromDescription();
        app.MapPost(Path + "/off", (HttpContext context, OwnWebhookEndpoints own) => own.ChangeAsync(context, own.TakeAway)).DisableAntiforgery().ExcludeFromDescription();
        app.MapPost(Path + "/test", (HttpContext context, OwnWebhookEndpoints own) => own.ChangeAsync(context, own.TestAsync)).DisableAntiforgery().ExcludeFromDescription();
    }

    /// <summary>Signed in, and a form of ours? Then the page says what it came to.</summary>
    private async Task<IResult> ChangeAsync(HttpContext context, Func<Account, IFormCollection, CancellationToken, Task<(string? Done, string? Problem)>> change)
    {
        if (cookie.Read(context) is not { Account: var account }) return Results.LocalRedirect(Links.SignIn(Links.Account, "sign-in-needed"));
        if (await forms.ReadAsync(context).ConfigureAwait(false) is not { } form)
            return AccountEndpoints.Page(page.ViewOf(account) with { Problem = PageForms.TooOld }, StatusCodes.Status400BadRequest);
        var (done, problem) = await change(account, form, context.RequestAborted).ConfigureAwait(false);
        return AccountEndpoints.Page(page.ViewOf(account) with { Done = done, Problem = problem }, problem is null ? StatusCodes.Status200OK : StatusCodes.Status422UnprocessableEntity);
    }

    /// <summary>A secret that is left empty stays, as long as it would go to the same host: it must not be tried out on another.</summary>
    private Task<(string? Done, string? Problem)> Set(Account account, IFormCollection form, CancellationToken stop)
    {
        var url = form["url"].ToString().Trim();
        var secret = form["secret"].ToString() is { Length: > 0 } given ? given : null;
        if (sending.Problem(url, secret) is { } problem) return Task.FromResult<(string?, string?)>((null, AccountTexts.Sentence(problem)));
        var (address, before) = (new Uri(url), webhooks.Find(account.Id));
        webhooks.Set(account.Id, address, secret ?? (before?.Url.Authority == address.Authority ? before.Secret : null));
        return Task.FromResult<(string?, string?)>((AccountTexts.WebhookSet(webhooks.Find(account.Id)!.Shown), null));
    }

    private Task<(string? Done, string? Problem)> TakeAway(Account account, IFormCollection form, CancellationToken stop)
    {
        webhooks.Set(account.Id, null, null);
        return Task.FromResult<(string?, string?)>((AccountTexts.WebhookGone, null));
    }

    private async Task<(string? Done, string? Problem)> TestAsync(Account account, IFormCollection form, CancellationToken stop) => await sending.TestAsync(account, stop).ConfigureAwait(false) switch
    {
        null => (null, AccountTexts.NoWebhook),
        { IsDelivered: true } sent => (AccountTexts.TestDelivered(sent.Says), null),
        { } sent => (null, AccountTexts.TestFailed(sent.Says)),
    };
}
