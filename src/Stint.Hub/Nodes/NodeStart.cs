using Stint.Core.Leasing;
using Stint.Core.Quota;
using Stint.Hub.Engine;

namespace Stint.Hub.Nodes;

/// <summary>
/// The one order in which a hub comes up: 1 see which workers are still there 2 settle what ended while the hub was down and
/// move the deadlines of the rest, before any of them may be enforced 3 offer the slots. Only then may anyone be let in.
/// </summary>
public static class NodeStart
{
    /// <summary>Starts the engine. Its store is read here before that, when nobody else uses it.</summary>
    /// <param name="patience">How long after its deadline a lease of another machine is left to that machine's report.</param>
    public static async Task RunAsync(LedgerEngine engine, LocalNode node, ILedgerStore store, TimeSpan patience = default)
    {
        // 1
        var evidence = store.LastEvidence() ?? new Instant(0);
        var kept = OrdersOf(store, node.Name);
        var alive = LocalNode.AliveOf(kept);
        node.ReportTo(new EngineLink(engine));
        // 2, 3: sent before the loop runs and before the node reports anything, so that they come first.
        var resumed = engine.SendAsync<Done>(new ResumeLeases(evidence, alive) { Here = node.Name, Grace = patience });
        var joined = engine.SendAsync<NodeReply>(new JoinSlots(node.Name, node.Slots));
        node.Take([.. kept.Select(order => order.Only(alive))]);
        engine.Start();
        await resumed.ConfigureAwait(false);
        await joined.ConfigureAwait(false);
    }

    /// <summary>The slots of a node as they were kept; a lease's end is not reckoned yet.</summary>
    public static IReadOnlyList<SlotOrder> OrdersOf(ILedgerStore store, string node)
    {
        var runs = store.LoadOpen().Where(open => open.Lease is not null).ToDictionary(run => run.Id);
        return [.. store.LoadSlots().Where(slot => slot.Node == node)
            .Select(slot => SlotOrder.Of(slot.Id, slot, slot.Lease is { } lease ? runs.GetValueOrDefault(lease) : null, run => run.Lease!.GrantedAt + run.Weight.Lasts(run.Ceiling)))];
    }
}
