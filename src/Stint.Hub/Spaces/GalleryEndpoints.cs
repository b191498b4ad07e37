using Stint.Core.Spaces;
using Stint.Hub.Layout;
using Stint.Hub.Store;

namespace Stint.Hub.Spaces;

/// <summary>The hub's front page: its public Spaces and how they are.</summary>
internal static class GalleryEndpoints
{
    public static void MapSpaces(this IEndpointRouteBuilder app) => app.MapGet("/", Show).ExcludeFromDescription();

    private static IResult Show(Catalogue catalogue, SpaceFleet fleet, SpaceAddress addressOf)
    {
        var shown = catalogue.Spaces()
            .Where(space => space.Visibility == SpaceVisibility.Public)
            .OrderBy(space => space.Id.ToString(), StringComparer.OrdinalIgnoreCase)
            .Select(space => (space.Id, fleet.StageOf(space.Id), addressOf(space.Id)))
            .ToList();
        return Pages.Page<GalleryPage>(new { Shown = shown });
    }
}
