using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Dapper;
using Microsoft.Data.Sqlite;
using Stint.Core.Identities;
using Stint.Core.Quota;
using Stint.Hub.Store;

namespace Stint.Hub.Accounts;

/// <summary>What the secret of a set-up link is worth.</summary>
public enum SetUpLinkStanding { Open, Unknown, Used, Expired }

public enum RedeemSetUpLinkOutcome
{
    Redeemed,
    /// <summary><see cref="Passwords.Problem"/> says what is wrong; the link still opens.</summary>
    PasswordRefused,
    Unknown,
    Used,
    Expired,
}

/// <summary>
/// Links by which someone chooses the password of an account once, within 24 hours. Only the hash of the secret is kept, and
/// an account has one open link at most: a new one closes those before it.
/// </summary>
public sealed class SetUpLinks(Catalogue catalogue)
{
    public static readonly TimeSpan Lifetime = TimeSpan.FromHours(24);

    private const int SecretBytes = 32;
    private const int LongestSecret = 128;

    /// <summary>The path of the page a link opens.</summary>
    public static string PathOf(string secret) => "/set-up/" + secret;

    /// <summary>The secret of a new link, which is nowhere else; null where the account is unknown.</summary>
    public string? Create(AccountId account, Instant now)
    {
        var secret = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(SecretBytes));
        return catalogue.Write(
            writer =>
            {
                if (Catalogue.Account(writer, account) is null) return null;
                writer.Execute("DELETE FROM set_up_links WHERE account = @account", new { account = account.Value });
                writer.Execute(
                    "INSERT INTO set_up_links (hash, account, expires_at) VALUES (@hash, @account, @end)",
                    new { hash = Hash(secret), account = account.Value, end = (now + Lifetime).UnixMilliseconds });
                return secret;
            },
            created => created is not null);
    }

    /// <summary>Whose link it is and whether it still opens; changes nothing.</summary>
    public (SetUpLinkStanding Standing, Account? Account) Find(string secret, Instant now)
    {
        using var reader = catalogue.OpenReader();
        return Find(reader, secret, now);
    }

    /// <summary>Gives the account its password, ends its sessions and closes the link, all or nothing.</summary>
    public (RedeemSetUpLinkOutcome Outcome, Account? Account) Redeem(string secret, string password, Instant now)
    {
        if (Passwords.Problem(password) is not null) return (RedeemSetUpLinkOutcome.PasswordRefused, null);
        // Hashing is slow, so it comes before the transaction and only for a link that opened a moment ago.
        if (Find(secret, now) is { Standing: not SetUpLinkStanding.Open } closed) return (Closed(closed.Standing), null);
        var hash = Passwords.Hash(password);
        return catalogue.Write<(RedeemSetUpLinkOutcome Outcome, Account? Account)>(
            writer =>
            {
                var (standing, account) = Find(writer, secret, now);
                if (standing != SetUpLinkStanding.Open) return (Closed(standing), null);
                writer.Execute("UPDATE set_up_links SET used_at = @now WHERE hash = @link", new { now = now.UnixMilliseconds, link = Hash(secret) });
                Catalogue.SetPasswordHash(writer, account!.Id, hash, now);
                return (RedeemSetUpLinkOutcome.Redeemed, account);
            },
            result => result.Outcome == RedeemSetUpLinkOutcome.Redeemed);
    }

    private static (SetUpLinkStanding Standing, Account? Account) Find(SqliteConnection connection, string secret, Instant now)
    {
        if (secret.Length > LongestSecret) return (SetUpLinkStanding.Unknown, null);
        var row = connection.QuerySingleOrDefault<Row>(
            "SELECT account, expires_at AS expiresAt, used_at AS usedAt FROM set_up_links WHERE hash = @hash", new { hash = Hash(secret) });
        if (row is null) return (SetUpLinkStanding.Unknown, null);
        var account = Catalogue.Account(connection, new AccountId(row.Account));
        if (row.UsedAt is not null) return (SetUpLinkStanding.Used, account);
        return (row.ExpiresAt <= now.UnixMilliseconds ? SetUpLinkStanding.Expired : SetUpLinkStanding.Open, account);
    }

    private static RedeemSetUpLinkOutcome Closed(SetUpLinkStanding standing) => standing switch
    {
        SetUpLinkStanding.Open => RedeemSetUpLinkOutcome.Redeemed,
        SetUpLinkStanding.Unknown => RedeemSetUpLinkOutcome.Unknown,
        SetUpLinkStanding.Used => RedeemSetUpLinkOutcome.Used,
        SetUpLinkStanding.Expired => RedeemSetUpLinkOutcome.Expired,
    };

    private static byte[] Hash(string secret) => SHA256.HashData(Encoding.UTF8.GetBytes(secret));

    private sealed record Row(string Account, long ExpiresAt, long? UsedAt);
}
