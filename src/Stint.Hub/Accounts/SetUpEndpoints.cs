using Stint.Hub.Engine;
using Stint.Hub.Layout;

namespace Stint.Hub.Accounts;

/// <summary>The page behind a set-up link. The secret in its address is all the proof there is, so it needs no session and no other token against forged posts.</summary>
internal static class SetUpEndpoints
{
    public static void MapSetUp(this IEndpointRouteBuilder app)
    {
        app.MapGet("/set-up/{secret}", Show).ExcludeFromDescription();
        app.MapPost("/set-up/{secret}", RedeemAsync).DisableAntiforgery().ExcludeFromDescription();
    }

    private static IResult Show(string secret, SetUpLinks links, LedgerClock clock)
    {
        var (standing, account) = links.Find(secret, clock.Now);
        return Closed(standing) is { } reason
            ? Pages.Page<SetUpPage>(new { Closed = reason }, StatusCodes.Status410Gone)
            : Pages.Page<SetUpPage>(new { account!.Name });
    }

    private static async Task<IResult> RedeemAsync(string secret, HttpRequest request, SetUpLinks links, LedgerClock clock)
    {
        if (await PageForms.FieldsAsync(request).ConfigureAwait(false) is not { } form) return Pages.Notice("The form cannot be read", PageForms.TooOld, StatusCodes.Status400BadRequest);
        var (_, account) = links.Find(secret, clock.Now);
        var password = form["password"].ToString();
        return links.Redeem(secret, password, clock.Now).Outcome switch
        {
            RedeemSetUpLinkOutcome.Redeemed => Pages.Page<SetUpPage>(new { account!.Name, Done = true }),
            RedeemSetUpLinkOutcome.PasswordRefused => account is null
                ? Gone(SetUpLinkStanding.Unknown)
                : Pages.Page<SetUpPage>(new { account.Name, Problem = Passwords.Problem(password) }, StatusCodes.Status422UnprocessableEntity),
            RedeemSetUpLinkOutcome.Unknown => Gone(SetUpLinkStanding.Unknown),
            RedeemSetUpLinkOutcome.Used => Gone(SetUpLinkStanding.Used),
            RedeemSetUpLinkOutcome.Expired => Gone(SetUpLinkStanding.Expired),
        };
    }

    private static IResult Gone(SetUpLinkStanding standing) => Pages.Page<SetUpPage>(new { Closed = Closed(standing) }, StatusCodes.Status410Gone);

    private static string? Closed(SetUpLinkStanding standing) => standing switch
    {
        SetUpLinkStanding.Open => null,
        SetUpLinkStanding.Unknown => "This link opens nothing: it was replaced by a newer one, or copied incompletely.",
        SetUpLinkStanding.Used => "This link was used already.",
        SetUpLinkStanding.Expired => "This link is older than a day.",
    };
}
