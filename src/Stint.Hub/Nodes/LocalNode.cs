using System.Collections.Concurrent;
using Stint.Core.Leasing;
using Stint.Core.Quota;
using Stint.Core.Spaces;
using Stint.Hub.Engine;
using Stint.Hub.Nodes.Workers;
using Stint.Hub.Telemetry;

namespace Stint.Hub.Nodes;

/// <summary>
/// The machine the hub runs on: its slots, and the processes that use them. After each commit it watches the workers that
/// were allowed and stops those whose lease is over; what it sees it reports to the engine. Only a worker that was proven to
/// be its Space's own is ever stopped, and only by a handle on that very process.
/// </summary>
public sealed class LocalNode : IEffects, IDisposable
{
    public const string Name = "local";

    private static readonly TimeSpan TryAgainAfter = TimeSpan.FromMilliseconds(200);

    private readonly SpaceTree tree;
    private readonly ExitWatch watch;
    private readonly TimeSpan grace;
    private readonly ILogger log;
    private readonly CancellationTokenSource closing = new();
    private readonly HashSet<(SlotId Slot, WorkerProcess Worker)> stops = [];
    private readonly Lock gate = new();

    // Touched before the engine starts, and from then on by its thread alone.
    private readonly Dictionary<ReservationId, (SlotId Slot, WorkerProcess? Worker)> leases = [];
    private readonly ConcurrentDictionary<SlotId, SpaceId> spaces = new();
    private IReadOnlyList<(SlotId Slot, WorkerProcess Worker)> kept = [];
    private IReadOnlyList<(SlotId Slot, WorkerProcess Worker)> leaving = [];
    private LedgerEngine? engine;
    private int disposed;

    /// <param name="grace">Between asking an overstaying worker to leave and killing it.</param>
    public LocalNode(IReadOnlyList<Device> devices, SupervisedProcess supervised, TimeSpan grace, ILogger<LocalNode> log)
    {
        (Devices, this.grace, this.log) = (devices, grace, log);
        tree = new SpaceTree(supervised);
        watch = new ExitWatch((slot, worker) => Report(Gone(slot, worker)));
        foreach (var device in devices.Where(device => device.IsDivided)) log.DeviceDivided(device.Index, device.Name);
    }

    public IReadOnlyList<Device> Devices { get; }

    /// <summary>Whether a Space's memory was used up since the last look.</summary>
    public StarvedSpace Starved { get; init; } = _ => false;

    /// <summary>Why a task of this Space failed, as far as this machine saw it; null where it saw nothing.</summary>
    public string? CauseOfFailure(SpaceId space) => Starved(space) ? EndingCauses.OutOfMemory : null;

    public IReadOnlyList<Slot> Slots => [.. Devices.Where(device => !device.IsDivided).Select(device => device.ToSlot(Name))];

    /// <summary>Says whether the pid a Space names is its own worker. Reads <c>/proc</c>; takes milliseconds.</summary>
    public Sighting Sight(Space space, int pid) => tree.Sight(space, pid);

    /// <summary>Takes up what was left at the last stop: returns the workers that are still there, and does nothing to any yet.</summary>
    internal IReadOnlySet<WorkerProcess> Resume(LedgerEngine reportTo, IEnumerable<Reservation> open, IReadOnlyList<Slot> slots)
    {
        engine = reportTo;
        foreach (var run in open)
            if (run.Lease is { } lease) leases[run.Id] = (lease.Slot, lease.Worker);
        kept = [.. leases.Values.Where(lease => lease.Worker is not null).Select(lease => (lease.Slot, lease.Worker!)),
            .. slots.Where(slot => slot.Warm is not null).Select(slot => (slot.Id, slot.Warm!.Process))];
        leaving = [.. slots.Where(slot => slot.Leaving is not null).Select(slot => (slot.Id, slot.Leaving!))];
        return kept.Concat(leaving).Select(pair => pair.Worker).Where(IsAlive).ToHashSet();
    }

    /// <summary>Watches what goes on and stops what was being stopped. To be called once the engine knows what is alive: reports follow.</summary>
    internal void GoOn()
    {
        foreach (var (slot, worker) in kept.Where(pair => IsAlive(pair.Worker))) Watch(slot, worker);
        foreach (var (slot, worker) in leaving.Where(pair => IsAlive(pair.Worker))) Stop(slot, worker, grace);
    }

    public void After(StepResult result)
    {
        foreach (var entry in result.Entries)
            switch (entry)
            {
                case LeaseGranted granted:
                    leases[granted.Reservation] = (granted.Lease.Slot, granted.Lease.Worker);
                    if (result.Books.Find(granted.Reservation) is { } run) spaces[granted.Lease.Slot] = run.Function.Space;
                    if (granted.Forgotten is { } forgotten) Stop(granted.Lease.Slot, forgotten, TimeSpan.Zero);
                    break;
                case WorkerAllowed allowed when leases.TryGetValue(allowed.Reservation, out var lease):
                    leases[allowed.Reservation] = lease with { Worker = allowed.Worker };
                    Watch(lease.Slot, allowed.Worker);
                    // The Space was told to go on with its warm worker and started another one.
                    if (lease.Worker is { } before && before != allowed.Worker) Stop(lease.Slot, before, TimeSpan.Zero);
                    break;
                case ReservationEnded ended when leases.Remove(ended.Reservation, out var lease):
                    if (ended.Slot == SlotAfter.Draining) Stop(lease.Slot, lease.Worker!, grace);
                    break;
            }
    }

    public void Dispose()
    {
        // The container holds it under two names and disposes of it under each.
        if (Interlocked.Exchange(ref disposed, 1) != 0) return;
        closing.Cancel();
        watch.Dispose();
    }

    private ReportWorkerGone Gone(SlotId slot, WorkerProcess worker) =>
        new(slot, worker) { Cause = spaces.TryGetValue(slot, out var space) ? CauseOfFailure(space) : null };

    /// <summary>An unproven process is not watched: its end proves nothing about the Space's worker.</summary>
    private void Watch(SlotId slot, WorkerProcess worker)
    {
        if (worker.Proven && !watch.Watch(slot, worker)) Report(Gone(slot, worker));
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
            Report(new ReportWorkerGone(slot, worker));
            return;
        }

        log.WorkerStays(slot, worker.Pid, because);
        Report(new ReportUnstoppable(slot, because));
        if (worker.StartTicks != 0 && !watch.Watch(slot, worker)) Report(Gone(slot, worker));
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

    private static bool IsAlive(WorkerProcess worker) => worker.StartTicks != 0 && Processes.IsAlive(worker.Pid, worker.StartTicks);

    /// <summary>False for a worker that is counted elsewhere, and where <c>/proc</c> hides the processes of other users.</summary>
    private static bool CouldBeSeen(WorkerProcess worker) => worker.Pid > 0 && Processes.Find(1) is not null;

    /// <summary>Until the engine has it: a report that is lost would keep a slot from everyone.</summary>
    private void Report(Command command) => _ = Task.Run(async () =>
    {
        while (!closing.IsCancellationRequested)
            try
            {
                await engine!.SendAsync<Done>(command).ConfigureAwait(false);
                return;
            }
            catch (Exception e) when (e is EngineBusyException or StoreFailedException)
            {
                await Task.Delay(TryAgainAfter, closing.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
    });
}
