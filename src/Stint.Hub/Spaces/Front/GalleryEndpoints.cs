using Stint.Core.Spaces;
using Stint.Hub.Layout;
using Stint.Hub.Store;

namespace Stint.Hub.Spaces.Front;

/// <summary>The hub's front page: the Spaces that its visitor may open, and how they are.</summary>
internal static class GalleryEndpoints
{
    public static void MapGallery(this IEndpointRouteBuilder app) => app.MapGet("/", Show).ExcludeFromDescription();

    private static IResult Show(HttpContext context, HubCookie cookie, Catalogue catalogue, SpaceUpstream upstreamOf)
    {
        var account = cookie.Read(context)?.Account;
        var shown = catalogue.Spaces()
            .Where(space => space.IsOpenTo(account))
            .OrderBy(space => space.Id.ToString(), StringComparer.OrdinalIgnoreCase)
            .Select(space => (space.Id, upstreamOf(space.Id).Stage))
            .ToList();
        return Pages.Page<GalleryPage>(new { Shown = shown });
    }
}
