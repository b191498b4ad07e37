using Stint.Hub.Engine;
using Stint.Hub.Store;
using Stint.Hub.Store.Alerts;

namespace Stint.Hub.Alerts.Webhooks;

/// <summary>
/// Brings alerts to the operator's webhook, one after another. Each is tried at most as often as <see cref="AlertRounds.Pauses"/>
/// says, and may arrive twice where the hub crashes between the answer and its note.
/// </summary>
internal sealed class AlertDelivery(
    AlertBook book, WebhookSetting setting, WebhookSender sender, Catalogue catalogue, LedgerClock clock, HubOptions options, AlertWatch watch,
    ILogger<AlertDelivery> log) : AlertRounds(watch, log)
{
    /// <summary>Sends a test to the webhook and says what it came to; null where none is set.</summary>
    public async Task<SendResult?> TestAsync(string by, CancellationToken stop) =>
        setting.Find() is { } webhook ? await sender.SendAsync(webhook, AlertMessage.Test(by, clock.Now, options.Url), stop).ConfigureAwait(false) : null;

    internal override async Task SendDueAsync(CancellationToken stop)
    {
        while (setting.Find() is { } webhook && book.Due(clock.Now, AtATime) is { Count: > 0 } due)
            foreach (var kept in due)
            {
                var result = await sender.SendAsync(webhook, AlertMessage.Of(kept.Alert, catalogue, options.Url), stop).ConfigureAwait(false);
                book.Tried(kept.Alert.Key, result.IsDelivered, result.IsDelivered ? null : result.Says, result.IsDelivered ? null : clock.Now + PauseAfter(kept.Attempts));
            }
    }
}
