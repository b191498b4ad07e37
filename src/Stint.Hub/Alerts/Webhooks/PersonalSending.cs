using Stint.Core.Identities;
using Stint.Core.Quota;
using Stint.Hub.Engine;
using Stint.Hub.Store;
using Stint.Hub.Store.Alerts;

namespace Stint.Hub.Alerts.Webhooks;

/// <summary>
/// Brings people's alerts to the addresses that they have named, beside the operator's webhook and as it does, so that no
/// address of anybody's holds up another. A person's address is on the public internet, unless the operator lets them name any.
/// </summary>
internal sealed class PersonalSending(
    PersonalWebhooks webhooks, AlertBook book, PersonalSender sender, Catalogue catalogue, LedgerClock clock, HubOptions options, AlertWatch watch,
    ILogger<PersonalSending> log) : AlertRounds(watch, log)
{
    /// <summary>Somebody's tests are sent no more often.</summary>
    public static readonly TimeSpan TestGap = TimeSpan.FromSeconds(10);

    private const int MostRemembered = 10_000;

    private readonly Dictionary<AccountId, Instant> tested = [];
    private readonly Lock gate = new();

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

    internal override async Task SendDueAsync(CancellationToken stop)
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
        webhooks.Tried(delivery.Key, result.IsDelivered ? null : clock.Now + PauseAfter(delivery.Attempts));
    }
}

/// <summary>The sender for addresses that people name, and the rule it keeps to.</summary>
internal sealed class PersonalSender(UpstreamRule rule, TimeProvider time) : IDisposable
{
    public UpstreamRule Rule => rule;

    public WebhookSender Sender { get; } = new(rule, time);

    public void Dispose() => Sender.Dispose();
}
