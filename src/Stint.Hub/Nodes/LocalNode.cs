using Stint.Core.Leasing;
using Stint.Core.Quota;
using Stint.Core.Spaces;
using Stint.Hub.Nodes.Gpus;
using Stint.Hub.Nodes.Workers;
using Stint.Hub.Telemetry;

namespace Stint.Hub.Nodes;

/// <summary>
/// The machine this process runs on: its slots, and the processes that use them. It holds each slot to the last order: what
/// may be there is watched, what has to go is stopped, and what it sees it tells the hub. Only a worker that was proven to
/// be its Space's own is ever stopped, and only by a handle on that very process.
/// </summary>
public sealed class LocalNode : INode, IDisposable
{
    /// <summary>The hub's own machine, which is a node without having joined.</summary>
    public const string BuiltIn = "local";

    private readonly SpaceTree tree;
    private readonly ExitWatch watch;
    private readonly ILogger log;
    private readonly HashSet<(SlotId Slot, WorkerProcess Worker)> stops = [];
    private readonly Dictionary<SlotId, SlotOrder> held = [];
    private readonly Dictionary<SlotId, SpaceId> spaces = [];
    private readonly Lock gate = new();
    private IHubLink? link;
    private int disposed;

    /// <param name="grace">See <see cref="Grace"/>.</param>
    public LocalNode(string name, IReadOnlyList<Device> devices, SupervisedProcess supervised, TimeSpan grace, ILogger<LocalNode> log)
    {
        (Name, Devices, Grace, this.log) = (name, devices, grace, log);
        tree = new SpaceTree(supervised);
        watch = new ExitWatch((slot, worker) => link?.Tell(Gone(slot, worker)));
    }

    public string Name { get; }

    public IReadOnlyList<Device> Devices { get; }

    /// <summary>Between asking an overstaying worker to leave and killing it. A node that has joined is told its hub's.</summary>
    public TimeSpan Grace { get; set; }

    /// <summary>Whether a Space's memory was used up since the last look.</summary>
    public StarvedSpace Starved { get; init; } = _ => false;

    /// <summary>Why a task of this Space failed, as far as this machine saw it; null where it saw nothing.</summary>
    public string? CauseOfFailure(SpaceId space) => Starved(space) ? EndingCauses.OutOfMemory : null;

    /// <summary>What it has to offer.</summary>
    public IReadOnlyList<Slot> Slots => [.. Devices.SelectMany(device => device.ToSlots(Name))];

    /// <summary>How each slot was last ordered to stand.</summary>
    public IReadOnlyList<SlotOrder> Held
    {
        get
        {
            lock (gate) return [.. held.Values];
        }
    }

    /// <summary>Says whether the pid a Space names is its own worker. Reads <c>/proc</c>; takes milliseconds.</summary>
    public Sighting Sight(Space space, int pid) => tree.Sight(space, pid);

    /// <summary>To be called once, before the first order.</summary>
    public void ReportTo(IHubLink hub) => link = hub;

    /// <summary>Those of the workers the hub knows of that are there.</summary>
    public static IReadOnlySet<WorkerProcess> AliveOf(IEnumerable<SlotOrder> orders) => orders.SelectMany(order => order.Known).Where(IsAlive).ToHashSet();

    public void Take(IReadOnlyList<SlotOrder> orders)
    {
        foreach (var order in orders)
        {
            SlotOrder? before;
            lock (gate)
            {
                before = held.GetValueOrDefault(order.Slot);
                held[order.Slot] = order;
                if (order.Lease?.Space is { } space) spaces[order.Slot] = space;
            }

            foreach (var worker in order.Kept)
                if (before is null || !before.Kept.Contains(worker)) Watch(order.Slot, worker);
            // One that could not be stopped is not tried again at each word about its slot.
            if (order.Leaving is { } leaving && leaving != before?.Leaving) Stop(order.Slot, leaving, Grace);
            foreach (var forgotten in order.Forgotten)
                if (before is null || !before.Forgotten.Contains(forgotten)) Stop(order.Slot, forgotten, TimeSpan.Zero);
        }
    }

    /// <summary>Asks a worker to leave, and kills it after the grace, whoever ordered it to be there. Told like any other end.</summary>
    public void StopOverdue(SlotId slot, WorkerProcess worker) => Stop(slot, worker, Grace);

    /// <summary>Kills a worker that is nobody's, and waits for it. Null once it is gone; else why it may still be there.</summary>
    public static string? StopStray(WorkerProcess worker) => Stopped(worker, TimeSpan.Zero);

    public static bool IsAlive(WorkerProcess worker) => worker.StartTicks != 0 && Processes.IsAlive(worker.Pid, worker.StartTicks);

    public void Dispose()
    {
        // The container holds it under two names and disposes of it under each.
        if (Interlocked.Exchange(ref disposed, 1) != 0) return;
        watch.Dispose();
    }

    /// <summary>With the cause, where this machine saw one: it is the last Space's that used the slot.</summary>
    private ReportWorkerGone Gone(SlotId slot, WorkerProcess worker)
    {
        SpaceId? user;
        lock (gate) user = spaces.TryGetValue(slot, out var space) ? space : null;
        return new(slot, worker) { Cause = user is { } of ? CauseOfFailure(of) : null };
    }

    /// <summary>An unproven process is not watched: its end proves nothing about the Space's worker.</summary>
    private void Watch(SlotId slot, WorkerProcess worker)
    {
        if (worker.Proven && !watch.Watch(slot, worker)) link?.Tell(Gone(slot, worker));
    }

    /// <summary>Once at a time for each worker on a slot, on a thread of its own: it waits for processes.</summary>
    private void Stop(SlotId slot, WorkerProcess worker, TimeSpan patience)
    {
        lock (gate)
        {
            if (!stops.Add((slot, worker))) return;
        }

        _ = Task.Factory.StartNew(() => StopNow(slot, worker, patience), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    private void StopNow(SlotId slot, WorkerProcess worker, TimeSpan patience)
    {
        // Gone is told once the worker and all it started is gone, not when the first of them is.
        watch.Forget(slot, worker);
        var because = Stopped(worker, patience);
        lock (gate) stops.Remove((slot, worker));
        if (because is null)
        {
            link?.Tell(Gone(slot, worker));
            return;
        }

        log.WorkerStays(slot, worker.Pid, because);
        link?.Tell(new ReportUnstoppable(slot, because));
        if (worker.StartTicks != 0 && !watch.Watch(slot, worker)) link?.Tell(Gone(slot, worker));
    }

    /// <summary>Null once it is gone; else why it may still be there.</summary>
    private static string? Stopped(WorkerProcess worker, TimeSpan patience)
    {
        try
        {
            if (worker.Proven) return WorkerStop.Run(worker, patience);
            return IsAlive(worker) || !CouldBeSeen(worker) ? "its process was never shown to be the Space's own" : null;
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            return $"the kernel refused: {e.Message}";
        }
    }

    /// <summary>False for a worker that is counted elsewhere, and where <c>/proc</c> hides the processes of other users.</summary>
    private static bool CouldBeSeen(WorkerProcess worker) => worker.Pid > 0 && Processes.Find(1) is not null;
}
