using Stint.Core.Identities;
using Stint.Hub.Admin.Slots;
using Stint.Hub.Alerts;
using Stint.Hub.Alerts.Webhooks;
using Stint.Hub.Layout;
using Stint.Hub.Store;
using Stint.Hub.Store.Alerts;

namespace Stint.Hub.Admin.Alerting;

/// <param name="Webhook">Where alerts go; null where nowhere.</param>
/// <param name="Url">What was filled in and not taken.</param>
public sealed record AlertingView(IReadOnlyList<KeptAlert> Alerts, Webhook? Webhook, string Url, Func<IdentityId, string> NameOf);

/// <summary>All alerts, and where they go.</summary>
internal static class AlertingEndpoints
{
    private const int Shown = 200;

    public static void MapAlerting(this IEndpointRouteBuilder rooms)
    {
        rooms.MapGet(AdminPaths.Alerts, (AlertBook book, WebhookSetting setting, Catalogue catalogue) => Page(book, setting, catalogue));
        rooms.MapPost(AdminPaths.Alerts + "/webhook", (AlertBook book, WebhookSetting setting, Catalogue catalogue, HubOptions options, HttpContext context) =>
            Set(book, setting, catalogue, options, Administrator.Of(context)));
        rooms.MapPost(AdminPaths.Alerts + "/off", (AlertBook book, WebhookSetting setting, Catalogue catalogue) =>
        {
            setting.Set(null);
            return Page(book, setting, catalogue, done: "Alerts are shown here and sent nowhere.");
        });
        rooms.MapPost(AdminPaths.Alerts + "/test", TestAsync);
    }

    private static IResult Set(AlertBook book, WebhookSetting setting, Catalogue catalogue, HubOptions options, Administrator by)
    {
        // A secret that is left empty stays, as long as it would go to the same host: it must not be tried out on another.
        var (url, before) = (by.Field("url"), setting.Find());
        var secret = by.Field("secret") is { Length: > 0 } given ? given : null;
        if (WebhookRule.Problem(url, by.Has("http"), by.Has("any"), secret, AlertsSetup.RuleOf(options)) is { } problem) return Page(book, setting, catalogue, url, problem: problem + ".");
        var address = new Uri(url);
        secret ??= before?.Url.Authority == address.Authority ? before.Secret : null;
        setting.Set(new Webhook(address, secret, by.Has("http"), by.Has("any")));
        return Page(book, setting, catalogue, done: $"Alerts go to {setting.Find()!.Shown}{(secret is null ? "" : ", signed")}. Send a test to prove the way.");
    }

    private static async Task<IResult> TestAsync(HttpContext context, AlertBook book, WebhookSetting setting, Catalogue catalogue, AlertDelivery delivery)
    {
        var result = await delivery.TestAsync(Administrator.Of(context).Account.Name, context.RequestAborted).ConfigureAwait(false);
        return result switch
        {
            null => Page(book, setting, catalogue, problem: "No webhook is set."),
            { IsDelivered: true } => Page(book, setting, catalogue, done: $"The test was delivered: {result.Says}."),
            _ => Page(book, setting, catalogue, problem: $"The test was not delivered: {result.Says}."),
        };
    }

    private static IResult Page(AlertBook book, WebhookSetting setting, Catalogue catalogue, string url = "", string? done = null, string? problem = null) => Pages.Page<AlertingPage>(
        new { View = new AlertingView(book.Latest(Shown), setting.Find(), url, OverviewEndpoints.Names(catalogue)), Done = done, Problem = problem },
        problem is null ? StatusCodes.Status200OK : StatusCodes.Status422UnprocessableEntity);
}
