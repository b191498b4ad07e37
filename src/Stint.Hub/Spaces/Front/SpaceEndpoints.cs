using Stint.Core.Identities;
using Stint.Core.Spaces;
using Stint.Hub.Engine;
using Stint.Hub.Layout;
using Stint.Hub.Spaces.Care;
using Stint.Hub.Store;
using Stint.Hub.Store.Ledgers;
using Stint.Hub.Texts;
using Stint.Hub.Tickets;
using Stint.Hub.Tokens;

namespace Stint.Hub.Spaces.Front;

/// <summary>A Space's page, and the way from here to the Space's own address.</summary>
internal sealed class SpaceEndpoints(
    Catalogue catalogue, LedgerReads reads, LedgerClock clock, Sessions sessions, HubCookie cookie, SpaceAddress addressOf, SpaceUpstream upstreamOf,
    TicketWatch tickets, SpaceFleet fleet, SpaceCare care)
{
    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet("/spaces/{owner}/{name}", (string owner, string name, HttpContext context, SpaceEndpoints space) => space.Show(owner, name, context)).ExcludeFromDescription();
        app.MapGet("/visit/{owner}/{name}", (string owner, string name, HttpContext context, SpaceEndpoints space, string? path = null, string? cause = null, string? browser = null) =>
            space.Visit(owner, name, path, cause, browser, context)).ExcludeFromDescription();
    }

    private IResult Show(string owner, string name, HttpContext context)
    {
        var visitor = cookie.Read(context);
        if (Find(owner, name, visitor?.Account) is not { } space) return Missing($"{owner}/{name}", visitor, Links.Space(new(owner, name)));
        var (reach, address, quota) = (upstreamOf(space.Id), addressOf(space.Id), QuotaOf(visitor, context));
        // A visit wakes it; the page that says so is live and shows it as soon as it answers.
        if (reach.Wake is { } wake) _ = wake(CancellationToken.None);
        var isTheirs = visitor is { } signedIn && (space.Owner == signedIn.Account.Id || signedIn.Account.Role == AccountRole.Administrator);
        var view = new SpaceView(
            space.Id, reach.Stage, visitor?.Account, quota, SpaceStanding.Of(space.Id, quota, reads, tickets.WaitingOf(quota.Identity)),
            address is null || visitor is null ? address : new Uri(Hub.Visit.AtHub(space.Id), UriKind.Relative),
            reach.Stage == SpaceStage.Running && address is not null ? Frame(address, visitor) : null,
            isTheirs ? reach.Problem : null)
        {
            Evidence = VisitorEvidence.Of(visitor is not null, cookie.Look(context) is { } session ? EvidenceTexts.FaultOf(session.Outcome) : null, NetworkOf(context)),
            IsTheirs = isTheirs,
            Drains = space.Drains,
            WasStopped = context.Request.Query.ContainsKey(StopEndpoints.Stopped),
            Report = isTheirs && space.Upstream is null && fleet.HealthOf(space.Id) is { } health ? SpaceReport.Of(space, health with { KilledForMemory = fleet.KilledForMemoryOf(space.Id) }, care.SleepsAfterOf(space), isOwner: true) : null,
        };
        return Pages.Page<SpacePage>(new { View = view }, frames: view.Frame);
    }

    /// <summary>
    /// 1 who is not signed in signs in first, whether or not there is such a Space; in a frame, where nobody can, they go on as
    /// nobody 2 a Space that is open to them 3 that has an address 4 by which a browser without a mark gets one 5 and there with a
    /// code that works once, in that browser.
    /// </summary>
    private IResult Visit(string owner, string name, string? path, string? cause, string? browser, HttpContext context)
    {
        // 1
        if (!SpaceId.TryParse($"{owner}/{name}", out var asked)) return Missing($"{owner}/{name}", null, null);
        var local = Hub.Visit.LocalPath(path);
        var signIn = Links.SignIn(Hub.Visit.AtHub(asked, local), cause);
        if (cookie.Read(context) is not { } visitor)
            return context.Request.Headers["Sec-Fetch-Dest"] is ["iframe"] && Find(owner, name, null) is { } open && addressOf(open.Id) is { } there
                ? Results.Redirect(new Uri(there, Hub.Visit.AsNobody(local)).AbsoluteUri)
                : Results.LocalRedirect(signIn);
        // 2
        if (Find(owner, name, visitor.Account) is not { } space) return Missing(asked.ToString(), visitor, null);
        // 3
        if (addressOf(space.Id) is not { } address) return Results.LocalRedirect(Links.Space(space.Id));
        // 4
        context.Response.Headers.CacheControl = "no-store";
        if (!Sessions.IsMark(browser)) return Results.Redirect(new Uri(address, Hub.Visit.Begin(local)).AbsoluteUri);
        // 5
        return sessions.CreateCode(visitor.Secret, space.Id, browser, clock.Now) is { } code
            ? Results.Redirect(new Uri(address, Hub.Visit.AtSpace(code, local)).AbsoluteUri)
            : Results.LocalRedirect(signIn);
    }

    private Space? Find(string owner, string name, Account? account) =>
        SpaceId.TryParse($"{owner}/{name}", out var id) && catalogue.FindSpace(id) is { } space && space.IsOpenTo(account) ? space : null;

    private QuotaSnapshot QuotaOf(SignedIn? visitor, HttpContext context) =>
        QuotaSnapshot.Take(reads, catalogue, visitor is null ? NetworkOf(context) : IdentityId.Of(visitor.Account.Id), clock.Now);

    private static IdentityId NetworkOf(HttpContext context) => RequestIdentity.OfNetwork(context.Connection.RemoteIpAddress);

    /// <summary>Who is nobody here is nobody in the frame too, whatever it remembers.</summary>
    private static Uri Frame(Uri address, SignedIn? visitor) => new(address, visitor is null ? Hub.Visit.AsNobody() : Hub.Visit.Begin());

    /// <summary>One that is private is answered like one that never was.</summary>
    private static IResult Missing(string name, SignedIn? visitor, string? next) => Pages.Notice(
        "No such Space", SpaceTexts.Missing(name, visitor is not null), StatusCodes.Status404NotFound, visitor is null ? next : null);
}
