using Microsoft.Extensions.Logging.Abstractions;
using Stint.Core.Identities;
using Stint.Core.Leasing;
using Stint.Core.Plans;
using Stint.Core.Quota;
using Stint.Core.Spaces;
using Stint.Hub.Engine;
using Stint.Hub.Store;
using Stint.Hub.Store.Ledgers;

namespace Stint.Bench.Overview;

/// <summary>Reserve, grant and settle through the real engine over the real SQLite store, without HTTP.</summary>
internal sealed class InProcess : IAsyncDisposable
{
    private static readonly Plan Plan = new("bench", GpuTime.FromSeconds(2_000_000), 1, TimeSpan.FromSeconds(60), 0);
    private static readonly SpaceId Space = new("bench", "space");

    private readonly SqliteLedgerStore store;
    private readonly Database database;
    private readonly LedgerEngine engine;
    private readonly int lanes;
    private long next;

    public InProcess(string directory, int lanes)
    {
        this.lanes = lanes;
        database = new Database(directory);
        store = new SqliteLedgerStore(database);
        engine = new LedgerEngine(store, new LedgerClock(TimeProvider.System, null), [], NullLogger<LedgerEngine>.Instance);
        engine.Start();
    }

    public async Task PrepareAsync()
    {
        var slots = Enumerable.Range(0, lanes).Select(i => new Slot(new($"bench/{i:000}"), "bench", i, $"GPU-{i}", SlotSize.XLarge)).ToList();
        await engine.SendAsync<NodeReply>(new JoinSlots("bench", slots));
    }

    public async Task<Measured> RunAsync(TimeSpan length)
    {
        var (bytesBefore, pairsBefore) = (Written(), next);
        var measured = await Measured.RunAsync(lanes, length, PairAsync);
        return measured with { BytesEach = (Written() - bytesBefore) / Math.Max(1, next - pairsBefore) };
    }

    public async ValueTask DisposeAsync()
    {
        await engine.DisposeAsync();
        store.Dispose();
    }

    private async Task PairAsync(int lane)
    {
        var id = new ReservationId($"b_{Interlocked.Increment(ref next):0000000000}");
        var function = new FunctionKey(Space, "/bench", SlotSize.Large, 1000);
        var (_, wait) = await engine.RequestAsync(new RequestLease(
            id, new("f_" + id), new IdentityId($"account:{lane}"), Plan, function, lane, Weight.One, id.Value, TimeSpan.FromMinutes(1)));
        await wait.Result;
        await engine.SendAsync<AllowWorkerReply>(new AllowWorker(id, Space, new WorkerProcess(lane + 2, 1, false)));
        var released = await engine.SendAsync<ReleaseLeaseReply>(new ReleaseLease(id, Space, Failed: false));
        if (released.Outcome != ReleaseLeaseOutcome.Released) throw new InvalidOperationException($"{id}: {released.Outcome}");
    }

    /// <summary>Bytes of all entries and state rows a pair adds; what SQLite makes of them is its own affair, for both contenders.</summary>
    private long Written()
    {
        using var reader = database.OpenReader();
        return Dapper.SqlMapper.ExecuteScalar<long>(
            reader, "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()");
    }
}
