using Dapper;
using Stint.Core.Identities;
using Stint.Core.Leasing;
using Stint.Core.Quota;
using Stint.Hub.Store;
using Stint.Hub.Store.Audits;
using Stint.Hub.Store.Ledgers;
using Stint.Hub.Store.Retention;
using Stint.Prove.Simulation;
using Xunit;

namespace Stint.Tests.Hub.Store.Retention;

/// <summary>
/// Histories of the simulation (crashes, lost nodes, windows, refusals of every kind) kept in a data file and rolled up at random
/// lines while they go on: after each step the audit passes, and no ledger, receipt or refusal after the line is another.
/// </summary>
public sealed class RollUpPropertyTests : IDisposable
{
    private readonly HubFolder folder = new();

    [Theory]
    [InlineData(1), InlineData(2), InlineData(3), InlineData(4), InlineData(5), InlineData(6), InlineData(7), InlineData(8)]
    public void RollUp_OfARandomHistoryAtRandomLines_ChangesNoAnswer(int seed)
    {
        var run = new SimulationRun(seed);
        run.Go(500);
        var random = new Random(seed);
        using var store = new SqliteLedgerStore(folder.Database);
        using var rollUp = new RollUp(folder.Database);
        var books = new Books(store.LoadLedger, store.LoadHistory, store.LoadReservation);
        var (identities, last, rolled) = (new SortedSet<IdentityId>(), new Instant(0), 0);
        for (var at = 0; at < run.History.Count;)
        {
            for (var more = random.Next(1, 400); more > 0 && at < run.History.Count; more--, at++)
            {
                books.Record(run.History[at]);
                last = Instant.Max(last, run.History[at].At);
                if (run.History[at].OfIdentity is { } identity) identities.Add(identity);
            }

            // In the middle of what was one step: what is overdue there is ended by the entries to come.
            store.Commit(books.TakeChanges(), run.History[0].At);
            var (line, refusals) = (run.History[random.Next(at)].At, run.History[random.Next(at)].At);
            for (var steps = random.Next(1, 3); steps > 0; steps--) Step(line, refusals, random.Next(1, 300));
        }

        for (var before = -1; before != rolled;)
        {
            before = rolled;
            Step(last + Window.Length, last + Window.Length, 500);
        }

        using var reader = folder.Database.OpenReader();
        Assert.Equal(1, reader.ExecuteScalar<int>("SELECT count(*) FROM entries"));

        void Step(Instant line, Instant refusals, int most)
        {
            var before = Answers(store, identities, last, line);
            rolled += rollUp.Refusals(refusals, most) + rollUp.Entries(line, most);
            var report = LedgerAudit.Of(folder.Database);
            Assert.True(report.IsSound, $"seed {seed}, {rolled} rolled up: {string.Join(" | ", report.Discrepancies)}");
            Assert.Equal(before, Answers(store, identities, last, line));
        }
    }

    public void Dispose() => folder.Dispose();

    /// <summary>What the gate and the pages say of everybody, now and at the moments around it, and the receipts that end after the line.</summary>
    private string Answers(SqliteLedgerStore store, IEnumerable<IdentityId> identities, Instant now, Instant line)
    {
        var reads = new LedgerReads(folder.Database);
        return string.Join('\n', identities.Select(identity =>
        {
            var ledger = store.LoadLedger(identity);
            var readings = new[] { -1, 0, 1, 24 }.Select(hours => ledger.Plan is { } plan ? Json.Write(ledger.Read(plan, now + TimeSpan.FromHours(hours))) : "");
            // A run that ended past its due moment has an entry before it; what ends exactly on the line may be on either side.
            var receipts = reads.Receipts(identity, 10_000).Where(receipt => receipt.EndedAt > line).Select(Json.Write);
            return $"{identity} {Json.Write(ledger.Save(withEvents: false))} {ledger.Outstanding} {string.Join(' ', readings)} {string.Join(' ', receipts)}";
        }));
    }
}
