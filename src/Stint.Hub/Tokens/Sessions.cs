using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Dapper;
using Microsoft.Data.Sqlite;
using Stint.Core.Identities;
using Stint.Core.Quota;
using Stint.Core.Spaces;
using Stint.Hub.Store;

namespace Stint.Hub.Tokens;

/// <summary>What the secret of a session is worth at one moment.</summary>
public enum SessionOutcome
{
    Valid,
    /// <summary>No session has this secret: made up, cut short, or forgotten long after its end.</summary>
    Unknown,
    /// <summary>Signed out, here or at the hub.</summary>
    Ended,
    Expired,
    AccountBlocked,
    /// <summary>It is a session of another Space's address.</summary>
    OfAnotherSpace,
}

/// <param name="Account">Set wherever the session is known.</param>
public sealed record SessionLookup(SessionOutcome Outcome, Account? Account);

public enum RedeemCodeOutcome
{
    Redeemed,
    /// <summary>This browser was not given this code, or its session is gone.</summary>
    Unknown,
    /// <summary>It opened a session before: a code opens one, once.</summary>
    Used,
    Expired,
    OfAnotherSpace,
    /// <summary>The hub session it was made in does not hold any more.</summary>
    SessionEnded,
}

/// <summary>
/// Who is signed in at the hub, and through it at the addresses of Spaces. A hub session is open → ended | expired; a Space's
/// session is worth what its hub session is worth, at that one Space. It is opened by a code that the hub hands out for one
/// session, one Space and one browser, that holds 60 s and works once. Only hashes of the secrets are kept.
/// </summary>
public sealed class Sessions
{
    public static readonly TimeSpan Lifetime = TimeSpan.FromDays(30);
    public static readonly TimeSpan CodeLifetime = TimeSpan.FromSeconds(60);

    /// <summary>Past this many the oldest of an account's hub sessions goes.</summary>
    public const int MostOfAccount = 100;

    /// <summary>Past this many the oldest Space session of a hub session goes, and the oldest code.</summary>
    public const int MostOfSession = 200;

    private const int SecretBytes = 32;
    private const int LongestSecret = 64;

    /// <summary>How long an end is remembered, so that whoever comes back with the cookie hears what became of it.</summary>
    private static readonly TimeSpan EndRemembered = TimeSpan.FromDays(30);

    private readonly Catalogue catalogue;
    private readonly Remembered<SecretHash, Known?> hubSessions;
    private readonly Remembered<SecretHash, KnownAtSpace?> spaceSessions;

    public Sessions(Catalogue catalogue)
    {
        this.catalogue = catalogue;
        hubSessions = new(catalogue, ReadHubSession);
        spaceSessions = new(catalogue, ReadSpaceSession);
    }

    /// <summary>Signs an account in: the secret of a new session, which is nowhere else. Null where the account is unknown or blocked.</summary>
    public string? CreateHubSession(AccountId account, Instant now)
    {
        var secret = NewSecret();
        return catalogue.Write(
            writer =>
            {
                if (Catalogue.Account(writer, account) is not { Blocked: false }) return null;
                Forget(writer, account, now);
                writer.Execute(
                    "INSERT INTO hub_sessions (hash, account, created_at, expires_at) VALUES (@hash, @account, @now, @end)",
                    new { hash = Hash(secret), account = account.Value, now = now.UnixMilliseconds, end = (now + Lifetime).UnixMilliseconds });
                return secret;
            },
            created => created is not null);
    }

    public SessionLookup FindHubSession(string secret, Instant now) =>
        secret.Length > LongestSecret ? new(SessionOutcome.Unknown, null) : Lookup(hubSessions.Of(SecretHash.Of(secret)), now);

    /// <summary>Signs out, at the hub and at every Space's address opened from there. False where it was not open.</summary>
    public bool EndHubSession(string secret, Instant now) => End("hash = @hash", new { hash = Hash(secret), now = now.UnixMilliseconds }) > 0;

    /// <summary>Signs an account out everywhere: its password changed, or an administrator says so.</summary>
    public int EndAll(AccountId account, Instant now) => End("account = @account", new { account = account.Value, now = now.UnixMilliseconds });

    /// <summary>What a browser keeps to itself on its way to a Space's address.</summary>
    public static string NewBrowserSecret() => NewSecret();

    /// <summary>What a browser shows of its secret: enough to be known by, and nothing to pass for it with.</summary>
    public static string MarkOf(string browserSecret) => Base64Url.EncodeToString(Hash(browserSecret));

    public static bool IsMark([NotNullWhen(true)] string? text) => text is { Length: 43 } && Base64Url.IsValid(text);

    /// <summary>A code that opens a session at a Space's address; null where the hub session does not hold.</summary>
    /// <param name="browser">The mark of the browser that may open it; in any other it is worth nothing.</param>
    public string? CreateCode(string hubSecret, SpaceId space, string browser, Instant now)
    {
        if (hubSecret.Length > LongestSecret || !IsMark(browser)) return null;
        var (code, session) = (NewSecret(), Hash(hubSecret));
        return catalogue.Write(
            writer =>
            {
                if (Find(writer, session, now).Outcome != SessionOutcome.Valid) return null;
                writer.Execute("DELETE FROM space_codes WHERE session = @session AND expires_at < @old", new { session, old = (now - EndRemembered).UnixMilliseconds });
                Trim(writer, "space_codes", "expires_at", session);
                writer.Execute(
                    "INSERT INTO space_codes (hash, session, space, expires_at) VALUES (@hash, @session, @space, @end)",
                    new { hash = Bound(code, browser), session, space = space.ToString(), end = (now + CodeLifetime).UnixMilliseconds });
                return code;
            },
            created => created is not null);
    }

    /// <summary>The secret of a new session at a Space's address, for a code that was made for it.</summary>
    /// <param name="browserSecret">What the browser that brings it keeps; null where it keeps nothing.</param>
    public (RedeemCodeOutcome Outcome, string? Secret) RedeemCode(string code, SpaceId space, string? browserSecret, Instant now)
    {
        if (code.Length > LongestSecret || browserSecret is null or { Length: > LongestSecret }) return (RedeemCodeOutcome.Unknown, null);
        var secret = NewSecret();
        var outcome = catalogue.Write(writer => Redeem(writer, Bound(code, MarkOf(browserSecret)), secret, space, now), redeemed => redeemed == RedeemCodeOutcome.Redeemed);
        return (outcome, outcome == RedeemCodeOutcome.Redeemed ? secret : null);
    }

    /// <param name="space">Whose address it was sent to; a session of any other Space is worth nothing there.</param>
    public SessionLookup FindSpaceSession(string secret, SpaceId space, Instant now)
    {
        if (secret.Length > LongestSecret || spaceSessions.Of(SecretHash.Of(secret)) is not { } known) return new(SessionOutcome.Unknown, null);
        var session = Lookup(known.Session, now);
        if (!IsSame(known.Space, space)) return new(SessionOutcome.OfAnotherSpace, session.Account);
        return known.HasEnded ? new(SessionOutcome.Ended, session.Account) : session;
    }

    /// <summary>Signs out at one Space's address; the hub session and the other Spaces' stay. False where it was not open.</summary>
    public bool EndSpaceSession(string secret, Instant now) => catalogue.Write(
        writer => writer.Execute(
            "UPDATE space_sessions SET ended_at = @now WHERE hash = @hash AND ended_at IS NULL", new { hash = Hash(secret), now = now.UnixMilliseconds }) == 1,
        ended => ended);

    private int End(string which, object parameters) => catalogue.Write(
        writer => writer.Execute($"UPDATE hub_sessions SET ended_at = @now WHERE {which} AND ended_at IS NULL", parameters), ended => ended > 0);

    private static RedeemCodeOutcome Redeem(SqliteConnection writer, byte[] code, string secret, SpaceId space, Instant now)
    {
        var row = writer.QuerySingleOrDefault<CodeRow>(
            "SELECT session, space, expires_at AS expiresAt, used_at AS usedAt FROM space_codes WHERE hash = @code", new { code });
        switch (row)
        {
            case null: return RedeemCodeOutcome.Unknown;
            case { UsedAt: not null }: return RedeemCodeOutcome.Used;
            case var known when !IsSame(known.Space, space): return RedeemCodeOutcome.OfAnotherSpace;
            case var known when known.ExpiresAt <= now.UnixMilliseconds: return RedeemCodeOutcome.Expired;
        }

        if (Find(writer, row.Session, now).Outcome != SessionOutcome.Valid) return RedeemCodeOutcome.SessionEnded;
        writer.Execute("UPDATE space_codes SET used_at = @now WHERE hash = @code", new { code, now = now.UnixMilliseconds });
        Trim(writer, "space_sessions", "created_at", row.Session);
        writer.Execute(
            "INSERT INTO space_sessions (hash, session, space, created_at) VALUES (@hash, @session, @space, @now)",
            new { hash = Hash(secret), session = row.Session, space = space.ToString(), now = now.UnixMilliseconds });
        return RedeemCodeOutcome.Redeemed;
    }

    private static SessionLookup Find(SqliteConnection connection, byte[] hash, Instant now) => Lookup(Read(connection, hash), now);

    /// <summary>What a session is worth at one moment; everything but that moment is as it was read.</summary>
    private static SessionLookup Lookup(Known? known, Instant now) => known is null
        ? new(SessionOutcome.Unknown, null)
        : new(
            known switch
            {
                { HasEnded: true } => SessionOutcome.Ended,
                _ when known.ExpiresAt <= now => SessionOutcome.Expired,
                { Account.Blocked: true } => SessionOutcome.AccountBlocked,
                _ => SessionOutcome.Valid,
            },
            known.Account);

    private static Known? Read(SqliteConnection connection, byte[] hash)
    {
        var row = connection.QuerySingleOrDefault<SessionRow>(
            "SELECT account, expires_at AS expiresAt, ended_at AS endedAt FROM hub_sessions WHERE hash = @hash", new { hash });
        return row is not null && Catalogue.Account(connection, new AccountId(row.Account)) is { } account
            ? new(account, new Instant(row.ExpiresAt), row.EndedAt is not null)
            : null;
    }

    private Known? ReadHubSession(SecretHash hash)
    {
        using var reader = catalogue.OpenReader();
        return Read(reader, hash.ToBytes());
    }

    private KnownAtSpace? ReadSpaceSession(SecretHash hash)
    {
        using var reader = catalogue.OpenReader();
        var row = reader.QuerySingleOrDefault<SpaceRow>(
            "SELECT session, space, ended_at AS endedAt FROM space_sessions WHERE hash = @hash", new { hash = hash.ToBytes() });
        return row is null ? null : new(Read(reader, row.Session), row.Space, row.EndedAt is not null);
    }

    /// <summary>Sessions that ended long ago, and the oldest of too many.</summary>
    private static void Forget(SqliteConnection writer, AccountId account, Instant now)
    {
        writer.Execute("DELETE FROM hub_sessions WHERE expires_at < @old", new { old = (now - EndRemembered).UnixMilliseconds });
        writer.Execute(
            """
            DELETE FROM hub_sessions WHERE hash IN
                (SELECT hash FROM hub_sessions WHERE account = @account ORDER BY created_at DESC LIMIT -1 OFFSET @kept)
            """,
            new { account = account.Value, kept = MostOfAccount - 1 });
    }

    private static void Trim(SqliteConnection writer, string table, string order, byte[] session) => writer.Execute(
        $"DELETE FROM {table} WHERE hash IN (SELECT hash FROM {table} WHERE session = @session ORDER BY {order} DESC LIMIT -1 OFFSET @kept)",
        new { session, kept = MostOfSession - 1 });

    private static bool IsSame(string kept, SpaceId space) => string.Equals(kept, space.ToString(), StringComparison.OrdinalIgnoreCase);

    private static string NewSecret() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(SecretBytes));

    /// <summary>A code is kept together with whom it is for: one without the other is not found.</summary>
    private static byte[] Bound(string code, string browser) => Hash($"{code}.{browser}");

    private static byte[] Hash(string secret) => SecretHash.Of(secret).ToBytes();

    /// <summary>A hub session with its account, as committed.</summary>
    private sealed record Known(Account Account, Instant ExpiresAt, bool HasEnded);

    /// <param name="Session">The hub session it was opened from; null where that is gone.</param>
    private sealed record KnownAtSpace(Known? Session, string Space, bool HasEnded);

    private sealed record SessionRow(string Account, long ExpiresAt, long? EndedAt);

    private sealed record SpaceRow(byte[] Session, string Space, long? EndedAt);

    private sealed record CodeRow(byte[] Session, string Space, long ExpiresAt, long? UsedAt);
}
