using Stint.Hub.Telemetry;

namespace Stint.Hub.Alerts.Webhooks;

/// <summary>
/// Brings alerts to where they are wanted, round after round: at once when something was raised, and every few seconds for what
/// is to be tried again. What waits is kept in the data file, so a restart loses none.
/// </summary>
internal abstract class AlertRounds(AlertWatch watch, ILogger log) : BackgroundService
{
    /// <summary>After each failed try; after the last one it is given up.</summary>
    public static readonly IReadOnlyList<TimeSpan> Pauses =
        [TimeSpan.FromSeconds(10), TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(10), TimeSpan.FromHours(1), TimeSpan.FromHours(4)];

    /// <summary>So many are read at once.</summary>
    protected const int AtATime = 20;

    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(5);

    private readonly SemaphoreSlim raised = new(0);

    /// <summary>Tries all that is due at this moment.</summary>
    internal abstract Task SendDueAsync(CancellationToken stop);

    /// <summary>How long to wait after a failed try; null where it is given up.</summary>
    /// <param name="before">Tries that had failed before it.</param>
    protected static TimeSpan? PauseAfter(int before) => before < Pauses.Count ? Pauses[before] : null;

    public override void Dispose()
    {
        base.Dispose();
        raised.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        watch.Raised += () => raised.Release();
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await SendDueAsync(stoppingToken).ConfigureAwait(false);
            }
#pragma warning disable CA1031 // Whatever could not be read or sent now is tried at the next look.
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
#pragma warning restore CA1031
            {
                log.AlertsUnread(e);
            }

            await raised.WaitAsync(LookEvery, stoppingToken).ConfigureAwait(false);
        }
    }
}
