using Dapper;
using Stint.Core.Leasing;
using Stint.Core.Spaces;

namespace Stint.Hub.Store.Ledgers;

/// <summary>How long runs of one function took, as far as they ended by themselves or at their declared duration.</summary>
/// <param name="Milliseconds">Measured, the shortest first; an overrun counts as the declared duration it was stopped at.</param>
/// <param name="Overruns">Of those, stopped at the declared duration.</param>
/// <param name="OtherEnds">Runs that say nothing of its length: cancelled, failed, out of funds.</param>
public sealed record MeasuredFunction(string Endpoint, SlotSize Size, long DeclaredMilliseconds, IReadOnlyList<long> Milliseconds, int Overruns, int OtherEnds);

/// <summary>What the ledger knows of how long a Space's functions take, as last committed. Advice, never a gate.</summary>
public sealed class MeasuredRuns(Database database)
{
    /// <summary>No function is looked at further back than this.</summary>
    public const int MostRuns = 20_000;

    /// <summary>Function by function, the one that ran most first.</summary>
    public IReadOnlyList<MeasuredFunction> Of(SpaceId space)
    {
        using var reader = database.OpenReader();
        var runs = reader.Query<Row>(
            """
            SELECT endpoint, size, declared, measured, exit FROM reservations
            WHERE space = @space AND exit IS NOT NULL AND exit <> 'NotUsed' ORDER BY ended_at DESC LIMIT @most
            """,
            new { space = space.ToString(), most = MostRuns });
        return [.. runs.GroupBy(run => (run.Endpoint, run.Size, run.Declared)).Select(MeasuredBy).OrderByDescending(function => function.Milliseconds.Count)];
    }

    private static MeasuredFunction MeasuredBy(IGrouping<(string Endpoint, string Size, long Declared), Row> function)
    {
        var telling = function.Where(run => run.Exit is "Completed" or "Overrun").ToList();
        return new(
            function.Key.Endpoint, Enum.Parse<SlotSize>(function.Key.Size), function.Key.Declared,
            [.. telling.Select(run => run.Measured).Order()], telling.Count(run => run.Exit == "Overrun"), function.Count() - telling.Count);
    }

    private sealed record Row(string Endpoint, string Size, long Declared, long Measured, string Exit);
}
