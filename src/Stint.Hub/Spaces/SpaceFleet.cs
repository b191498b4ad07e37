using System.Collections.Concurrent;
using Stint.Core.Spaces;
using Stint.Hub.Spaces.Care;
using Stint.Hub.Spaces.Supervision;

namespace Stint.Hub.Spaces;

/// <summary>
/// All Spaces of this hub as they are now. What is wanted comes from the catalogue; the fleet starts, restarts and stops until
/// what runs is that. Reads are from any thread and never wait.
/// </summary>
public sealed class SpaceFleet : IDisposable
{
    /// <summary>How long whoever wakes a Space is held, and how many are at once: past it they are told to come again.</summary>
    public static readonly TimeSpan WakePatience = TimeSpan.FromSeconds(60);

    private const int MostHeld = 256;
    private static readonly TimeSpan WakeLook = TimeSpan.FromMilliseconds(100);

    private readonly ConcurrentDictionary<SpaceId, long> killed = new();
    private readonly SemaphoreSlim held = new(MostHeld);
    private readonly Lock gate = new();
    private readonly SpaceStarter starter;
    private readonly SpaceUsers users;
    private readonly TimeProvider time;
    private readonly Func<double> jitter;
    private readonly ILogger log;
    private readonly SpaceProbe probe;
    private volatile Dictionary<SpaceId, Watched> watched = [];
    private Task leaving = Task.CompletedTask;

    /// <param name="directory">The hub's data directory.</param>
    /// <param name="runAsOwnUser">True where each Space gets a user of its own if the machine allows it.</param>
    /// <param name="jitter">0 up to 1, anew at each call.</param>
    public SpaceFleet(
        string directory, SpaceEnvironment environment, UpstreamRule rule, bool runAsOwnUser, TimeProvider time, Func<double> jitter, ILogger<SpaceFleet> log,
        SpaceCare? care = null)
    {
        probe = new(rule);
        (this.time, this.jitter, this.log) = (time, jitter, log);
        users = new(directory, runAsOwnUser, log);
        starter = new(directory, environment, users, time, log) { Care = care ?? new() };
    }

    /// <summary>How a Space does; null for one the hub does not host.</summary>
    public SpaceHealth? HealthOf(SpaceId space) => watched.TryGetValue(space, out var found) ? found.Watch.Health : null;

    public SpaceStage StageOf(SpaceId space) => HealthOf(space)?.Stage ?? SpaceStage.Stopped;

    /// <summary>Where to forward to; null while nothing of it runs.</summary>
    public Uri? AddressOf(SpaceId space) => HealthOf(space)?.Address;

    /// <summary>The process that all of a Space's workers descend from; null for a Space somebody else runs.</summary>
    public int? RootPidOf(SpaceId space) => HealthOf(space)?.RootPid;

    /// <summary>How many processes of a Space the kernel ended since the hub started because its memory was used up.</summary>
    public long KilledForMemoryOf(SpaceId space) => watched.TryGetValue(space, out var found) && found.Watch is SupervisedSpace own ? own.KilledForMemory : 0;

    /// <summary>True where that became more since the last call for this Space.</summary>
    public bool WasStarved(SpaceId space)
    {
        var (now, before) = (KilledForMemoryOf(space), 0L);
        killed.AddOrUpdate(space, _ => now, (_, known) =>
        {
            before = known;
            return now;
        });
        return now > before;
    }

    /// <summary>Wakes a Space that sleeps.</summary>
    /// <returns>How it does once it answers or fails, or when patience is over; at once where too many wait already. Null for one that is not hosted.</returns>
    public async Task<SpaceHealth?> WakeAsync(SpaceId space, CancellationToken stop)
    {
        if (!watched.TryGetValue(space, out var found)) return null;
        found.Watch.Wake();
        if (!await held.WaitAsync(0, stop).ConfigureAwait(false)) return found.Watch.Health;
        try
        {
            for (var start = TimeProvider.System.GetTimestamp(); TimeProvider.System.GetElapsedTime(start) < WakePatience && !stop.IsCancellationRequested;)
            {
                if (found.Watch.Health is not { Stage: SpaceStage.Sleeping } and not { Stage: SpaceStage.AppStarting, IsWaking: true }) break;
                found.Watch.Wake();
                await Task.Delay(WakeLook, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }

            return found.Watch.Health;
        }
        finally
        {
            held.Release();
        }
    }

    public IReadOnlyDictionary<SpaceId, SpaceHealth> Stages() => watched.ToDictionary(one => one.Key, one => one.Value.Watch.Health);

    /// <summary>Ends what a former hub left of Spaces that are no longer hosted. The others' is ended before they start.</summary>
    public Task StopLeftoversAsync(IEnumerable<Space> hosted)
    {
        var kept = hosted.Where(space => space.Command is not null).Select(space => space.Id).ToHashSet();
        return Task.WhenAll(starter.Known().Where(space => !kept.Contains(space)).Select(starter.StopLeftoverAsync));
    }

    /// <summary>Makes what runs what is wanted. Returns at once; what has to stop first, stops in the background.</summary>
    public void Reconcile(IReadOnlyList<Space> wanted)
    {
        lock (gate)
        {
            var before = watched;
            var after = new Dictionary<SpaceId, Watched>();
            foreach (var space in wanted)
            {
                if (before.TryGetValue(space.Id, out var current) && Runs(current.Space) == Runs(space)) after[space.Id] = current;
                else if (Watch(space) is { } watch)
                {
                    // One that comes back waits for all that left, itself among them: they take seconds and are few.
                    watch.Start(current?.Watch.DisposeAsync().AsTask() ?? leaving);
                    after[space.Id] = new(space, watch);
                }
            }

            foreach (var (id, gone) in before)
                if (!after.ContainsKey(id)) Leave(gone.Watch);
            watched = after;
        }
    }

    /// <summary>Stops all. Nothing of a supervised Space runs afterwards.</summary>
    public Task StopAsync()
    {
        lock (gate)
        {
            foreach (var one in watched.Values) Leave(one.Watch);
            watched = [];
            return leaving;
        }
    }

    public void Dispose()
    {
        held.Dispose();
        users.Dispose();
        probe.Dispose();
    }

    private void Leave(ISpaceWatch watch) => leaving = Task.WhenAll(leaving, watch.DisposeAsync().AsTask());

    private ISpaceWatch? Watch(Space space) => space switch
    {
        { Upstream: { } upstream } => new UpstreamSpace(upstream, probe.AnswersAsync, time),
        { Command: not null } => new SupervisedSpace(space, starter, AnswersAsync, time, jitter, log),
        _ => null,
    };

    /// <summary>Whoever else answered there would get the visitors' requests, and the tokens that say who pays.</summary>
    private async Task<bool> AnswersAsync(SpaceProcess process, Uri address, CancellationToken stop) =>
        await probe.AnswersAsync(address, stop).ConfigureAwait(false) && process.IsListening(address.Port);

    /// <summary>What a process was started with: a change of any of these takes a new one, a change of anything else does not.</summary>
    private static (Uri?, string?, string?, int, int, int?, int?, int?) Runs(Space space) => space.Upstream is { } upstream
        ? (upstream, null, null, 0, 0, null, null, null)
        : (null, space.Command, space.Directory, space.Generation, space.Settings, space.SleepAfterSeconds, space.MemoryMebibytes, space.Processes);

    private sealed record Watched(Space Space, ISpaceWatch Watch);
}
