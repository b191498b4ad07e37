using Stint.Core.Identities;
using Stint.Core.Spaces;
using Stint.Hub.Engine;
using Stint.Hub.Layout;
using Stint.Hub.Store;
using Stint.Hub.Store.Ledgers;
using Stint.Hub.Texts;

namespace Stint.Hub.Spaces.Front;

/// <summary>The hub's front page: the Spaces that its visitor may open, how they are, what a run costs as a rule and how long it would wait now.</summary>
internal sealed class GalleryEndpoints(Catalogue catalogue, LedgerReads reads, TypicalRuns typicals, LedgerClock clock, HubCookie cookie, SpaceUpstream upstreamOf)
{
    public const int MostOnPage = 48;
    private const int LongestSearch = 100;

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapGet("/", (HttpContext context, GalleryEndpoints gallery, string? q = null, string? page = null) => gallery.Show(context, q, page)).ExcludeFromDescription();

    /// <summary>1 the Spaces that the visitor may open and that hold every word looked for 2 a page of them 3 each as it is now.</summary>
    private IResult Show(HttpContext context, string? search, string? page)
    {
        // 1
        var account = cookie.Read(context)?.Account;
        var looked = search is null ? "" : search.Trim() is { Length: <= LongestSearch } short_ ? short_ : search.Trim()[..LongestSearch];
        var words = looked.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var found = catalogue.Spaces()
            .Where(space => space.IsOpenTo(account) && words.All(word => space.Id.ToString().Contains(word, StringComparison.OrdinalIgnoreCase)))
            .OrderBy(space => space.Id.ToString(), StringComparer.OrdinalIgnoreCase).ToList();
        // 2
        var pages = Math.Max(1, (found.Count + MostOnPage - 1) / MostOnPage);
        var at = int.TryParse(page, out var asked) ? Math.Clamp(asked, 1, pages) : 1;
        // 3
        var identity = account is null ? RequestIdentity.OfNetwork(context.Connection.RemoteIpAddress) : IdentityId.Of(account.Id);
        var pool = reads.Pool(identity, PoolReading.MostOpen);
        var waits = new UsualWaits(pool, QuotaSnapshot.Take(reads, catalogue, identity, clock.Now));
        var cards = found.Skip((at - 1) * MostOnPage).Take(MostOnPage).Select(space =>
        {
            var (stage, typical) = (upstreamOf(space.Id).Stage, typicals.Of(space.Id));
            return new GalleryCard(space.Id, stage, space.Visibility, SpaceTexts.Typical(typical?.Cost, typical?.Function.Endpoint), SpaceTexts.Wait(stage, waits.Of(space, typical)));
        });
        var serving = pool.Slots.Where(slot => slot.Serves).ToList();
        return Pages.Page<GalleryPage>(new
        {
            View = new GalleryView([.. cards], looked, found.Count, SpaceTexts.Pool(serving.Count, serving.Count(slot => slot.IsOpen), pool.Waiting))
            {
                Page = at,
                Pages = pages,
            },
        });
    }
}
