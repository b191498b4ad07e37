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
    public static async Task RunAsync(LedgerEngine engine, LocalNode node, ILedgerStore store)
    {
        // 1
        var evidence = store.LastEvidence() ?? new Instant(0);
        var alive = node.Resume(engine, store.LoadOpen(), store.LoadSlots());
        // 2, 3: sent before the loop runs and before the node reports anything, so that they come first.
        var resumed = engine.SendAsync<Done>(new ResumeLeases(evidence, alive));
        var joined = engine.SendAsync<NodeReply>(new JoinSlots(LocalNode.Name, node.Slots));
        node.GoOn();
        engine.Start();
        await resumed.ConfigureAwait(false);
        await joined.ConfigureAwait(false);
    }
}
