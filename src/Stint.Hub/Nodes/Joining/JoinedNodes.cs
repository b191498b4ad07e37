using System.Collections.Concurrent;
using Stint.Core.Leasing;
using Stint.Hub.Engine;
using Stint.Hub.Store;
using Stint.Hub.Telemetry;

namespace Stint.Hub.Nodes.Joining;

/// <summary>
/// All machines that have joined. Loses those of which nothing is heard, and follows what the operator does to them: a node
/// that is drained gets nothing new, one that is removed is not heard any more and its slots leave.
/// </summary>
internal sealed class JoinedNodes(
    NodeRecords records, NodeOrders orders, LedgerEngine engine, ILedgerStore store, NodeTerms terms, Catalogue catalogue, TimeProvider time, ILogger<JoinedNodes> log)
    : BackgroundService
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(250);

    private readonly ConcurrentDictionary<string, JoinedSlots> nodes = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, bool> drained = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, bool> removed = new(StringComparer.Ordinal);
    private readonly Lock gate = new();
    private long? followed;

    /// <summary>The node with this secret; null where there is none.</summary>
    public JoinedSlots? Find(string secret) => secret.Length > 0 && records.Find(secret) is { } record ? nodes.GetValueOrDefault(record.Name) : null;

    /// <summary>Takes up the slots that nodes had when the hub stopped. To be called before the engine starts.</summary>
    public void TakeUp()
    {
        foreach (var name in store.LoadSlots().Select(slot => slot.Node).Where(name => name != LocalNode.BuiltIn).Distinct())
            Add(name).Take(NodeStart.OrdersOf(store, name));
    }

    /// <summary>Takes note of nodes that joined, were drained or removed.</summary>
    public void Follow()
    {
        lock (gate)
        {
            var version = catalogue.Version();
            if (followed == version) return;
            var known = records.List();
            foreach (var record in known)
            {
                _ = nodes.GetValueOrDefault(record.Name) ?? Add(record.Name);
                removed.TryRemove(record.Name, out _);
                if (drained.GetValueOrDefault(record.Name) == record.IsDrained && followed is not null) continue;
                drained[record.Name] = record.IsDrained;
                _ = engine.SendAsync<Done>(new DrainNode(record.Name, record.IsDrained));
            }

            foreach (var node in nodes.Values.Where(node => known.All(record => record.Name != node.Name))) Dismiss(node);
            followed = version;
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                Follow();
                foreach (var node in nodes.Values.Where(node => node.IsPresent && node.SilentFor > terms.LostAfter)) await LoseAsync(node);
                foreach (var name in removed.Keys) await ClearAsync(nodes[name]);
            }
            catch (Exception e) when (e is EngineBusyException or StoreFailedException or Microsoft.Data.Sqlite.SqliteException)
            {
                log.NodesUnread(e);
            }

            await Task.Delay(Look, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private JoinedSlots Add(string name)
    {
        var node = nodes.GetOrAdd(name, _ => new JoinedSlots(name, time));
        orders.Add(node);
        return node;
    }

    /// <summary>It is heard no more before its slots are blocked, so that nothing it says can come in between.</summary>
    private async Task LoseAsync(JoinedSlots node)
    {
        node.BeLost();
        log.NodeLost(node.Name, terms.LostAfter);
        await engine.SendAsync<NodeReply>(new LoseNode(node.Name, node.Epoch, terms.Grace));
    }

    private void Dismiss(JoinedSlots node)
    {
        if (!removed.TryAdd(node.Name, true)) return;
        node.BeLost();
        log.NodeRemoved(node.Name);
    }

    /// <summary>What runs there is left to its deadlines; the rest goes, for nobody will ever say what became of it.</summary>
    private async Task ClearAsync(JoinedSlots node)
    {
        await engine.SendAsync<NodeReply>(new LoseNode(node.Name, long.MaxValue, terms.Grace));
        await engine.SendAsync<NodeReply>(new JoinSlots(node.Name, []) { Epoch = long.MaxValue });
        foreach (var order in node.Since(0).Orders)
            foreach (var worker in order.Forgotten.Append(order.Leaving).OfType<WorkerProcess>())
                await engine.SendAsync<Done>(new ReportWorkerGone(order.Slot, worker));
    }
}
