using System.Globalization;
using Stint.Core.Identities;

namespace Stint.Hub.Layout.Live;

/// <summary>Where open pages listen. Whoever asks hears of their own ledger and tickets, and of what is everyone's; no signal says more than that something changed.</summary>
internal static class LiveEndpoints
{
    private const string Path = "/live";

    public static void MapLive(this IEndpointRouteBuilder app) => app.MapGet(Path, FollowAsync).ExcludeFromDescription();

    /// <summary>Where a page of these topics listens, given what it had seen when it began to read.</summary>
    public static string Address(LiveTopics topics, HttpContext? context) =>
        $"{Path}?to={LiveStreams.Words(topics)}&seen={context?.Features.Get<LiveSeen>()?.Number ?? 0}";

    private static async Task<IResult> FollowAsync(HttpContext context, HubCookie cookie, LiveStreams streams, string to = "", long seen = 0)
    {
        if (!Enum.TryParse<LiveTopics>(to, ignoreCase: true, out var topics) || to.Any(char.IsDigit)) return Results.BadRequest();
        // A browser that lost the connection says by itself what came last.
        if (long.TryParse(context.Request.Headers["Last-Event-ID"], NumberStyles.None, CultureInfo.InvariantCulture, out var last)) seen = last;
        var identity = cookie.Read(context) is { } visitor ? IdentityId.Of(visitor.Account.Id) : RequestIdentity.OfNetwork(context.Connection.RemoteIpAddress);
        return await streams.TryWriteAsync(context, identity, topics, seen).ConfigureAwait(false) ? Results.Empty : Results.StatusCode(StatusCodes.Status429TooManyRequests);
    }
}

/// <summary>The number of the latest signal when a request came in: what its page reads is at least as new.</summary>
internal sealed record LiveSeen(long Number);
