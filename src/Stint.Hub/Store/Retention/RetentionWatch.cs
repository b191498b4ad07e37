using Stint.Core.Quota;
using Stint.Hub.Engine;
using Stint.Hub.Telemetry;

namespace Stint.Hub.Store.Retention;

/// <summary>Rolls up what is older than it is kept, step by step beside the engine, which has the writer between any two of them.</summary>
internal sealed class RetentionWatch(Database database, RetentionTimes times, LedgerClock clock, TimeProvider time, ILogger<RetentionWatch> log) : BackgroundService
{
    /// <summary>Rows at once: a commit of the engine that comes meanwhile waits for one step at most.</summary>
    private const int RowsAtOnce = 250;

    private static readonly TimeSpan LookEvery = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(20);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(LookEvery, time);
        while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false))
        {
            try
            {
                await LookAsync(stoppingToken).ConfigureAwait(false);
            }
#pragma warning disable CA1031 // Whatever it is, nothing is lost by keeping more than has to be kept.
            catch (Exception e) when (e is not OperationCanceledException)
#pragma warning restore CA1031
            {
                log.RollUpFailed(e);
            }
        }
    }

    private async Task LookAsync(CancellationToken stopping)
    {
        using var rollUp = new RollUp(database);
        // Refusals first: what is rolled up with the entries is then already counted.
        var refusals = await AllAsync(times.Refusals, rollUp.Refusals, stopping).ConfigureAwait(false);
        var entries = await AllAsync(times.Receipts, rollUp.Entries, stopping).ConfigureAwait(false);
        var instructions = await AllAsync(times.Receipts, rollUp.Instructions, stopping).ConfigureAwait(false);
        if (refusals + entries + instructions > 0) log.RolledUp(entries, refusals, instructions);
    }

    private async Task<long> AllAsync(TimeSpan kept, Func<Instant, int, int> step, CancellationToken stopping)
    {
        if (kept == TimeSpan.MaxValue) return 0;
        long all = 0;
        for (var taken = RowsAtOnce; taken == RowsAtOnce; all += taken)
        {
            taken = step(clock.Now - kept, RowsAtOnce);
            if (taken == RowsAtOnce) await Task.Delay(Between, time, stopping).ConfigureAwait(false);
        }

        return all;
    }
}
