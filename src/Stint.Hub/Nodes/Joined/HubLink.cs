using System.Text.Json;
using Stint.Core.Leasing;
using Stint.Hub.Nodes.Gpus;

namespace Stint.Hub.Nodes.Joined;

/// <summary>
/// The way from a node to its hub. Open from the report on until anything fails; what is seen while it is not is kept for
/// the next report.
/// </summary>
internal sealed class HubLink(HubCalls hub, LeasesInHand leases) : IHubLink
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly Lock gate = new();
    private CancellationTokenSource? open;

    public long Epoch { get; private set; }

    public bool IsOpen
    {
        get
        {
            lock (gate) return open is not null;
        }
    }

    /// <summary>Cancelled at the moment the hub is out of reach; cancelled already where it is.</summary>
    public CancellationToken WhileOpen
    {
        get
        {
            lock (gate) return open?.Token ?? new CancellationToken(canceled: true);
        }
    }

    public void Open(long epoch)
    {
        lock (gate) (Epoch, open) = (epoch, new CancellationTokenSource());
    }

    /// <summary>The node says hello again, and reports. Harmless where it is closed.</summary>
    public void Close()
    {
        CancellationTokenSource? closing;
        lock (gate) (closing, open) = (open, null);
        closing?.Cancel();
    }

    public void Tell(Command seen) => _ = Task.Run(async () =>
    {
        var wire = seen switch
        {
            ReportWorkerGone gone => new SeenWire(Epoch, gone.Slot, gone.Worker, null),
            ReportUnstoppable stuck => new SeenWire(Epoch, stuck.Slot, null, stuck.Cause),
            _ => throw new Core.InvariantBrokenException($"a node tells nothing of {seen.GetType().Name}"),
        };
        if (IsOpen && await TryAsync("seen", wire).ConfigureAwait(false)) return;
        if (seen is ReportWorkerGone lost) leases.Gone(lost.Slot, lost.Worker);
        Close();
    });

    /// <summary>For the operator's eyes. What is not heard now is said again when the hub is back.</summary>
    public void Mention(IReadOnlyList<UnleasedUse> uses) =>
        _ = Task.Run(() => IsOpen ? TryAsync("unleased", new UnleasedWire(Epoch, [.. uses.Take(NodeWire.MostUnleased)])) : Task.FromResult(false));

    /// <summary>The answer that granted a lease could not be handed on.</summary>
    public Task<bool> UndeliveredAsync(Stint.Core.Quota.ReservationId id) => TryAsync("undelivered", new UndeliveredWire(Epoch, id));

    private async Task<bool> TryAsync<T>(string call, T said)
    {
        using var bounded = new CancellationTokenSource(Patience);
        try
        {
            await hub.SayAsync(call, said, bounded.Token).ConfigureAwait(false);
            return true;
        }
        catch (Exception e) when (e is HttpRequestException or HubRefusedException or OperationCanceledException or JsonException)
        {
            return false;
        }
    }
}
