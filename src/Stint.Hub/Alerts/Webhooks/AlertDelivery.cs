using Stint.Hub.Engine;
using Stint.Hub.Store;
using Stint.Hub.Store.Alerts;
using Stint.Hub.Telemetry;

namespace Stint.Hub.Alerts.Webhooks;

/// <summary>
/// Brings alerts to the webhook, one after another. What waits is kept in the data file, so a restart loses none; each is tried
/// at most as often as <see cref="Pauses"/> says, and may arrive twice where the hub crashes between the answer and its note.
/// </summary>
internal sealed class AlertDelivery(
    AlertBook book, WebhookSetting setting, WebhookSender sender, Catalogue catalogue, LedgerClock clock, HubOptions options, AlertWatch watch,
    ILogger<AlertDelivery> log) : BackgroundService
{
    /// <summary>After each failed try; after the last one it is given up.</summary>
    public static readonly IReadOnlyList<TimeSpan> Pauses =
        [TimeSpan.FromSeconds(10), TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(10), TimeSpan.FromHours(1), TimeSpan.FromHours(4)];

    private const int AtATime = 20;
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(5);

    private readonly SemaphoreSlim raised = new(0);

    /// <summary>Sends a test to the webhook and says what it came to; null where none is set.</summary>
    public async Task<SendResult?> TestAsync(string by, CancellationToken stop) =>
        setting.Find() is { } webhook ? await sender.SendAsync(webhook, AlertMessage.Test(by, clock.Now, options.Url), stop).ConfigureAwait(false) : null;

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

    internal async Task SendDueAsync(CancellationToken stop)
    {
        while (setting.Find() is { } webhook && book.Due(clock.Now, AtATime) is { Count: > 0 } due)
            foreach (var kept in due)
            {
                var result = await sender.SendAsync(webhook, AlertMessage.Of(kept.Alert, catalogue, options.Url), stop).ConfigureAwait(false);
                var again = kept.Attempts < Pauses.Count ? clock.Now + Pauses[kept.Attempts] : (Core.Quota.Instant?)null;
                book.Tried(kept.Alert.Key, result.IsDelivered, result.IsDelivered ? null : result.Says, result.IsDelivered ? null : again);
            }
    }
}
