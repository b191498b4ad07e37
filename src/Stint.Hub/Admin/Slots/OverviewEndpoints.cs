using Stint.Core.Identities;
using Stint.Core.Leasing.Forecasts;
using Stint.Core.Plans;
using Stint.Core.Quota;
using Stint.Core.Spaces;
using Stint.Hub.Engine;
using Stint.Hub.Layout;
using Stint.Hub.Store;
using Stint.Hub.Store.Alerts;
using Stint.Hub.Store.Ledgers;
using Stint.Hub.Tickets;

namespace Stint.Hub.Admin.Slots;

/// <summary>How the hub is at one moment.</summary>
/// <param name="Rows">At most <see cref="OverviewEndpoints.MostRows"/> slots; those that need a look come first where there are more.</param>
/// <param name="Waiting">The queue, next first, at most <see cref="OverviewEndpoints.MostWaiting"/>.</param>
/// <param name="Failing">Spaces that do not serve.</param>
public sealed record OverviewView(
    Instant From, Instant Now, IReadOnlyList<SlotRow> Rows, int Slots, int Busy, int Out, IReadOnlyList<Ticket> Waiting, int WaitingInAll, int Spaces, IReadOnlyList<SpaceId> Failing,
    IReadOnlyList<KeptAlert> Alerts, IReadOnlyList<IdleRule> IdleRules, Func<IdentityId, string> NameOf);

/// <summary>The front page of the administration: slots over time, the queue, and what needs a look.</summary>
internal sealed class OverviewEndpoints(Catalogue catalogue, LedgerReads reads, LedgerClock clock, TicketWatch tickets, SpaceUpstream upstreamOf, AlertBook alerts)
{
    public const int MostRows = 64;
    public const int MostWaiting = 100;

    private const int MostRuns = 500;
    private const int MostEntries = 5_000;
    private const int MostOpen = 20_000;
    private static readonly int[] Spans = [10, 60, 360];

    public static IReadOnlyList<int> Minutes => Spans;

    public IResult Show(int minutes)
    {
        var (now, span) = (clock.Now, Spans.Contains(minutes) ? minutes : Spans[0]);
        var from = now - TimeSpan.FromMinutes(span);
        var pool = reads.Pool(IdentityId.OfNetwork("nobody"), MostOpen);
        var slots = pool.Slots.Count <= MostRows ? pool.Slots : [.. pool.Slots.OrderBy(slot => SlotTexts.State(slot).Style is not ("bad" or "warn")).ThenBy(slot => slot.Id).Take(MostRows)];
        var spaces = catalogue.Spaces();
        var view = new OverviewView(
            from, now, SlotTimeline.Of(slots, pool.Open ?? [], reads.Receipts(null, MostRuns), reads.SlotEntries(MostEntries), from, now), pool.Slots.Count,
            pool.Slots.Count(slot => slot.Lease is not null), pool.Slots.Count(slot => slot.Lease is null && !slot.IsOpen), [.. tickets.Waiting.Take(MostWaiting)], pool.Waiting,
            spaces.Count, [.. spaces.Select(space => space.Id).Where(space => upstreamOf(space).Stage == SpaceStage.RuntimeError)], alerts.Latest(5), IdleRules.Of(catalogue.Plans()), Names(catalogue));
        return Pages.Page<OverviewPage>(new { View = view, Span = span });
    }

    /// <summary>By user name where it is an account; looked up once each.</summary>
    public static Func<IdentityId, string> Names(Catalogue catalogue) => identity => identity.Account is { } id && catalogue.FindAccount(id) is { } account ? account.Name : identity.Value;
}

internal static class OverviewRoutes
{
    public static void MapOverview(this IEndpointRouteBuilder rooms) =>
        rooms.MapGet(Links.Administration, (OverviewEndpoints overview, int? minutes) => overview.Show(minutes ?? 0));
}
