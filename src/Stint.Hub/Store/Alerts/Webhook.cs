using Dapper;
using Stint.Hub.Tokens.Sealing;

namespace Stint.Hub.Store.Alerts;

/// <summary>Where alerts go.</summary>
/// <param name="Secret">Signs what is sent; null where nothing does. Never shown and never logged.</param>
/// <param name="PlainHttp">It may be http, which anyone on the way can read.</param>
/// <param name="AnyAddress">It may be a link-local address, a cloud's metadata or the hub itself: for whoever knows why.</param>
public sealed record Webhook(Uri Url, string? Secret, bool PlainHttp, bool AnyAddress)
{
    public const int LongestUrl = 2_000;
    public const int LongestSecret = 200;

    /// <summary>As people may see it: paths of webhooks often are secrets.</summary>
    public string Shown => Url.GetLeftPart(UriPartial.Authority) + (Url.PathAndQuery is "/" ? "/" : "/…");
}

/// <summary>The one webhook of a hub, its secret encrypted with a key that is not in the data file.</summary>
/// <param name="key">32 bytes, derived for <see cref="KeyPurpose"/>.</param>
public sealed class WebhookSetting(Database database, byte[] key)
{
    public const string KeyPurpose = "webhook";
    private const string About = "webhook";

    private readonly SealedText secrets = new(key);

    /// <summary>Null where none is set.</summary>
    /// <exception cref="HubDirectoryException">When the keys are not those it was kept with.</exception>
    public Webhook? Find()
    {
        using var reader = database.OpenReader();
        var row = reader.QuerySingleOrDefault<Row>("SELECT url, secret, plain_http AS plainHttp, any_address AS anyAddress FROM webhook");
        if (row is null) return null;
        var secret = row.Secret is null ? null : secrets.Open(row.Secret, About)
            ?? throw new HubDirectoryException("the webhook's secret cannot be read with this hub's keys; set it again with: stint alert webhook");
        return new(new Uri(row.Url), secret, row.PlainHttp != 0, row.AnyAddress != 0);
    }

    /// <summary>Null takes it away; what waited for it is tried no more.</summary>
    public void Set(Webhook? webhook)
    {
        using var writer = database.OpenWriter();
        using var transaction = writer.BeginTransaction();
        writer.Execute("DELETE FROM webhook");
        if (webhook is not null)
            writer.Execute(
                "INSERT INTO webhook (one, url, secret, plain_http, any_address) VALUES (1, @url, @secret, @plain, @any)",
                new { url = webhook.Url.AbsoluteUri, secret = webhook.Secret is null ? null : secrets.Seal(webhook.Secret, About), plain = webhook.PlainHttp, any = webhook.AnyAddress });
        else writer.Execute("UPDATE alerts SET state = 'GivenUp', problem = 'the webhook was taken away' WHERE state = 'Waiting'");
        transaction.Commit();
    }

    private sealed class Row
    {
        public string Url { get; init; } = "";
        public byte[]? Secret { get; init; }
        public long PlainHttp { get; init; }
        public long AnyAddress { get; init; }
    }
}
