using Stint.Core.Leasing;
using Stint.Core.Leasing.Decisions;
using Stint.Core.Quota;
using Stint.Hub.Engine;
using Xunit;
using static Stint.Tests.Fakes.Samples;

namespace Stint.Tests.Hub.Store;

/// <summary>What every <see cref="ILedgerStore"/> promises. Each store has a class that runs these tests over it.</summary>
public abstract class LedgerStoreContract
{
    /// <summary>The store under test; a second call opens what the first one kept, as a restart would.</summary>
    protected abstract ILedgerStore Open();

    [Fact]
    public void LoadLedger_OfAStranger_IsEmptyAtVersionZero()
    {
        var ledger = Open().LoadLedger(Ada);
        Assert.Equal((Ada, 0L), (ledger.Identity, ledger.Version));
        Assert.Null(ledger.Plan);
        Assert.Null(ledger.Current);
        Assert.Empty(ledger.Queued);
        Assert.Empty(ledger.Leased);
    }

    [Fact]
    public void LoadHistory_OfAFunctionThatNeverRan_IsEmpty() => Assert.Empty(Open().LoadHistory(Function()).Runs);

    [Fact]
    public void LastEvidence_OfANewStore_IsNull() => Assert.Null(Open().LastEvidence());

    [Fact]
    public void KeepEvidence_Twice_KeepsTheLater()
    {
        var store = Open();
        store.KeepEvidence(Start);
        store.KeepEvidence(Start + TimeSpan.FromSeconds(1));
        Assert.Equal(Start + TimeSpan.FromSeconds(1), Open().LastEvidence());
    }

    [Fact]
    public void Commit_AtAMoment_IsEvidenceOfIt()
    {
        var store = Open();
        Assert.Equal(CommitOutcome.Committed, store.Commit(Reserved(store, "a"), Start));
        Assert.Equal(Start, Open().LastEvidence());
    }

    [Fact]
    public void Commit_OfAReservation_IsThereAfterARestart()
    {
        var store = Open();
        var changes = Reserved(store, "a");
        store.Commit(changes, Start);
        var again = Open();
        var expected = changes.Reservations.Values.Single();
        Assert.Equal([expected], again.LoadOpen());
        Assert.Equal(expected, again.LoadReservation(expected.Id));
        Assert.Null(again.LoadReservation(new("other")));
        var ledger = again.LoadLedger(Ada);
        Assert.Equal([expected], ledger.Queued);
        Assert.Equal(PlanOf(120), ledger.Plan);
        Assert.Equal(expected.Expected, ledger.Outstanding);
        Assert.Equal([SlotNamed("n0/0")], again.LoadSlots());
    }

    [Fact]
    public void Commit_OfALease_KeepsItsWindowItsWorkerAndItsSlot()
    {
        var (store, books) = Leased();
        var again = Open();
        var run = Assert.Single(again.LoadOpen());
        Assert.Equal(books.Find(run.Id), run);
        Assert.Equal(Worker(), run.Lease!.Worker);
        var ledger = again.LoadLedger(Ada);
        Assert.Equal(books.LedgerOf(Ada).Current, ledger.Current);
        Assert.Equal(1, ledger.Events.LeasesOf("event-a"));
        Assert.Equal(books.Pool.Slots.Values, again.LoadSlots());
        Assert.NotNull(store.LastEvidence());
    }

    [Fact]
    public void Commit_OfAnEnd_LeavesNothingOpenAndTheHistoryLearned()
    {
        var (store, books) = Leased();
        Decide.Handle(books, new ReleaseLease(new("a"), Paint, Failed: false), Start + TimeSpan.FromSeconds(5));
        store.Commit(books.TakeChanges(), Start + TimeSpan.FromSeconds(5));
        var again = Open();
        Assert.Empty(again.LoadOpen());
        Assert.Equal(ReservationPhase.Settled, again.LoadReservation(new("a"))!.Phase);
        Assert.Equal(GpuTime.FromSeconds(5), again.LoadLedger(Ada).Current!.Spent);
        Assert.Equal([TimeSpan.FromSeconds(5)], again.LoadHistory(Function()).Runs[Ada]);
        Assert.Equal(new WarmWorker(Paint, 1, Worker()), again.LoadSlots().Single().Warm);
    }

    [Fact]
    public void Commit_OfTwoFunctionsAlikeInText_KeepsTwoHistories()
    {
        var books = BooksOf(Open());
        var (first, second) = (Function(space: new("a", "bc"), endpoint: ""), Function(space: new("a", "b"), endpoint: "c"));
        books.HistoryOf(first).Learn(Ada, TimeSpan.FromSeconds(1));
        books.HistoryOf(second).Learn(Ada, TimeSpan.FromSeconds(2));
        var changes = new Changes();
        foreach (var function in new[] { first, second }) changes.Learned[(function, Ada)] = new(books.HistoryOf(function), 1);
        Open().Commit(changes, Start);
        Assert.Equal([TimeSpan.FromSeconds(1)], Open().LoadHistory(first).Runs[Ada]);
        Assert.Equal([TimeSpan.FromSeconds(2)], Open().LoadHistory(second).Runs[Ada]);
    }

    [Fact]
    public void Commit_OfASlotThatLeft_ForgetsIt()
    {
        var store = Open();
        var books = BooksOf(store);
        Decide.Handle(books, new JoinSlots("n0", [SlotNamed("n0/0"), SlotNamed("n0/1")]), Start);
        store.Commit(books.TakeChanges(), Start);
        Decide.Handle(books, new JoinSlots("n0", [SlotNamed("n0/1")]), Start);
        store.Commit(books.TakeChanges(), Start);
        Assert.Equal([SlotNamed("n0/1")], Open().LoadSlots());
    }

    [Fact]
    public void Commit_OnALedgerThatAnotherWriterChanged_IsAConflictAndKeepsNothing()
    {
        var store = Open();
        var (mine, theirs) = (Reserved(store, "mine"), Reserved(store, "theirs"));
        Assert.Equal(CommitOutcome.Committed, store.Commit(theirs, Start));
        Assert.Equal(CommitOutcome.Conflict, store.Commit(mine, Start + TimeSpan.FromSeconds(1)));
        Assert.Equal("theirs", Assert.Single(Open().LoadOpen()).Id.Value);
        Assert.Equal(Start, Open().LastEvidence());
    }

    [Fact]
    public void Commit_OnAKnownLedgerThatAnotherWriterChanged_IsAConflict()
    {
        var store = Open();
        store.Commit(Reserved(store, "first"), Start);
        var (mine, theirs) = (Reserved(store, "mine"), Reserved(store, "theirs"));
        Assert.Equal(CommitOutcome.Committed, store.Commit(theirs, Start));
        Assert.Equal(CommitOutcome.Conflict, store.Commit(mine, Start));
        Assert.Equal(["first", "theirs"], Open().LoadOpen().Select(run => run.Id.Value).Order());
    }

    [Fact]
    public void Commit_Twice_OfOneLedgerInMemory_IsNoConflict()
    {
        var store = Open();
        var books = BooksOf(store);
        Decide.Handle(books, new JoinSlots("n0", [SlotNamed("n0/0")]), Start);
        for (var i = 0; i < 3; i++)
        {
            Decide.Handle(books, Request("r" + i, Ada, PlanOf(200), Function()), Start);
            Assert.Equal(CommitOutcome.Committed, store.Commit(books.TakeChanges(), Start));
        }

        Assert.Equal(3, Open().LoadLedger(Ada).Version);
    }

    [Fact]
    public void Commit_OfARefusalKeptBefore_FailsNobody()
    {
        var store = Open();
        var books = BooksOf(store);
        for (var i = 0; i < 2; i++)
        {
            Decide.Handle(books, new RecordRefusal(new("same"), null, Function(), Weight.One, RefusalCause.NoVisitor), Start);
            Assert.Equal(CommitOutcome.Committed, store.Commit(books.TakeChanges(), Start));
        }
    }

    private static Books BooksOf(ILedgerStore store) => new(store.LoadLedger, store.LoadHistory, store.LoadReservation);

    /// <summary>What is to be kept once Ada has reserved under this id, decided upon what the store holds now.</summary>
    private static Changes Reserved(ILedgerStore store, string id)
    {
        var books = BooksOf(store);
        Decide.Handle(books, new JoinSlots("n0", [SlotNamed("n0/0")]), Start);
        Decide.Handle(books, Request(id, Ada, PlanOf(120), Function(5)), Start);
        return books.TakeChanges();
    }

    private (ILedgerStore Store, Books Books) Leased()
    {
        var store = Open();
        var books = BooksOf(store);
        Decide.Handle(books, new JoinSlots("n0", [SlotNamed("n0/0")]), Start);
        Decide.Handle(books, Request("a", Ada, PlanOf(120), Function()), Start);
        Decide.AdvanceTo(books, Start);
        Decide.Handle(books, new AllowWorker(new("a"), Paint, Worker()), Start + TimeSpan.FromSeconds(1));
        Assert.Equal(CommitOutcome.Committed, store.Commit(books.TakeChanges(), Start + TimeSpan.FromSeconds(1)));
        return (store, books);
    }
}
