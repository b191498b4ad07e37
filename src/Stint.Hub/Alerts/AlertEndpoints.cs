using Stint.Core.Identities;
using Stint.Hub.Engine;
using Stint.Hub.Layout;
using Stint.Hub.Layout.Notices;
using Stint.Hub.Store.Alerts;
using Stint.Hub.Texts;

namespace Stint.Hub.Alerts;

/// <summary>Alerts as notices on the pages of whom they concern, who may take them away.</summary>
internal static class AlertEndpoints
{
    public static void MapAlerts(this IEndpointRouteBuilder app) => app.MapPost(Links.DismissNotice, DismissAsync).DisableAntiforgery().ExcludeFromDescription();

    public static IReadOnlyList<Notice> NoticesOf(Account account, AlertBook book, LedgerClock clock) =>
    [
        .. book.Concerning(IdentityId.Of(account.Id), account.Role == AccountRole.Administrator, clock.Now).Select(kept => new Notice(
            kept.Alert.Key, AlertTexts.Sentence(kept.Alert, null), kept.Alert.Kind switch
            {
                AlertKind.PurseUsed => Links.Usage,
                AlertKind.SpaceFailing => Links.Space(Core.Spaces.SpaceId.Parse(kept.Alert.Facts.Space!)),
                AlertKind.NodeLost => Links.Administration,
            })),
    ];

    private static async Task<IResult> DismissAsync(HttpContext context, PageForms forms, HubCookie cookie, AlertBook book, LedgerClock clock)
    {
        if (cookie.Read(context) is not { } visitor) return Results.LocalRedirect(Links.SignIn());
        if (await forms.ReadAsync(context).ConfigureAwait(false) is not { } form) return Pages.Notice("The notice is still there", PageForms.TooOld, StatusCodes.Status400BadRequest);
        book.Dismiss(form["key"].ToString(), IdentityId.Of(visitor.Account.Id), visitor.Account.Role == AccountRole.Administrator, clock.Now);
        return Results.LocalRedirect(Visit.LocalPath(form["next"]));
    }
}
