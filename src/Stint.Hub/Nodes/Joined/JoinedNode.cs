using System.Net;
using System.Text.Json;
using Stint.Core.Leasing;
using Stint.Core.Quota;
using Stint.Hub.Nodes.Gpus;
using Stint.Hub.Telemetry;

namespace Stint.Hub.Nodes.Joined;

/// <summary>
/// The life of a node beside its hub, again and again: 1 say hello, and learn how the slots have to stand 2 stop what nobody
/// knows of, before anyone gets those slots 3 report what became of every lease 4 beat, and take orders, until the hub is
/// out of reach. All the while leases whose time is over are ended here where the hub cannot.
/// </summary>
internal sealed class JoinedNode(
    HubCalls hub, HubLink link, LocalNode node, LeasesInHand leases, NodeAddress address, UnleasedWatch unleased, TimeProvider time, IHostApplicationLifetime lifetime, ILogger<JoinedNode> log)
    : BackgroundService
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan EndsEvery = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(2);

    /// <summary>Why the node gave up; null while it has not.</summary>
    public string? Dismissed { get; private set; }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var ending = EndOverdueAsync(stoppingToken);
        for (var pause = TimeSpan.FromMilliseconds(250); !stoppingToken.IsCancellationRequested && Dismissed is null;)
        {
            try
            {
                var welcome = await ReachAsync(stoppingToken).ConfigureAwait(false);
                pause = TimeSpan.FromMilliseconds(250);
                log.HubReached(welcome.Epoch);
                await BeatAsync(welcome, stoppingToken).ConfigureAwait(false);
            }
            catch (HubRefusedException e) when (e.Status == HttpStatusCode.Unauthorized)
            {
                Dismissed = e.Message;
                lifetime.StopApplication();
            }
            catch (Exception e) when (e is HttpRequestException or HubRefusedException or JsonException or IOException or OperationCanceledException)
            {
                if (link.IsOpen && !stoppingToken.IsCancellationRequested) log.HubOutOfReach(e.Message);
            }

            link.Close();
            await Task.Delay(pause, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }

        await ending.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task<WelcomeWire> ReachAsync(CancellationToken stop)
    {
        using var bounded = CancellationTokenSource.CreateLinkedTokenSource(stop);
        bounded.CancelAfter(Patience);
        // 1
        var hello = new HelloWire(address.DeviceUrl, [.. node.Slots.Select(slot => new OfferWire(slot.Id.Value[(node.Name.Length + 1)..], slot.DeviceIndex, slot.DeviceUuid, slot.Largest))], Device.Words(node.Devices));
        var welcome = await hub.AskAsync<HelloWire, WelcomeWire>("hello", hello, bounded.Token).ConfigureAwait(false);
        node.Grace = welcome.Grace;
        var orders = welcome.Orders.Select(order => order.At(leases.Now)).ToList();
        // 2
        var withheld = await Task.Run(() => StopStrays(orders), stop).ConfigureAwait(false);
        var alive = LocalNode.AliveOf(orders);
        leases.Take(orders);
        foreach (var order in orders)
            foreach (var worker in order.Known.Where(worker => worker.StartTicks != 0 && !alive.Contains(worker))) leases.Gone(order.Slot, worker);
        // 3
        var (told, gone) = leases.Report();
        using var again = CancellationTokenSource.CreateLinkedTokenSource(stop);
        again.CancelAfter(Patience);
        await hub.SayAsync("return", new ReturnWire(welcome.Epoch, told, gone, withheld), again.Token).ConfigureAwait(false);
        leases.Reported(told, gone);
        node.Take([.. orders.Select(order => order.Only(alive))]);
        link.Open(welcome.Epoch);
        if (unleased.Current.Count > 0) link.Mention(unleased.Current);
        return welcome;
    }

    /// <summary>Workers of this node that the hub knows nothing of any more: their lease was settled without a word of ours.</summary>
    private List<SlotId> StopStrays(List<SlotOrder> orders)
    {
        var known = orders.SelectMany(order => order.Known).ToHashSet();
        var strays = node.Held.SelectMany(held => held.Known.Select(worker => (held.Slot, Worker: worker)))
            .Concat(leases.Report().Leases.Where(lease => lease.Worker is not null).Select(lease => (Slot: leases.SlotOf(lease.Id), Worker: lease.Worker!))
                .Where(pair => pair.Slot is not null).Select(pair => (pair.Slot!.Value, pair.Worker)))
            .Where(pair => !known.Contains(pair.Worker) && LocalNode.IsAlive(pair.Worker) && !IsStillLeased(pair.Worker, orders)).Distinct().ToList();
        var withheld = new List<SlotId>();
        foreach (var (slot, worker) in strays)
            if (LocalNode.StopStray(worker) is { } because)
            {
                log.WorkerStays(slot, worker.Pid, because);
                withheld.Add(slot);
            }

        return withheld;
    }

    /// <summary>True where it works for a lease that the hub still counts on: it was only named at the node alone.</summary>
    private bool IsStillLeased(WorkerProcess worker, List<SlotOrder> orders) =>
        leases.Report().Leases.Any(lease => lease.Worker == worker && orders.Any(order => order.Lease?.Id == lease.Id));

    private async Task BeatAsync(WelcomeWire welcome, CancellationToken stop)
    {
        for (var seen = welcome.Seen; ;)
        {
            using var bounded = CancellationTokenSource.CreateLinkedTokenSource(stop, link.WhileOpen);
            bounded.CancelAfter(welcome.LostAfter);
            var answer = await hub.AskAsync<BeatWire, OrdersWire>("beat", new BeatWire(welcome.Epoch, seen), bounded.Token).ConfigureAwait(false);
            var orders = answer.Orders.Select(order => order.At(leases.Now)).ToList();
            leases.Take(orders);
            node.Take(orders);
            seen = answer.Seen;
        }
    }

    /// <summary>Where the hub is there it ends them, to the millisecond; else this machine's own clock does.</summary>
    private async Task EndOverdueAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            foreach (var lease in link.IsOpen ? [] : leases.Overdue())
            {
                leases.Ended(lease.Id, lease.AllowedAt is null ? ExitClass.NotAllowed : ExitClass.Overrun, lease.DueAt);
                log.EndedWithoutHub(lease.Id);
                if (lease is { Slot: { } slot, Worker: { } worker }) node.StopOverdue(slot, worker);
            }

            await Task.Delay(EndsEvery, time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}

/// <summary>Where Spaces of a node's machine ask for GPUs.</summary>
internal sealed record NodeAddress(Uri DeviceUrl);
