using Stint.Core.Spaces;
using Stint.Hub.Layout.Live;
using Stint.Hub.Telemetry;

namespace Stint.Hub.Spaces;

/// <summary>What the catalogue says should run. Both may be asked at any time; the version changes with every write of anyone.</summary>
public sealed record WantedSpaces(Func<long> Version, Func<IReadOnlyList<Space>> Spaces);

/// <summary>Holds the fleet to the catalogue for as long as the hub is up: a change made by any process is seen within half a second, and so is a Space's new stage.</summary>
public sealed class SpaceSupervision(
    SpaceFleet fleet, WantedSpaces wanted, IHostApplicationLifetime lifetime, TimeProvider time, ILogger<SpaceSupervision> log,
    LiveSignals? live = null) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(8);

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await fleet.StopAsync().WaitAsync(StopLimit, CancellationToken.None).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            log.SpacesLeft();
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // A Space reports to the device listener while it starts, so that has to be there first.
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var registration = lifetime.ApplicationStarted.Register(started.SetResult);
        await started.Task.WaitAsync(stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        long? seen = null;
        var (shown, stages) = (seen, new Dictionary<SpaceId, SpaceStage>());
        while (!stoppingToken.IsCancellationRequested)
        {
            seen = Follow(seen);
            var now = fleet.Stages().ToDictionary(one => one.Key, one => one.Value.Stage);
            if (seen != shown || now.Count != stages.Count || now.Except(stages).Any()) live?.Ring(LiveTopics.Spaces);
            (shown, stages) = (seen, now);
            await Task.Delay(Every, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <returns>The version that the fleet now follows.</returns>
    private long? Follow(long? seen)
    {
        try
        {
            // Taken before the read: what is written between is found at the next look.
            var version = wanted.Version();
            if (version == seen) return seen;
            var spaces = wanted.Spaces();
            if (seen is null) _ = fleet.StopLeftoversAsync(spaces);
            fleet.Reconcile(spaces);
            return version;
        }
#pragma warning disable CA1031 // A catalogue that cannot be read now may be later; Spaces that run must not suffer from it.
        catch (Exception e)
#pragma warning restore CA1031
        {
            log.SpacesUnread(e);
            return seen;
        }
    }
}
