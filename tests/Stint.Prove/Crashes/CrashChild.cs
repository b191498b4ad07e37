using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using Stint.Core.Identities;
using Stint.Core.Leasing;
using Stint.Core.Plans;
using Stint.Core.Quota;
using Stint.Core.Spaces;
using Stint.Hub.Engine;
using Stint.Hub.Store;
using Stint.Hub.Store.Ledgers;
using Stint.Hub.Store.Retention;

namespace Stint.Prove.Crashes;

/// <summary>
/// The process that is killed: the real engine over the real store under load. It prints a line for everything that was
/// answered, after the answer and not before, so that whoever killed it knows what has to be kept.
/// </summary>
internal static class CrashChild
{
    public const string Ready = "ready";
    private const string Node = "n0";
    private const int Slots = 8;
    private const int Lanes = 24;
    private static readonly SpaceId Space = new("crash", "space");
    private static readonly Lock Output = new();

    /// <summary>Runs until it is killed, or its store fails for good: then the exit code is 3.</summary>
    public static async Task<int> RunAsync(string directory)
    {
        try
        {
            return await WorkAsync(directory);
        }
        catch (Exception e) when (e is HubDirectoryException or StoreFailedException)
        {
            // As the hub does: a disk that fails at the start is a sentence and an exit code.
            await Console.Error.WriteLineAsync(e.Message);
            return 1;
        }
    }

    private static async Task<int> WorkAsync(string directory)
    {
        var database = new Database(directory);
        using var store = new SqliteLedgerStore(database);
        var clock = new LedgerClock(TimeProvider.System, store.LastEvidence());
        await using var engine = new LedgerEngine(store, clock, [], NullLogger<LedgerEngine>.Instance);
        var broken = new TaskCompletionSource();
        engine.Broken = _ => broken.TrySetResult();
        var left = store.LoadOpen().Where(open => open.Lease?.Worker is { } worker && worker.Pid % 2 == 0).ToList();
        var resumed = engine.SendAsync<Done>(new ResumeLeases(store.LastEvidence() ?? new Instant(0), left.Select(run => run.Lease!.Worker!).ToHashSet()));
        var joined = engine.SendAsync<NodeReply>(new JoinSlots(Node, [.. Enumerable.Range(0, Slots).Select(i => new Slot(new($"{Node}/{i}"), Node, i, $"GPU-{i}", SlotSize.XLarge))]));
        engine.Start();
        await resumed;
        await joined;
        Say(Ready);
        var rolling = Task.Run(() => RollUpAsync(database, clock.Now, broken.Task));
        foreach (var run in left) await TryAsync(() => EndAsync(engine, run.Id, run.Lease!, failed: false));
        var lanes = Enumerable.Range(0, Lanes).Select(lane => Task.Run(() => LiveAsync(engine, lane, broken.Task)));
        await Task.WhenAny(broken.Task, Task.WhenAll(lanes));
        await rolling;
        return 3;
    }

    /// <summary>What former processes left is rolled up in small steps, so that kills meet them; what was answered by this one stays.</summary>
    private static async Task RollUpAsync(Database database, Instant before, Task broken)
    {
        while (!broken.IsCompleted)
        {
            try
            {
                using var rollUp = new RollUp(database);
                while (!broken.IsCompleted && rollUp.Refusals(before, 5) + rollUp.Entries(before, 40) > 0) await Task.Delay(1);
                return;
            }
            catch (SqliteException)
            {
                // A disk that fails: tried again, as the hub does.
                await Task.Delay(20);
            }
        }
    }

    private static async Task LiveAsync(LedgerEngine engine, int lane, Task broken)
    {
        var random = new Random(lane ^ Environment.ProcessId);
        while (!broken.IsCompleted) await TryAsync(() => RunOnceAsync(engine, lane, random));
    }

    private static async Task RunOnceAsync(LedgerEngine engine, int lane, Random random)
    {
        var plan = new Plan("crash", GpuTime.FromSeconds(random.Next(4) == 0 ? 1 : 40), 1, TimeSpan.FromHours(1), 0);
        var function = new FunctionKey(Space, "/run", SlotSize.Large, random.Next(1, 3_000));
        var request = new RequestLease(
            NewId.OfReservation(), NewId.OfRefusal(), IdentityId.Of(new AccountId("a" + (lane % 6))), plan, function, lane, Weight.One, "e" + random.Next(50_000), TimeSpan.FromSeconds(2));
        var (reply, wait) = await engine.RequestAsync(request);
        if (reply.Refusal is { } refusal)
        {
            Say($"refused {refusal.Id}");
            return;
        }

        Say($"reserved {request.Id}");
        if (random.Next(10) == 0) await engine.SendAsync<CancelReply>(new Cancel(request.Id, Undelivered: random.Next(2) == 0));
        if ((await wait.Result).Granted is not { Lease: var lease }) return;
        await engine.SendAsync<AllowWorkerReply>(new AllowWorker(request.Id, Space, new WorkerProcess(random.Next(1_000_000), random.Next(), true)));
        await EndAsync(engine, request.Id, lease, failed: random.Next(6) == 0);
    }

    private static async Task EndAsync(LedgerEngine engine, ReservationId id, Lease lease, bool failed)
    {
        var released = await engine.SendAsync<ReleaseLeaseReply>(new ReleaseLease(id, Space, failed));
        if (released.Ended is not { Ending: { } ending } ended) return;
        Say($"ended {id} {ending.Charged.Milliseconds}");
        if (ended.Lease!.Worker is { } worker && failed) await engine.SendAsync<Done>(new ReportWorkerGone(lease.Slot, worker));
    }

    /// <summary>A commit that failed was told to its caller, and the caller tries something else.</summary>
    private static async Task TryAsync(Func<Task> act)
    {
        try
        {
            await act();
        }
        catch (StoreFailedException)
        {
            Say("failed");
            await Task.Delay(5);
        }
    }

    private static void Say(string line)
    {
        lock (Output)
        {
            Console.Out.WriteLine(line);
            Console.Out.Flush();
        }
    }
}
