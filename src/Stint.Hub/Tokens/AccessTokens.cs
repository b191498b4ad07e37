using System.Collections.Concurrent;
using System.Security.Cryptography;
using Dapper;
using Microsoft.Data.Sqlite;
using Stint.Core.Identities;
using Stint.Core.Quota;
using Stint.Core.Spaces;
using Stint.Hub.Store;

namespace Stint.Hub.Tokens;

/// <summary>An access token as it is kept: everything but the secret, of which only the hash exists.</summary>
/// <param name="Id">Names it in lists and for revoking; gives nothing away.</param>
/// <param name="Name">What its account calls it (<c>displayName</c> on the wire).</param>
/// <param name="LastUsedAt">Up to a minute late; null where it never was.</param>
public sealed record HeldToken(
    string Id, AccountId Account, string Name, AccessTokenGrant Grant, Instant CreatedAt, Instant? LastUsedAt, Instant? ExpiresAt, Instant? RevokedAt)
{
    /// <summary>Revoked, or past its time.</summary>
    public bool IsOver(Instant now) => RevokedAt is not null || ExpiresAt <= now;
}

/// <summary>What a token that was offered came to, in the order of the checks.</summary>
public enum AccessTokenOutcome
{
    Valid,
    /// <summary>No token at all, mistyped or cut short.</summary>
    Malformed,
    /// <summary>A real token of another hub or of huggingface.co.</summary>
    Foreign,
    /// <summary>Made by this hub's key, but not in its catalogue: of a data directory that was put back from a backup.</summary>
    Unknown,
    Revoked,
    Expired,
    AccountBlocked,
}

/// <param name="Token">Null where none is known by this text.</param>
public sealed record AccessTokenLookup(AccessTokenOutcome Outcome, HeldToken? Token, Account? Account)
{
    /// <summary>A stable word for the outcome, to be read by programs.</summary>
    public string Cause => Outcome switch
    {
        AccessTokenOutcome.Valid => "valid",
        AccessTokenOutcome.Malformed => "token-malformed",
        AccessTokenOutcome.Foreign => "token-of-another-hub",
        AccessTokenOutcome.Unknown => "token-unknown",
        AccessTokenOutcome.Revoked => "token-revoked",
        AccessTokenOutcome.Expired => "token-expired",
        AccessTokenOutcome.AccountBlocked => "account-blocked",
    };
}

public enum CreateTokenOutcome
{
    Created,
    /// <summary><see cref="AccessTokenGrant.Problem"/> says what is wrong, or the name is empty or over 96 characters.</summary>
    Invalid,
    AccountUnknown,
    /// <summary>The account holds as many tokens that still work as one may.</summary>
    TooMany,
}

public enum RevokeTokenOutcome { Revoked, AlreadyRevoked, TokenUnknown }

/// <summary>The access tokens of all accounts. A token's text is returned once, when it is created, and is nowhere afterwards.</summary>
public sealed class AccessTokens
{
    /// <summary>What the hub key is derived for.</summary>
    public const string KeyPurpose = "access-token";

    public const int MostHeld = 200;
    public const int LongestName = 96;

    private const string Columns =
        "id, account, name, role, permissions, spaces, created_at AS createdAt, last_used_at AS lastUsedAt, expires_at AS expiresAt, revoked_at AS revokedAt";

    private const int UsesRemembered = 10_000;
    private static readonly TimeSpan UseKeptEvery = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<string, Instant> usesTried = new(StringComparer.Ordinal);

    private readonly Catalogue catalogue;
    private readonly byte[] hubKey;
    private readonly Remembered<SecretHash, (HeldToken? Token, Account? Account)> held;

    /// <param name="hubKey">The hub's secret that token checksums are made with.</param>
    public AccessTokens(Catalogue catalogue, byte[] hubKey)
    {
        (this.catalogue, this.hubKey) = (catalogue, hubKey);
        held = new(catalogue, Read);
    }

    public (CreateTokenOutcome Outcome, HeldToken? Token, string? Text) Create(
        AccountId account, string name, AccessTokenGrant grant, Instant now, Instant? expiresAt = null)
    {
        if (name.Length is 0 or > LongestName || name.Any(char.IsControl) || grant.Problem() is not null) return (CreateTokenOutcome.Invalid, null, null);
        var text = AccessToken.Create(RandomNumberGenerator.GetBytes(AccessToken.RandomBytes), hubKey);
        var token = new HeldToken(RandomNumberGenerator.GetHexString(16, lowercase: true), account, name, grant, now, null, expiresAt, null);
        var outcome = catalogue.Write(
            writer =>
            {
                if (Catalogue.Account(writer, account) is null) return CreateTokenOutcome.AccountUnknown;
                if (Working(writer, account, now) >= MostHeld) return CreateTokenOutcome.TooMany;
                Insert(writer, token, AccessToken.Hash(text));
                return CreateTokenOutcome.Created;
            },
            created => created == CreateTokenOutcome.Created);
        return outcome == CreateTokenOutcome.Created ? (outcome, token, text) : (outcome, null, null);
    }

    /// <summary>Whose token this is and whether it counts. A valid one is noted as used, at most once a minute.</summary>
    public AccessTokenLookup Find(string text, Instant now)
    {
        switch (AccessToken.Recognise(text, hubKey))
        {
            case AccessTokenOrigin.NotAToken or AccessTokenOrigin.Malformed: return new(AccessTokenOutcome.Malformed, null, null);
            case AccessTokenOrigin.Foreign: return new(AccessTokenOutcome.Foreign, null, null);
            case AccessTokenOrigin.Ours: break;
        }

        var (token, account) = held.Of(SecretHash.Of(text));
        if (token is null || account is null) return new(AccessTokenOutcome.Unknown, null, null);
        var outcome = token switch
        {
            { RevokedAt: not null } => AccessTokenOutcome.Revoked,
            { ExpiresAt: { } end } when end <= now => AccessTokenOutcome.Expired,
            _ when account.Blocked => AccessTokenOutcome.AccountBlocked,
            _ => AccessTokenOutcome.Valid,
        };
        if (outcome == AccessTokenOutcome.Valid) NoteUse(token, now);
        return new(outcome, token, account);
    }

    /// <summary>True for the text of a token that this hub's key made, whatever became of it.</summary>
    public bool IsOurs(string text) => AccessToken.Recognise(text, hubKey) == AccessTokenOrigin.Ours;

    private (HeldToken? Token, Account? Account) Read(SecretHash hash)
    {
        using var reader = catalogue.OpenReader();
        var token = reader.QuerySingleOrDefault<Row>($"SELECT {Columns} FROM access_tokens WHERE hash = @hash", new { hash = hash.ToBytes() })?.ToToken();
        return (token, token is null ? null : Catalogue.Account(reader, token.Account));
    }

    /// <summary>Newest first, revoked and expired ones too.</summary>
    /// <param name="account">Null for those of every account.</param>
    public IReadOnlyList<HeldToken> List(AccountId? account)
    {
        using var reader = catalogue.OpenReader();
        var rows = reader.Query<Row>(
            $"SELECT {Columns} FROM access_tokens WHERE @account IS NULL OR account = @account ORDER BY created_at DESC, id", new { account = account?.Value });
        return [.. rows.Select(row => row.ToToken())];
    }

    /// <summary>From the next request on the token opens nothing.</summary>
    public RevokeTokenOutcome Revoke(string id, Instant now) => catalogue.Write(
        writer =>
        {
            if (writer.Execute("UPDATE access_tokens SET revoked_at = @at WHERE id = @id AND revoked_at IS NULL", new { id, at = now.UnixMilliseconds }) == 1)
                return RevokeTokenOutcome.Revoked;
            return writer.ExecuteScalar<long>("SELECT count(*) FROM access_tokens WHERE id = @id", new { id }) == 1
                ? RevokeTokenOutcome.AlreadyRevoked
                : RevokeTokenOutcome.TokenUnknown;
        },
        outcome => outcome == RevokeTokenOutcome.Revoked);

    private static long Working(SqliteConnection connection, AccountId account, Instant now) => connection.ExecuteScalar<long>(
        "SELECT count(*) FROM access_tokens WHERE account = @account AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > @now)",
        new { account = account.Value, now = now.UnixMilliseconds });

    private static void Insert(SqliteConnection writer, HeldToken token, byte[] hash) => writer.Execute(
        """
        INSERT INTO access_tokens (id, hash, account, name, role, permissions, spaces, created_at, expires_at)
        VALUES (@id, @hash, @account, @name, @role, @permissions, @spaces, @createdAt, @expiresAt)
        """,
        new
        {
            id = token.Id,
            hash,
            account = token.Account.Value,
            name = token.Name,
            role = token.Grant.Role.ToString(),
            permissions = Json.Write(token.Grant.Permissions),
            spaces = token.Grant.Spaces is { } spaces ? Json.Write(spaces) : null,
            createdAt = token.CreatedAt.UnixMilliseconds,
            expiresAt = token.ExpiresAt?.UnixMilliseconds,
        });

    /// <summary>Best effort: a busy data file costs the note, never the request. No new version: nothing anyone decides by has changed.</summary>
    private void NoteUse(HeldToken token, Instant now)
    {
        if (token.LastUsedAt is { } last && now - last < UseKeptEvery) return;
        if (usesTried.TryGetValue(token.Id, out var tried) && now - tried < UseKeptEvery) return;
        if (usesTried.Count >= UsesRemembered) usesTried.Clear();
        usesTried[token.Id] = now;
        try
        {
            using var writer = catalogue.OpenWriter();
            writer.DefaultTimeout = 1;
            Database.Execute(writer, "PRAGMA busy_timeout=250");
            writer.Execute("UPDATE access_tokens SET last_used_at = @now WHERE id = @id", new { id = token.Id, now = now.UnixMilliseconds });
        }
        catch (SqliteException e) when (e.SqliteErrorCode == SqliteBusy)
        {
            // The next use a minute from now tries again.
        }
    }

    private const int SqliteBusy = 5;

    private sealed record Row(
        string Id, string Account, string Name, string Role, string Permissions, string? Spaces, long CreatedAt, long? LastUsedAt, long? ExpiresAt, long? RevokedAt)
    {
        public HeldToken ToToken() => new(
            Id,
            new AccountId(Account),
            Name,
            new AccessTokenGrant(
                Enum.Parse<AccessTokenRole>(Role),
                Json.Read<List<AccessTokenPermission>>(Permissions),
                Spaces is null ? null : Json.Read<List<SpaceId>>(Spaces)),
            new Instant(CreatedAt),
            At(LastUsedAt),
            At(ExpiresAt),
            At(RevokedAt));

        private static Instant? At(long? milliseconds) => milliseconds is { } at ? new Instant(at) : null;
    }
}
