using Stint.Core.Quota;
using Stint.Core.Quota.Purses;

namespace Stint.Core.Leasing.Decisions;

/// <summary>
/// Lets a run that has used up what it holds go on, a slice at a time: nobody writes while it runs within what it holds, and
/// what others need is not held for it long before.
/// </summary>
public static class Extending
{
    /// <summary>What more it holds from here on; null where a purse or a cap that it needs has nothing left.</summary>
    /// <param name="end">Why it would stop: for funds, or at a cap.</param>
    public static MoreHeld? More(Books books, RunEnd end, Instant at) => end.Cause switch
    {
        StopCause.Funds => Funded(books, end.Run, end.FromAllowance, at),
        StopCause.Cap => Under(books, end.Run, at),
        StopCause.Ceiling => null,
    };

    /// <summary>True where a run ends for want of funds alone and the house still pays a moment in its window: once a run, and for one of them.</summary>
    public static bool MayBeGivenACourtesy(Books books, RunEnd end) =>
        end.Cause == StopCause.Funds && end.Run.Courtesy == TimeSpan.Zero
        && books.LedgerOf(end.Run.Identity).WindowOpenedAt(end.Run.Lease!.WindowOpenedAt).Courtesies < Window.MostCourtesies;

    /// <summary>The stable word for the cap that stops a run: the first that has no more room for it. Null where it is none.</summary>
    public static string? CapThatStops(Books books, RunEnd end, Instant at) => end.Cause != StopCause.Cap ? null : TightOf(end.Run).First(hold => LeftUnder(books, hold, at) == GpuTime.Zero).Cap.Kind switch
    {
        CapKind.Device => "device-cap",
        CapKind.Anonymous => "anonymous-cap",
        CapKind.Space => "space-ceiling",
    };

    /// <summary>Of the first purse that has anything left: the slice, or what is there.</summary>
    private static MoreHeld? Funded(Books books, Reservation run, GpuTime fromAllowance, Instant at)
    {
        var ledger = books.LedgerOf(run.Identity);
        var wanted = GpuTime.Min(Share.Slice, GpuTime.Less(run.Ceiling, fromAllowance + run.Shares.Sum()));
        var further = ledger.FurtherAt(at, ledger.WindowOpenedAt(run.Lease!.WindowOpenedAt))
            .Concat((run.Backing?.Sponsors ?? []).SelectMany(sponsor => Funds.SponsoredBy(books.LedgerOf(sponsor), at)));
        if (wanted == GpuTime.Zero) return null;
        foreach (var purse in further)
            return new(at, run.Identity, run.Id, [purse with { Amount = GpuTime.Min(wanted, purse.Amount) }], []);
        return null;
    }

    /// <summary>Every cap that holds it back at this moment has to have room, and each gives the same.</summary>
    private static MoreHeld? Under(Books books, Reservation run, Instant at)
    {
        var tight = TightOf(run);
        var more = tight.Aggregate(
            GpuTime.Min(Share.Slice, GpuTime.Less(run.Ceiling, tight[0].Held)), (least, hold) => GpuTime.Min(least, LeftUnder(books, hold, at)));
        return more == GpuTime.Zero ? null : new(at, run.Identity, run.Id, [], [.. tight.Select(hold => hold with { Held = more })]);
    }

    /// <summary>The caps under which a run holds least: it comes to all of them at the same moment.</summary>
    private static List<CapHold> TightOf(Reservation run)
    {
        var held = run.Caps.Min(hold => hold.Held);
        return [.. run.Caps.Where(hold => hold.Held == held)];
    }

    private static GpuTime LeftUnder(Books books, CapHold hold, Instant at) => books.LedgerOf(hold.Cap.Ledger).Under.LeftIn(hold, at);
}
