using System.Globalization;
using Stint.Core.Spaces;
using Stint.Hub.Telemetry;

namespace Stint.Hub.Spaces.Supervision;

/// <summary>
/// A Space the hub itself runs: started with a port of its own, <c>Running</c> once it answers there, started again whenever
/// it ends, until it is stopped.
/// </summary>
internal sealed class SupervisedSpace(
    Space space, SpaceStarter starter, Func<SpaceProcess, Uri, CancellationToken, Task<bool>> answers, TimeProvider time, Func<double> jitter, ILogger log) : ISpaceWatch
{
    /// <summary>How long a Space may take to answer before its owner is told that something is wrong.</summary>
    public static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(5);

    private const int KeptLines = 20;
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan IdleLook = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LateLook = TimeSpan.FromSeconds(5);

    private readonly CancellationTokenSource stopping = new();
    private readonly RestartPolicy restarts = new(jitter);
    private readonly SemaphoreSlim visits = new(0, 1);
    private readonly SpaceLog output = starter.LogOf(space.Id);
    private readonly long origin = time.GetTimestamp();
    private Task loop = Task.CompletedTask;
    private bool ending;
    private volatile SpaceProcess? current;
    private volatile SpaceHealth health = SpaceHealth.Starting(time.GetUtcNow());

    public SpaceHealth Health => health;

    /// <summary>As the health says it, and what happened to the process that runs now. Reads a file.</summary>
    public long KilledForMemory => (current?.KilledForMemory ?? 0) + health.KilledForMemory;

    private TimeSpan Now => time.GetElapsedTime(origin);

    public void Wake()
    {
        if (health.Stage != SpaceStage.Sleeping || visits.CurrentCount > 0) return;
        try
        {
            visits.Release();
        }
        catch (SemaphoreFullException)
        {
            // Somebody else came at the same moment.
        }
    }

    // Off the caller's thread: a start reads /proc and forks, and one Space must not hold up the next.
    public void Start(Task before) => loop = Task.Run(() => RunAsync(before));

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref ending, true)) return;
        await stopping.CancelAsync().ConfigureAwait(false);
        await loop.ConfigureAwait(false);
        stopping.Dispose();
        visits.Dispose();
    }

    private async Task RunAsync(Task before)
    {
        try
        {
            await before.ConfigureAwait(false);
            await starter.StopLeftoverAsync(space.Id).ConfigureAwait(false);
            while (!stopping.IsCancellationRequested)
            {
                var wait = await RunOnceAsync().ConfigureAwait(false);
                await Task.Delay(wait, time, stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }

            Report(SpaceStage.Stopped, null);
        }
#pragma warning disable CA1031 // One Space that cannot be watched must not take the others along, nor be shown as healthy.
        catch (Exception e)
#pragma warning restore CA1031
        {
            log.SpaceWatchFailed(space.Id.ToString(), e);
            health = health with { Address = null, RootPid = null };
            Report(SpaceStage.RuntimeError, "the hub failed to watch it; its log says why. stint space rotate starts it again");
        }
    }

    /// <summary>Runs it until it ends or is to be stopped.</summary>
    /// <returns>How long to wait before the next start.</returns>
    private async Task<TimeSpan> RunOnceAsync()
    {
        var address = new Uri($"http://127.0.0.1:{starter.PortOf(space.Id)}");
        try
        {
            var process = await starter.StartAsync(space, address.Port).ConfigureAwait(false);
            await using (process.ConfigureAwait(false))
            {
                health = health with { Address = address, RootPid = process.RootPid, NextStartAt = null };
                current = process;
                starter.Care.Used(space.Id);
                if (!restarts.IsLooping) Report(SpaceStage.AppStarting, health.Problem);
                Note($"started as process {process.RootPid} on port {address.Port}");
                var answeredFor = await WatchAsync(process, address).ConfigureAwait(false);
                current = null;
                health = health with { Address = null, RootPid = null, IsWaking = false, KilledForMemory = health.KilledForMemory + process.KilledForMemory };
                // Also what a crashed process leaves: its children hold ports, memory and perhaps a GPU.
                var isAsleep = !process.Exited.IsCompleted && !stopping.IsCancellationRequested;
                var starved = process.KilledForMemory > 0;
                await process.StopAsync().ConfigureAwait(false);
                if (isAsleep) return await SleepAsync().ConfigureAwait(false);
                if (!stopping.IsCancellationRequested)
                    return Crashed(await process.Exited.ConfigureAwait(false), starved ? $"it used up its {space.MemoryMebibytes} MiB of memory and was ended by the kernel" : "it ended", answeredFor);
                Note("stopped");
                return TimeSpan.Zero;
            }
        }
        catch (SpaceStartException e)
        {
            return Crashed(null, "it cannot be started: " + e.Message, TimeSpan.Zero);
        }
    }

    /// <summary>Returns when the process has ended, is to be stopped, or nobody has used it for so long that it may sleep.</summary>
    /// <returns>How long it answered; zero where it never did.</returns>
    private async Task<TimeSpan> WatchAsync(SpaceProcess process, Uri address)
    {
        var started = Now;
        while (!process.Exited.IsCompleted && !stopping.IsCancellationRequested)
        {
            if (await answers(process, address, stopping.Token).ConfigureAwait(false))
            {
                var since = Now;
                health = health with { IsWaking = false };
                Report(SpaceStage.Running, null);
                await UntilIdleAsync(process.Exited).ConfigureAwait(false);
                return Now - since;
            }

            var isLate = Now - started >= StartLimit;
            // A process that loads for long is left alone: it may still come, and a new one would have to load as long.
            if (isLate)
                Report(SpaceStage.RuntimeError, $"nothing answers at port {address.Port} after {StartLimit.TotalMinutes:0} minutes; the app has to listen on GRADIO_SERVER_PORT");
            await ((Task)process.Exited).WaitAsync(isLate ? LateLook : Look, time, stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return TimeSpan.Zero;
    }

    private async Task UntilIdleAsync(Task exited)
    {
        if (starter.Care.SleepsAfterOf(space) is not { } after)
        {
            await exited.WaitAsync(stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return;
        }

        starter.Care.Used(space.Id);
        while (!exited.IsCompleted && !stopping.IsCancellationRequested)
        {
            var idle = starter.Care.IdleFor(space.Id) ?? TimeSpan.Zero;
            if (idle >= after) return;
            var left = after - idle;
            await exited.WaitAsync(left < IdleLook ? left : IdleLook, time, stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Until somebody comes.</summary>
    private async Task<TimeSpan> SleepAsync()
    {
        Note("asleep, because nobody used it; a visit starts it again");
        Report(SpaceStage.Sleeping, null);
        await visits.WaitAsync(stopping.Token).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default).ConfigureAwait(false);
        if (stopping.IsCancellationRequested) return TimeSpan.Zero;
        health = health with { IsWaking = true };
        Report(SpaceStage.AppStarting, null);
        Note("somebody came, it is started again");
        return TimeSpan.Zero;
    }

    private TimeSpan Crashed(int? exitCode, string what, TimeSpan answeredFor)
    {
        var wait = restarts.Crashed(Now, answeredFor);
        var problem = exitCode is { } code ? $"{what} with exit code {code}" : what;
        health = health with { LastExitCode = exitCode ?? health.LastExitCode, Crashes = health.Crashes + 1, LastLines = output.Last(KeptLines), NextStartAt = time.GetUtcNow() + wait };
        Report(restarts.IsLooping ? SpaceStage.RuntimeError : SpaceStage.AppStarting, problem);
        Note(string.Create(CultureInfo.InvariantCulture, $"{problem}; it is started again in {wait.TotalSeconds:0.0} s"));
        log.SpaceCrashed(space.Id.ToString(), problem, wait);
        return wait;
    }

    private void Report(SpaceStage stage, string? problem)
    {
        var before = health;
        health = before with { Stage = stage, Since = stage == before.Stage ? before.Since : time.GetUtcNow(), Problem = problem };
    }

    /// <summary>A line of the hub's among those of the Space.</summary>
    private void Note(string text) => output.Append(time.GetUtcNow(), "[stint] " + text);
}
