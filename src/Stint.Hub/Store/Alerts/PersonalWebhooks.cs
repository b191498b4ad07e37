using Dapper;
using Stint.Core.Identities;
using Stint.Core.Quota;
using Stint.Hub.Tokens.Sealing;

namespace Stint.Hub.Store.Alerts;

/// <summary>One alert on its way to the address that whom it concerns has named.</summary>
/// <param name="Attempts">How often it was tried.</param>
public sealed record PersonalDelivery(string Key, AccountId Account, int Attempts);

/// <summary>
/// Where people have their own alerts sent: one address an account, its secret encrypted with a key that is not in the data
/// file. What waits for an address goes with it. At most <see cref="MostWaiting"/> wait, <see cref="MostOfAccount"/> of one account.
/// </summary>
/// <param name="key">32 bytes, derived for <see cref="WebhookSetting.KeyPurpose"/>.</param>
public sealed class PersonalWebhooks(Database database, byte[] key)
{
    public const int MostWaiting = 2_000;
    public const int MostOfAccount = 20;

    private readonly SealedText secrets = new(key);

    /// <summary>Null where the account has named none, and where its secret cannot be read with this hub's keys.</summary>
    public Webhook? Find(AccountId account)
    {
        using var reader = database.OpenReader();
        var row = reader.QuerySingleOrDefault<Row>("SELECT url, secret FROM personal_webhooks WHERE account = @account", new { account = account.Value });
        if (row is null) return null;
        var secret = row.Secret is null ? null : secrets.Open(row.Secret, About(account));
        return row.Secret is not null && secret is null ? null : new(new Uri(row.Url), secret, PlainHttp: true, AnyAddress: false);
    }

    /// <summary>Null takes it away, with what waits for it.</summary>
    public void Set(AccountId account, Uri? url, string? secret)
    {
        using var writer = database.OpenWriter();
        using var transaction = writer.BeginTransaction();
        writer.Execute("DELETE FROM personal_webhooks WHERE account = @account", new { account = account.Value });
        if (url is null) writer.Execute("DELETE FROM personal_deliveries WHERE account = @account", new { account = account.Value });
        else
            writer.Execute(
                "INSERT INTO personal_webhooks (account, url, secret) VALUES (@account, @url, @secret)",
                new { account = account.Value, url = url.AbsoluteUri, secret = secret is null ? null : secrets.Seal(secret, About(account)) });
        transaction.Commit();
    }

    /// <summary>What may be sent now: of each account the one that is due longest.</summary>
    public IReadOnlyList<PersonalDelivery> Due(Instant now, int limit)
    {
        using var reader = database.OpenReader();
        return
        [
            .. reader.Query<(string Key, string Account, long Attempts, long Next)>(
                "SELECT key, account, attempts, min(next_at) FROM personal_deliveries WHERE next_at <= @now GROUP BY account ORDER BY min(next_at) LIMIT @limit",
                new { now = now.UnixMilliseconds, limit }).Select(row => new PersonalDelivery(row.Key, new AccountId(row.Account), (int)row.Attempts)),
        ];
    }

    /// <param name="again">When it is tried again; null where it no longer waits.</param>
    public void Tried(string key, Instant? again)
    {
        using var writer = database.OpenWriter();
        if (again is { } at) writer.Execute("UPDATE personal_deliveries SET attempts = attempts + 1, next_at = @at WHERE key = @key", new { key, at = at.UnixMilliseconds });
        else writer.Execute("DELETE FROM personal_deliveries WHERE key = @key", new { key });
    }

    private static string About(AccountId account) => $"webhook/{account}";

    private sealed class Row
    {
        public string Url { get; init; } = "";
        public byte[]? Secret { get; init; }
    }
}
