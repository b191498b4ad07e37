using Stint.Core.Identities;
using Stint.Core.Quota;
using Stint.Hub.Engine;
using Stint.Hub.Store;
using Stint.Hub.Store.Alerts;
using Stint.Hub.Telemetry;

namespace Stint.Hub.Alerts.Webhooks;

/// <summary>
/// Brings people's alerts to the addresses that they have named, beside the operator's webhook and as it does, so that no
/// address of anybody's holds up another. A person's address is on the public internet, unless the operator lets them name any.
/// </summary>
internal sealed class PersonalSending(
    PersonalWebhooks webhooks, AlertBook book, PersonalSender sender, Catalogue catalogue, LedgerClock clock, HubOptions options, AlertWatch watch,
    ILogger<PersonalSending> log) : BackgroundService
{
    /// <summary>Somebody's tests are sent no more often.</summary>
    public static readonly TimeSpan TestGap = TimeSpan.FromSeconds(10);

    private const int AtATime = 20;
    private const int MostRemembered = 10_000;
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(5);

    private readonly Dictionary<AccountId, Instant> tested = [];
    private readonly Lock gate = new();
    private readonly SemaphoreSlim raised = new(0);

    /// <summary>What is wrong with an address as somebody wrote it, as a sentence; null when nothing is.</summary>
    public string? Problem(string url, string? secret) =>
        WebhookRule.Problem(url, plainHttp: options.PrivateWebhooks, anyAddress: false, secret, sender.Rule);

    /// <summary>Sends a test to the address that somebody has named and says what it came to; null where none is.</summary>
    public async Task<SendResult?> TestAsync(Account account, CancellationToken stop)
    {
        if (webhooks.Find(account.Id) is not { } webhook) return null;
        if (Problem(webhook.Url.AbsoluteUri, null) is { } problem) return new(false, problem);
        lock (gate)
        {
            if (tested.TryGetValue(account.Id, out var last) && clock.Now - last < TestGap) return new(false, $"a test was sent less than {TestGap.TotalSeconds:0} s ago");
            if (tested.Count >= MostRemembered) tested.Clear();
            tested[account.Id] = clock.Now;
        }

        return await sender.Sender.SendAsync(webhook, AlertMessage.Test(account.Name, clock.Now, options.Url), stop).ConfigureAwait(false);
    }

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
        while (webhooks.Due(clock.Now, AtATime) is { Count: > 0 } due) await Task.WhenAll(due.Select(delivery => SendAsync(delivery, stop))).ConfigureAwait(false);
    }

    private async Task SendAsync(PersonalDelivery delivery, CancellationToken stop)
    {
        // Who was shut out, took the address away or may no longer name it, or whose alert is too old to be kept, is sent nothing.
        if (catalogue.FindAccount(delivery.Account) is not { Blocked: false } account || webhooks.Find(delivery.Account) is not { } webhook
            || Problem(webhook.Url.AbsoluteUri, null) is not null || book.Find(delivery.Key) is not { } kept)
        {
            webhooks.Tried(delivery.Key, null);
            return;
        }

        var result = await sender.Sender.SendAsync(webhook, AlertMessage.Of(kept.Alert, account.Name, options.Url), stop).ConfigureAwait(false);
        webhooks.Tried(delivery.Key, result.IsDelivered || delivery.Attempts >= AlertDelivery.Pauses.Count ? null : clock.Now + AlertDelivery.Pauses[delivery.Attempts]);
    }
}

/// <summary>The sender for addresses that people name, and the rule it keeps to.</summary>
internal sealed class PersonalSender(UpstreamRule rule, TimeProvider time) : IDisposable
{
    public UpstreamRule Rule => rule;

    public WebhookSender Sender { get; } = new(rule, time);

    public void Dispose() => Sender.Dispose();
}
