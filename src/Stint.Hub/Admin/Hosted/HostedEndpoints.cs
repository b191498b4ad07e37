using Stint.Core.Spaces;
using Stint.Hub.Layout;
using Stint.Hub.Store;
using Stint.Hub.Telemetry;

namespace Stint.Hub.Admin.Hosted;

/// <summary>A Space as administrators see it: how it does, and whether its calls say who makes them.</summary>
public sealed record HostedRow(Space Space, string Owner, SpaceReach Reach, SpaceCounts Counts)
{
    public int Calls => Counts.CallsWithVisitor + Counts.CallsWithout;
}

/// <summary>All Spaces, those whose calls arrive without identity first.</summary>
internal static class HostedEndpoints
{
    public static void MapSpacesOfAll(this IEndpointRouteBuilder rooms) => rooms.MapGet(AdminPaths.Spaces, (Catalogue catalogue, SpaceUpstream upstreamOf, SpaceActivity activity) =>
        Pages.Page<HostedPage>(new
        {
            Rows = (IReadOnlyList<HostedRow>)
            [
                .. catalogue.Spaces()
                    .Select(space => new HostedRow(space, catalogue.FindAccount(space.Owner)?.Name ?? space.Id.Owner, upstreamOf(space.Id), activity.Of(space.Id)))
                    .OrderByDescending(row => row.Counts.CallsWithout > 0).ThenBy(row => row.Space.Id.ToString(), StringComparer.OrdinalIgnoreCase),
            ],
        }));
}
