using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using Stint.Core.Leasing;
using Stint.Core.Plans;
using Stint.Core.Quota;
using Stint.Core.Spaces;
using Stint.Hub.Engine;
using Stint.Hub.Store;
using Stint.Hub.Store.Ledgers;

namespace Stint.Prove.Size;

/// <summary>Reservations of accounts picked at random over one grown ledger, through the real engine over the real store.</summary>
internal sealed class ReserveRounds : IAsyncDisposable
{
    private const int Callers = 16;

    private static readonly Plan Plan = Plan.Defaults.Single(plan => plan.Name == Plan.Free);
    private static readonly SpaceId Space = new("acme", "space-0");

    private readonly GrownLedger grown;
    private readonly SqliteLedgerStore store;
    private readonly LedgerEngine engine;

    private ReserveRounds(GrownLedger grown)
    {
        this.grown = grown;
        store = new SqliteLedgerStore(new Database(grown.Directory));
        engine = new LedgerEngine(store, new LedgerClock(TimeProvider.System, store.LastEvidence()), [], NullLogger<LedgerEngine>.Instance);
        engine.Start();
    }

    public static async Task<ReserveRounds> OverAsync(GrownLedger grown)
    {
        var rounds = new ReserveRounds(grown);
        var slots = Enumerable.Range(0, Callers).Select(i => new Slot(new($"local/{i:00}"), "local", i, $"GPU-{i}", SlotSize.XLarge));
        await rounds.engine.SendAsync<NodeReply>(new JoinSlots("local", [.. slots]));
        return rounds;
    }

    /// <summary>What each reservation took, in milliseconds, shortest first; what it reserved was given back at once.</summary>
    public async Task<double[]> RunAsync(TimeSpan length)
    {
        var began = Stopwatch.GetTimestamp();
        var took = await Task.WhenAll(Enumerable.Range(0, Callers).Select(caller => Task.Run(async () =>
        {
            var each = new List<double>();
            while (Stopwatch.GetElapsedTime(began) < length)
            {
                var id = NewId.OfReservation();
                var request = new RequestLease(
                    id, NewId.OfRefusal(), GrownLedger.Identity(Random.Shared.NextInt64(grown.Accounts)), Plan,
                    new FunctionKey(Space, "/predict", SlotSize.Large, 3_000), caller, Weight.One, NewId.OfEvent(), TimeSpan.FromMinutes(1));
                var asked = Stopwatch.GetTimestamp();
                var (reply, wait) = await engine.RequestAsync(request);
                each.Add(Stopwatch.GetElapsedTime(asked).TotalMilliseconds);
                if (reply.Outcome != RequestLeaseOutcome.Queued) throw new InvalidOperationException($"a reservation was refused: {reply.Refusal?.Main.Cause}");
                await wait.Result;
                await engine.SendAsync<ReleaseLeaseReply>(new ReleaseLease(id, Space, Failed: false));
            }

            return each;
        })));
        return [.. took.SelectMany(each => each).Order()];
    }

    public async ValueTask DisposeAsync()
    {
        await engine.DisposeAsync();
        store.Dispose();
    }
}
