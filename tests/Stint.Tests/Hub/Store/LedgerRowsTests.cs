using Dapper;
using Microsoft.Data.Sqlite;
using Stint.Core.Identities;
using Stint.Core.Leasing;
using Stint.Core.Leasing.Decisions;
using Stint.Core.Quota;
using Stint.Hub.Store;
using Stint.Hub.Store.Ledgers;
using Xunit;
using static Stint.Tests.Fakes.Samples;

namespace Stint.Tests.Hub.Store;

public sealed class LedgerRowsTests : IDisposable
{
    private static readonly Recognition HandedOn = new(EvidenceKind.AccessToken, Paint, Sing);

    private readonly HubFolder folder = new();

    [Fact]
    public void Entries_OfEveryFrequentKind_AreReadAsTheyWereDecided()
    {
        using var store = new SqliteLedgerStore(folder.Database);
        var books = new Books(store.LoadLedger, store.LoadHistory, store.LoadReservation);
        var decided = new List<string>();
        Do(0, new JoinSlots("n0", [SlotNamed("n0/0")]));
        Do(0, Request("a", Ada, PlanOf(200), Function()) with { Recognition = HandedOn, SpaceConcurrency = 3 });
        Do(1, new AllowWorker(new("a"), Paint, Worker()));
        Do(2, new ReleaseLease(new("a"), Paint, Failed: false));
        // The next one of this task finds a warm worker, and names another all the same.
        Do(3, Request("b", Ada, PlanOf(200), Function()));
        Do(4, new AllowWorker(new("b"), Paint, Worker(200)));
        Do(5, new ResumeLeases(Start + TimeSpan.FromSeconds(4), new HashSet<WorkerProcess> { Worker(200) }));
        Do(6, new Cancel(new("b"), Undelivered: false));
        Do(7, Request("c", Bob, PlanOf(1), Function()));
        Do(8, Request("d", Bob, PlanOf(200), Function()));
        Do(9, new Cancel(new("d"), Undelivered: false));
        Assert.Equal(decided, new LedgerReads(folder.Database).Entries(0, 1_000).Select(row => Json.Write(row.Entry)));

        void Do(int second, Command command)
        {
            var now = Start + TimeSpan.FromSeconds(second);
            Decide.Handle(books, command, now);
            Decide.AdvanceTo(books, now);
            var changes = books.TakeChanges();
            decided.AddRange(changes.Entries.Select(Json.Write));
            store.Commit(changes, now);
        }
    }

    [Fact]
    public void LoadLedger_WithWhatIsSeldomSet_IsAsItWasCommitted()
    {
        var window = new Window(Start, GpuTime.FromSeconds(100), GpuTime.FromSeconds(7), 2, 1) { Overstay = GpuTime.FromSeconds(3) };
        var earlier = new Window(Start - Window.Length, GpuTime.FromSeconds(50), GpuTime.Zero, 1);
        var state = new LedgerState(Ada, 0, PlanOf(100), window, [earlier], new Dictionary<string, EventUse>(), Start);
        using var store = new SqliteLedgerStore(folder.Database);
        store.Commit(new Changes { Ledgers = { [Ada] = Ledger.Restore(state, []) } }, Start);
        Assert.Equal(Json.Write(state with { Version = 1 }), Json.Write(store.LoadLedger(Ada).Save()));
    }

    [Fact]
    public void LoadLedger_AfterRuns_KnowsWhatEachEventWasUsedFor()
    {
        using var store = new SqliteLedgerStore(folder.Database);
        var books = new Books(store.LoadLedger, store.LoadHistory, store.LoadReservation);
        Decide.Handle(books, new JoinSlots("n0", [SlotNamed("n0/0"), SlotNamed("n0/1")]), Start);
        foreach (var (id, second) in new[] { ("a", 0), ("b", 10), ("c", 20) })
        {
            var now = Start + TimeSpan.FromSeconds(second);
            Decide.Handle(books, Request(id, Ada, PlanOf(300), Function()) with { Event = id == "c" ? "other" : "one" }, now);
            Decide.AdvanceTo(books, now);
            Decide.Handle(books, new AllowWorker(new(id), Paint, Worker()), now);
            if (id == "a") Decide.Handle(books, new ReleaseLease(new(id), Paint, Failed: false), now + TimeSpan.FromSeconds(5));
        }

        store.Commit(books.TakeChanges(), Start);
        Assert.Equal(Json.Write(books.LedgerOf(Ada).Save()), Json.Write(store.LoadLedger(Ada).Save()));
    }

    [Fact]
    public void Open_OfAFileWithJsonBodies_FindsEverythingInColumns()
    {
        var path = Directory.CreateTempSubdirectory("stint-test-").FullName;
        try
        {
            var lease = new Lease(new("n0/0"), 0, "GPU-n0/0", Start, Start, Idle: true, Worker(), Start, TimeSpan.FromSeconds(1));
            var run = Reservation() with { Phase = ReservationPhase.Settled, Lease = lease, Ending = new(Start, ExitClass.Completed, TimeSpan.FromSeconds(2), GpuTime.FromSeconds(4), "why") };
            var state = new LedgerState(Ada, 5, PlanOf(100), new Window(Start, GpuTime.FromSeconds(100), GpuTime.FromSeconds(4), 1), [], new Dictionary<string, EventUse>(), Start);
            Entry reserved = new GpuTimeReserved(Start, Reservation());
            WriteOld(path, run, state, reserved);
            using var store = new SqliteLedgerStore(new Database(path));
            Assert.Equal(run, store.LoadReservation(run.Id));
            Assert.Equal(Json.Write(state.Current), Json.Write(store.LoadLedger(Ada).Current));
            Assert.Equal((5L, PlanOf(100)), (store.LoadLedger(Ada).Version, store.LoadLedger(Ada).Plan));
            Assert.Equal([TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2)], store.LoadHistory(Function()).Runs[Ada]);
            Assert.Equal(reserved, Assert.Single(new LedgerReads(new Database(path)).Entries(0, 10)).Entry);
        }
        finally
        {
            SqliteConnection.ClearAllPools();
            Directory.Delete(path, recursive: true);
        }
    }

    [Fact]
    public void Open_OfAFileWithARefusalToldTwice_KeepsBothTellings()
    {
        var path = Directory.CreateTempSubdirectory("stint-test-").FullName;
        try
        {
            using (var former = new SqliteLedgerStore(new Database(path)))
            {
                var books = new Books(former.LoadLedger, former.LoadHistory, former.LoadReservation);
                for (var second = 0; second < 2; second++)
                    Decide.Handle(books, new RecordRefusal(new("same"), Ada, Function(), Weight.One, RefusalCause.NoVisitor), Start + TimeSpan.FromSeconds(second));
                former.Commit(books.TakeChanges(), Start);
            }

            SqliteConnection.ClearAllPools();
            using (var old = new SqliteConnection($"Data Source={path}/{Database.FileName};Pooling=false"))
            {
                old.Open();
                old.Execute("DROP TABLE personal_webhooks; DROP TABLE personal_deliveries; DROP TABLE openings; DROP INDEX instructions_decided; DROP INDEX entries_refused; UPDATE entries SET body = 'same'; PRAGMA user_version = 10;");
                old.Execute("UPDATE refusals SET at = @at", new { at = Start.UnixMilliseconds });
            }

            var database = new Database(path);
            var told = new LedgerReads(database).Entries(0, 10).Select(row => (RequestRefused)row.Entry).ToList();
            Assert.Equal([Start, Start + TimeSpan.FromSeconds(1)], told.Select(entry => entry.At));
            Assert.All(told, entry => Assert.Equal(Start, entry.Refusal.At));
            using var reader = database.OpenReader();
            Assert.Equal(Start.UnixMilliseconds + 1_000, reader.ExecuteScalar<long>("SELECT at FROM refusals"));
            Assert.Equal(["same", "{"], reader.Query<string>("SELECT iif(body LIKE '{%', '{', body) FROM entries ORDER BY seq"));
        }
        finally
        {
            SqliteConnection.ClearAllPools();
            Directory.Delete(path, recursive: true);
        }
    }

    public void Dispose() => folder.Dispose();

    private static void WriteOld(string path, Reservation run, LedgerState state, Entry entry)
    {
        using var old = new SqliteConnection($"Data Source={path}/{Database.FileName};Pooling=false");
        old.Open();
        old.Execute(LedgerSchema.Create + CatalogueSchema.Create + GatewaySchema.Create + "PRAGMA user_version = 3;");
        old.Execute("INSERT INTO entries (at, kind, identity, reservation, body) VALUES (1, 'GpuTimeReserved', 'account:ada', 'a', @body)", new { body = Json.Write(entry) });
        old.Execute("INSERT INTO ledgers VALUES ('account:ada', 5, @body)", new { body = Json.Write(state) });
        old.Execute(
            "INSERT INTO reservations VALUES ('a', 'account:ada', 'ada/paint', 'Settled', @at, @at, 4000, @body)",
            new { at = Start.UnixMilliseconds, body = Json.Write(run) });
        var history = new HistoryState(Function(), [new(Ada, [1_000, 2_000])]);
        old.Execute("INSERT INTO histories VALUES (@key, @body)", new { key = Function().ToString(), body = Json.Write(history) });
    }

    private static Reservation Reservation() => new()
    {
        Id = new("a"),
        Identity = Ada,
        Function = Function(),
        TaskId = 5,
        Weight = new(2_000),
        Floor = GpuTime.FromSeconds(1),
        Ceiling = GpuTime.FromSeconds(120),
        Expected = GpuTime.FromSeconds(9),
        Event = "event",
        Recognition = HandedOn,
        Priority = 2,
        RefusalId = new("f"),
        SpaceConcurrency = 4,
        ReservedAt = Start,
        ArrivedAt = Start,
        WaitUntil = Start + TimeSpan.FromMinutes(1),
    };
}
