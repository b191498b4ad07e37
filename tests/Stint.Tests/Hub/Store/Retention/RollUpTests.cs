using Dapper;
using Microsoft.Data.Sqlite;
using Stint.Core.Leasing;
using Stint.Core.Leasing.Instructions;
using Stint.Core.Quota;
using Stint.Core.Quota.Purses;
using Stint.Hub.Engine;
using Stint.Hub.Store;
using Stint.Hub.Store.Audits;
using Stint.Hub.Store.Instructions;
using Stint.Hub.Store.Ledgers;
using Stint.Hub.Store.Retention;
using Xunit;
using static Stint.Tests.Fakes.Samples;

namespace Stint.Tests.Hub.Store.Retention;

/// <summary>What is older than it is kept goes, in steps; the ledger stays sound, and what is younger stays as it was.</summary>
public sealed class RollUpTests : IDisposable
{
    private static readonly Instant Later = Start + TimeSpan.FromDays(500);

    private readonly HubFolder folder = new();
    private readonly SqliteLedgerStore store;
    private readonly DecisionStep step;
    private readonly RollUp rollUp;

    public RollUpTests()
    {
        store = new SqliteLedgerStore(folder.Database);
        step = new DecisionStep(store);
        rollUp = new RollUp(folder.Database);
        Do(Start, new JoinSlots("n0", [SlotNamed("n0/0"), SlotNamed("n0/1")]));
    }

    [Fact]
    public void Entries_OfOldRuns_BecomeOpeningsAndTheLedgerIsSound()
    {
        RunOf("old", Start);
        var spanning = Start + TimeSpan.FromHours(1);
        Do(spanning, Request("spanning", Ada, PlanOf(600), Function()));
        Do(spanning, new AllowWorker(new("spanning"), Paint, Worker(7)));
        var line = spanning + TimeSpan.FromSeconds(1);
        Do(line, new ReleaseLease(new("spanning"), Paint, Failed: false));
        RunOf("new", Later);
        var (ledger, receipts) = (Kept(), Receipts("spanning", "new"));
        Assert.Equal(10, rollUp.Entries(line, 1_000));
        Assert.Equal((ledger, receipts), (Kept(), Receipts("spanning", "new")));
        Assert.Null(Reads.Receipt(new("old")));
        Assert.Equal(5, CountOf("entries"));
        AssertSound();
        // And from there on: more of the same, and again.
        RunOf("newer", Later + TimeSpan.FromDays(400));
        Assert.NotEqual(0, rollUp.Entries(Later + TimeSpan.FromDays(1), 3));
        AssertSound();
    }

    [Fact]
    public void Entries_WhenAllAreOld_LeavesTheLastSoThatNoNumberIsGivenTwice()
    {
        RunOf("a", Start);
        var last = Reads.Entries(0, 100)[^1].Seq;
        while (rollUp.Entries(Later, 1) > 0) AssertSound();
        Assert.Equal(last, Assert.Single(Reads.Entries(0, 100)).Seq);
        RunOf("b", Later);
        Assert.Equal(last + 1, Reads.Entries(last, 100)[0].Seq);
        AssertSound();
    }

    [Theory]
    [InlineData("openings", "INSERT")]
    [InlineData("entries", "DELETE")]
    [InlineData("reservations", "DELETE")]
    [InlineData("refusals", "DELETE")]
    public void Entries_WhenAStepBreaksOff_LosesNothing(string table, string change)
    {
        RunOf("a", Start);
        Refuse("f", 1, Start);
        RunOf("b", Later);
        var before = Everything();
        Alter($"CREATE TRIGGER crash BEFORE {change} ON {table} BEGIN SELECT RAISE(ABORT, 'crash'); END");
        Assert.Throws<SqliteException>(() => rollUp.Entries(Later, 1_000));
        Assert.Equal(before, Everything());
        AssertSound();
        Alter("DROP TRIGGER crash");
        Assert.NotEqual(0, rollUp.Entries(Later, 1_000));
        Assert.NotEqual(before, Everything());
        AssertSound();
    }

    [Theory]
    [InlineData("entries", "UPDATE")]
    [InlineData("entries", "DELETE")]
    [InlineData("refusals", "DELETE")]
    public void Refusals_WhenAStepBreaksOff_LosesNothing(string table, string change)
    {
        RunOf("a", Start);
        Refuse("f", 5, Start + TimeSpan.FromMinutes(1));
        RunOf("b", Later);
        var before = Everything();
        Alter($"CREATE TRIGGER crash BEFORE {change} ON {table} BEGIN SELECT RAISE(ABORT, 'crash'); END");
        Assert.Throws<SqliteException>(() => rollUp.Refusals(Later, 1_000));
        Assert.Equal(before, Everything());
        Alter("DROP TRIGGER crash");
        Assert.Equal(5, rollUp.Refusals(Later, 1_000));
        AssertSound();
    }

    [Fact]
    public void Refusals_OfASpaceThatLoops_BecomeOneNumber()
    {
        RunOf("a", Start);
        Refuse("f", 40, Start + TimeSpan.FromMinutes(1));
        Do(Start + TimeSpan.FromMinutes(2), new RecordRefusal(new("nobody"), null, Function(), Weight.One, RefusalCause.NoVisitor));
        Refuse("young", 1, Start + TimeSpan.FromHours(2));
        var kept = Kept();
        Assert.Equal(41, rollUp.Refusals(Start + TimeSpan.FromHours(1), 1_000));
        Assert.Equal(0, rollUp.Refusals(Start + TimeSpan.FromHours(1), 1_000));
        var counted = Assert.Single(Reads.Entries(0, 1_000).Select(row => row.Entry).OfType<RefusalsCounted>());
        Assert.Equal((Ada, 40), (counted.Identity, counted.Count));
        Assert.Equal("refusal-young0", Assert.Single(Reads.Refusals(null, 100)).Id.Value);
        Assert.Equal(kept, Kept());
        AssertSound();
        while (rollUp.Entries(Later, 4) > 0) AssertSound();
        Assert.Equal(kept, Kept());
    }

    [Fact]
    public void Refusals_InTheMomentTheirWindowOpened_AreCountedOneByOne()
    {
        // A window that ends void in the moment it began, and another one in that moment: the first took its count with it.
        Do(Start, Request("void", Ada, PlanOf(10), Function(10)));
        Refuse("first", 2, Start);
        Do(Start, new Cancel(new("void"), Undelivered: true));
        Do(Start, Request("stays", Ada, PlanOf(10), Function(10)));
        Refuse("second", 3, Start);
        Assert.Equal(3, store.LoadLedger(Ada).Current!.Refusals);
        Do(Later, new JoinSlots("n0", [SlotNamed("n0/0")]));
        Assert.Equal(5, rollUp.Refusals(Later, 1_000));
        AssertSound();
    }

    [Fact]
    public void Refusals_ShownAgainUnderTheSameId_StayAsLongAgain()
    {
        RunOf("a", Start);
        var (first, second) = (Start + TimeSpan.FromMinutes(1), Start + TimeSpan.FromDays(20));
        Refuse("f", 1, first);
        Do(second, new RecordRefusal(new("refusal-f0"), Ada, Function(), Weight.One, RefusalCause.TokenExpired));
        var shown = Json.Write(Reads.Refusal(new("refusal-f0")));
        Assert.Equal(RefusalCause.TokenExpired, ((RequestRefused)Reads.Entries(0, 100)[^1].Entry).Refusal.Main.Cause);
        RunOf("b", Later);
        Assert.Equal(1, rollUp.Refusals(second, 1_000));
        Assert.Equal(shown, Json.Write(Reads.Refusal(new("refusal-f0"))));
        AssertSound();
        Assert.Equal(1, rollUp.Refusals(Later, 1_000));
        Assert.Null(Reads.Refusal(new("refusal-f0")));
        AssertSound();
    }

    [Fact]
    public void Entries_OfARunRefundedLater_KeepsItsReceiptUntilTheRefundIsOldToo()
    {
        RunOf("a", Start);
        var refund = Start + TimeSpan.FromDays(100);
        Do(refund, new RefundCharge(Ada, new("a"), "the GPU reported errors", "node:n0"));
        // The window it was charged to is over, and still the latest.
        AssertSound();
        RunOf("b", Later);
        Assert.NotEqual(0, rollUp.Entries(refund, 1_000));
        Assert.NotNull(Reads.Receipt(new("a"))!.Refund);
        AssertSound();
        Assert.Equal(1, rollUp.Entries(refund + TimeSpan.FromDays(1), 1_000));
        Assert.Null(Reads.Receipt(new("a")));
        AssertSound();
    }

    [Fact]
    public void Commit_UponARunThatWasRolledUpMeanwhile_IsAConflict()
    {
        RunOf("a", Start);
        var books = new Books(store.LoadLedger, store.LoadHistory, store.LoadReservation);
        Stint.Core.Leasing.Decisions.Decide.Handle(books, new RefundCharge(Ada, new("a"), "the GPU reported errors", "node:n0"), Later);
        RunOf("b", Later);
        Assert.NotEqual(0, rollUp.Entries(Later, 1_000));
        var changes = books.TakeChanges();
        foreach (var ledger in changes.Ledgers.Values) ledger.Version = store.LoadLedger(ledger.Identity).Version;
        Assert.Equal(CommitOutcome.Conflict, store.Commit(changes, Later));
        AssertSound();
    }

    [Fact]
    public void Instructions_LongDecided_GoWithTheirKeysAndTheirCreditsStay()
    {
        var box = new InstructionBox(folder.Catalogue);
        var grant = new GrantCredit(Ada, new("c"), CreditKind.Credit, GpuTime.FromSeconds(60), Start + TimeSpan.FromDays(300), "why", "root");
        box.Keep("i", grant, Start);
        Do(Start, grant);
        Assert.Equal(0, rollUp.Instructions(Later, 10));
        box.KeepDecision("i", InstructionOutcome.Done, Start);
        Assert.Equal(0, rollUp.Instructions(Start, 10));
        Assert.Equal(1, rollUp.Instructions(Later, 10));
        Assert.Null(box.Find("i"));
        Assert.Equal([Ada], box.Holders());
        AssertSound();
    }

    [Theory]
    [InlineData("UPDATE openings SET body = json_set(body, '$.current.spent', 4999) WHERE kind = 'ledger'", "fold")]
    [InlineData("UPDATE openings SET body = json_set(body, '$.deviceIndex', 5) WHERE key = 'n0/0'", "fold")]
    [InlineData("DELETE FROM openings WHERE kind = 'history'", "fold")]
    [InlineData("DELETE FROM openings WHERE kind = 'slot'", "fold")]
    [InlineData("DELETE FROM openings WHERE kind = 'ledger'", "fold")]
    [InlineData("DELETE FROM openings", "fold")]
    [InlineData("UPDATE openings SET body = '' WHERE kind = 'ledger'", "unreadable")]
    public void Audit_OfOpeningsThatWereTamperedWith_NamesIt(string tampering, string code)
    {
        RunOf("a", Start);
        Do(Start + TimeSpan.FromHours(1), new DrainNode("n0", true));
        Assert.NotEqual(0, rollUp.Entries(Later, 1_000));
        AssertSound();
        Alter(tampering);
        Assert.Contains(code, LedgerAudit.Of(folder.Database).Discrepancies.Select(found => found.Code));
    }

    [Fact]
    public void Backup_OfARolledUpLedger_IsRestoredWithItsOpenings()
    {
        RunOf("a", Start);
        RunOf("b", Later);
        Assert.NotEqual(0, rollUp.Entries(Later, 1_000));
        var file = Path.Combine(folder.Path, "copy.db");
        Backups.Make(folder.Database, file);
        using var other = new HubDirectory(Path.Combine(folder.Path, "other"));
        var (report, _) = Backups.Restore(other, file, replaces: false);
        Assert.True(report.IsSound);
        Assert.Equal(LedgerAudit.Of(folder.Database).ToString(), report.ToString());
    }

    public void Dispose()
    {
        rollUp.Dispose();
        store.Dispose();
        folder.Dispose();
    }

    private LedgerReads Reads => new(folder.Database);

    private void Do(Instant at, Command command) => step.Step([new(command, at)], at);

    /// <summary>Ada runs for five seconds.</summary>
    private void RunOf(string id, Instant at)
    {
        Do(at, Request(id, Ada, PlanOf(600), Function()));
        Do(at, new AllowWorker(new(id), Paint, Worker()));
        Do(at + TimeSpan.FromSeconds(5), new ReleaseLease(new(id), Paint, Failed: false));
    }

    /// <summary>Ada asks for all that her plan grants while some of it is used, so often.</summary>
    private void Refuse(string id, int times, Instant at)
    {
        var plan = step.Books.LedgerOf(Ada).Plan!;
        for (var i = 0; i < times; i++) Do(at, Request(id + i, Ada, plan, Function(plan.Allowance.WholeSeconds)) with { Strict = true });
    }

    private string Kept() => Json.Write(store.LoadLedger(Ada).Save(withEvents: false));

    private string Receipts(params string[] ids) => string.Join('\n', ids.Select(id => Json.Write(Reads.Receipt(new(id)))));

    private long CountOf(string table)
    {
        using var reader = folder.Database.OpenReader();
        return reader.ExecuteScalar<long>($"SELECT count(*) FROM {table}");
    }

    private string Everything() => string.Join(' ', new[] { "entries", "openings", "reservations", "refusals", "ledgers" }.Select(CountOf));

    private void Alter(string sql)
    {
        using var writer = folder.Database.OpenWriter();
        writer.Execute(sql);
    }

    private void AssertSound() => Assert.Empty(LedgerAudit.Of(folder.Database).Discrepancies);
}
