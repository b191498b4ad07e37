using Stint.Core.Identities;
using Stint.Core.Spaces;
using Stint.Hub.Engine;
using Stint.Hub.Layout;
using Stint.Hub.Spaces.Care;
using Stint.Hub.Spaces.Front;
using Stint.Hub.Store;
using Stint.Hub.Store.Ledgers;
using Stint.Hub.Telemetry;
using Stint.Hub.Texts;

namespace Stint.Hub.Spaces.Authors;

/// <summary>What a Space's owner and administrators see of it: how long its functions take, whose calls lose their visitor, what it writes.</summary>
internal sealed class AuthorEndpoints(
    Catalogue catalogue, MeasuredRuns runs, SpaceActivity activity, SpaceFleet fleet, SpaceCare care, SpaceUpstream upstreamOf, HubOptions options, HubCookie cookie, PageForms forms,
    LedgerClock clock)
{
    private const int ShownLines = 200;

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet("/spaces/{owner}/{name}/author", (string owner, string name, HttpContext context, AuthorEndpoints author) => author.Show(owner, name, context)).ExcludeFromDescription();
        app.MapPost("/spaces/{owner}/{name}/author/counts", (string owner, string name, HttpContext context, AuthorEndpoints author) => author.ForgetAsync(owner, name, context))
            .DisableAntiforgery().ExcludeFromDescription();
    }

    private IResult Show(string owner, string name, HttpContext context)
    {
        var visitor = cookie.Read(context)?.Account;
        if (visitor is null) return Results.LocalRedirect(Links.SignIn(context.Request.Path, "sign-in-needed"));
        return Find(owner, name, visitor) is { } space ? Page(space) : Missing(owner, name);
    }

    /// <summary>The owner says it was put right: it is counted anew.</summary>
    private async Task<IResult> ForgetAsync(string owner, string name, HttpContext context)
    {
        if (Find(owner, name, cookie.Read(context)?.Account) is not { } space) return Missing(owner, name);
        if (await forms.ReadAsync(context).ConfigureAwait(false) is null) return Pages.Notice("Nothing was changed", PageForms.TooOld, StatusCodes.Status400BadRequest);
        activity.Forget(space.Id);
        return Results.LocalRedirect(Links.Author(space.Id));
    }

    private IResult Page(Space space)
    {
        var (reach, isOwn) = (upstreamOf(space.Id), space.Upstream is null);
        var report = isOwn && fleet.HealthOf(space.Id) is { } health
            ? SpaceReport.Of(space, health with { KilledForMemory = fleet.KilledForMemoryOf(space.Id) }, care.SleepsAfterOf(space), isOwner: true)
            : null;
        return Pages.Page<AuthorPage>(new
        {
            View = new AuthorView(
                space.Id, reach.Stage, reach.Problem, SpaceProfile.Of(space.Id, runs), activity.Of(space.Id), report,
                isOwn ? new SpaceLog(new SpaceFiles(options.Directory, space.Id).Output).Last(ShownLines) : null, clock.Now),
        });
    }

    /// <summary>Null for everyone but its owner and administrators: output may hold what visitors typed.</summary>
    private Space? Find(string owner, string name, Account? account) =>
        SpaceId.TryParse($"{owner}/{name}", out var id) && catalogue.FindSpace(id) is { } space && account is not null && (space.Owner == account.Id || account.Role == AccountRole.Administrator) ? space : null;

    /// <summary>Someone else's is answered like one that never was.</summary>
    private static IResult Missing(string owner, string name) =>
        Pages.Notice("No such Space", SpaceTexts.NotTheirs($"{owner}/{name}"), StatusCodes.Status404NotFound);
}
