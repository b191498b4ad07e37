using System.Globalization;
using Stint.Core.Identities;
using Stint.Core.Spaces;
using Stint.Hub.Engine;
using Stint.Hub.Layout;
using Stint.Hub.Store;
using Stint.Hub.Tokens;

namespace Stint.Hub.HubApi;

/// <summary>Spaces under <c>/api/spaces</c>: each is there for whoever may open it, and for everyone else it is not.</summary>
internal sealed class SpaceApi(
    Catalogue catalogue, SpaceAddress addressOf, SpaceUpstream upstreamOf, SpaceTokens spaceTokens, LedgerClock clock, HubCookie cookie)
{
    public const string DoesNotAnswer = "The Space does not answer.";

    public static void Map(IEndpointRouteBuilder app)
    {
        var space = app.MapGroup("/api/spaces/{owner}/{name}").ExcludeFromDescription();
        space.MapGet("", (HttpContext context, SpaceApi api) => api.Find(context, api.Describe));
        space.MapGet("/runtime", (HttpContext context, SpaceApi api) => api.Find(context, api.Runtime));
        space.MapGet("/host", (HttpContext context, SpaceApi api) => api.Find(context, api.Host));
        space.MapGet("/jwt", (HttpContext context, SpaceApi api) => api.Token(context));
        space.MapMethods("/discussions", [HttpMethods.Head], (HttpContext context, SpaceApi api) => api.Find(context, _ => Results.Ok()));
        app.MapGet("/api/spaces/by-subdomain/{label}", (string label, HttpContext context, SpaceApi api) => api.Status(label, context)).ExcludeFromDescription();
    }

    /// <summary>
    /// 1 the Space exists 2 and is open to who asks, or to nobody in particular; a token that does not hold is then why it is
    /// not, whether or not there is such a Space 3 by a token that is meant for it: a Space that is open to everyone is shown to
    /// every token, as it is to none.
    /// </summary>
    private IResult Find(HttpContext context, Func<Space, IResult> answer)
    {
        var caller = context.Features.Get<RequestIdentity>();
        // 1, 2
        if (!SpaceId.TryParse($"{context.GetRouteValue("owner")}/{context.GetRouteValue("name")}", out var id)
            || catalogue.FindSpace(id) is not { } space || !space.IsOpenTo(caller?.Account))
            return context.Features.Get<DeadToken>() is { } dead ? HubError.Unrecognised(dead.Outcome, context) : HubError.SpaceMissing();
        // 3
        return space.Visibility != SpaceVisibility.Public && caller?.Grant.Permits(AccessTokenPermission.UseSpaces, space.Id) == false
            ? HubError.NotPermitted(AccessTokenGrant.Word(AccessTokenPermission.UseSpaces))
            : answer(space);
    }

    private IResult Describe(Space space) => Results.Json(SpaceAnswer.Of(space, upstreamOf(space.Id), addressOf(space.Id)));

    private IResult Runtime(Space space) => Results.Json(RuntimeAnswer.Of(upstreamOf(space.Id)));

    private IResult Host(Space space) => HostAnswer.Origin(addressOf(space.Id)) is { } origin
        ? Results.Json(new HostAnswer(origin, space.Id.Subdomain))
        : HubError.Missing();

    private IResult Status(string label, HttpContext context) =>
        catalogue.Spaces().FirstOrDefault(space => space.Id.Subdomain == label) is { } space && space.IsOpenTo(context.Features.Get<RequestIdentity>()?.Account)
            ? Results.Json(new StatusAnswer(space.Id.ToString(), new(upstreamOf(space.Id).Stage.Name())))
            : HubError.SpaceMissing();

    /// <summary>
    /// 1 a bearer token, or the hub's own session where a page of the hub asks 2 the Space is open to that account 3 the token
    /// permits its use 4 a time that is one.
    /// </summary>
    private IResult Token(HttpContext context)
    {
        // 1
        var caller = context.Features.Get<RequestIdentity>();
        var account = caller?.Account ?? (PageForms.IsFromHere(context.Request) ? cookie.Read(context)?.Account : null);
        // 2
        if (!SpaceId.TryParse($"{context.GetRouteValue("owner")}/{context.GetRouteValue("name")}", out var id)
            || catalogue.FindSpace(id) is not { } space || !space.IsOpenTo(account)) return HubError.SpaceMissing();
        if (account is null) return HubError.NobodyKnown(context);
        // 3
        if (caller?.Grant.Permits(AccessTokenPermission.UseSpaces, space.Id) == false) return HubError.NotPermitted(AccessTokenGrant.Word(AccessTokenPermission.UseSpaces));
        // 4
        if (Lifetime(context.Request.Query) is not { } lifetime) return HubError.Invalid("expires_in is a number of seconds, expiration a moment to come");
        var token = spaceTokens.Issue(account.Id, space.Id, clock.Now, lifetime);
        return Results.Json(new SpaceTokenAnswer(token.Text, $"Bearer {token.Text}", token.ExpiresAt.UnixMilliseconds / 1000));
    }

    /// <summary>What is asked for, at most what such a token may live; null where it cannot be read or is over.</summary>
    private TimeSpan? Lifetime(IQueryCollection query)
    {
        var longest = SpaceTokens.LongestLifetime;
        if (query["expires_in"] is [{ } seconds])
            return long.TryParse(seconds, NumberStyles.None, CultureInfo.InvariantCulture, out var asked) && asked > 0
                ? TimeSpan.FromSeconds(Math.Min(asked, (long)longest.TotalSeconds))
                : null;
        if (query["expiration"] is not [{ } moment]) return longest;
        if (!DateTimeOffset.TryParse(moment, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var until)) return null;
        var left = until - clock.Now.ToUtc();
        return left <= TimeSpan.Zero ? null : left < longest ? left : longest;
    }
}
