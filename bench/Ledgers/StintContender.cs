using Microsoft.Extensions.Logging.Abstractions;
using Stint.Core.Identities;
using Stint.Core.Leasing;
using Stint.Core.Plans;
using Stint.Core.Quota;
using Stint.Core.Spaces;
using Stint.Hub.Engine;
using Stint.Hub.Store;
using Stint.Hub.Store.Ledgers;

namespace Stint.Bench.Ledgers;

/// <summary>The hub's engine over its own store, as the hub runs it: a call is a command, and with the quota it decides the queue and the slot.</summary>
internal sealed class StintContender : IContender
{
    /// <summary>An identity token is good for a bounded number of leases.</summary>
    private const int LeasesPerEvent = 90;

    private static readonly Plan Plan = new("bench", new GpuTime(Payload.AllowanceMilliseconds), 1, TimeSpan.FromSeconds(60), 0);
    private static readonly SpaceId Space = new("bench", "space");

    /// <summary>Declares so much that no run is stopped, however loaded the machine is; what it holds is learned.</summary>
    private static readonly FunctionKey Function = new(Space, "/bench", SlotSize.Large, 60_000);

    private readonly SqliteLedgerStore store;
    private readonly LedgerEngine engine;
    private readonly int[] events;

    private StintContender(string folder, int callers)
    {
        store = new SqliteLedgerStore(new Database(folder));
        engine = new LedgerEngine(store, new LedgerClock(TimeProvider.System, null), [], NullLogger<LedgerEngine>.Instance);
        events = new int[callers];
        engine.Start();
    }

    public string Name => "Stint, engine over SQLite";

    public static async Task<StintContender> StartAsync(string folder, int callers)
    {
        var contender = new StintContender(folder, callers);
        var slots = Enumerable.Range(0, callers).Select(i => new Slot(new($"bench/{i:000}"), "bench", i, $"GPU-00000000-0000-0000-0000-00000000{i:0000}", SlotSize.XLarge));
        await contender.engine.SendAsync<NodeReply>(new JoinSlots("bench", [.. slots]));
        return contender;
    }

    public async Task PairAsync(int caller, int account)
    {
        var id = Payload.NewId();
        var request = new RequestLease(
            new(id), new("f" + id[1..]), new IdentityId(Payload.Account(account)), Plan, Function, caller, Weight.One,
            $"event-{caller:0000}-{events[caller]++ / LeasesPerEvent}", TimeSpan.FromMinutes(1)) { Recognition = new(EvidenceKind.AccessToken) };
        var (_, wait) = await engine.RequestAsync(request);
        var lease = (await wait.Result).Granted!.Lease;
        // The worker of the run before is warm, as in any app that is used: only the first run of each caller names one.
        if (!lease.Idle) await engine.SendAsync<AllowWorkerReply>(new AllowWorker(new(id), Space, new WorkerProcess(caller + 2, 1, false)));
        var released = await engine.SendAsync<ReleaseLeaseReply>(new ReleaseLease(new(id), Space, Failed: false));
        if (released.Outcome != ReleaseLeaseOutcome.Released) throw new InvalidOperationException($"{id}: {released.Outcome}");
    }

    public async ValueTask DisposeAsync()
    {
        await engine.DisposeAsync();
        store.Dispose();
    }
}
