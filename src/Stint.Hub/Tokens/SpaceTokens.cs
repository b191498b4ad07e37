using System.Security.Cryptography;
using Microsoft.IdentityModel.JsonWebTokens;
using Stint.Core.Identities;
using Stint.Core.Quota;
using Stint.Core.Spaces;

namespace Stint.Hub.Tokens;

/// <summary>
/// The short tokens by which an account is recognised at ONE Space without showing it a secret: what <c>GET …/jwt</c> hands
/// out and <c>x-zerogpu-token</c> and <c>__sign</c> carry. Signed like identity tokens, of another kind, so that neither
/// passes for the other; worth nothing at any other Space, and nothing after ten minutes.
/// </summary>
public sealed class SpaceTokens
{
    public static readonly TimeSpan LongestLifetime = TimeSpan.FromMinutes(10);

    private const string Kind = "stint-space+jwt";
    private const string SealedClaim = "payer";

    private readonly HubKeys keys;
    private readonly IdentitySeal seal;
    private readonly TokenSigner signer;

    public SpaceTokens(HubKeys keys) => (this.keys, seal, signer) = (keys, new IdentitySeal(keys), new TokenSigner(keys, Kind));

    /// <param name="lifetime">More than nothing, at most <see cref="LongestLifetime"/>.</param>
    public SpaceToken Issue(AccountId account, SpaceId audience, Instant now, TimeSpan lifetime)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(lifetime, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(lifetime, LongestLifetime);
        var (id, from) = (RandomNumberGenerator.GetHexString(24, lowercase: true), new Instant(now.UnixMilliseconds / 1000 * 1000));
        var end = from + lifetime;
        var text = signer.Sign(
            audience, from, end,
            (JwtRegisteredClaimNames.Jti, id), (JwtRegisteredClaimNames.Sub, $"/spaces/{audience}"), (SealedClaim, seal.Close(IdentityId.Of(account), audience, id)));
        return new(text, end);
    }

    /// <summary>1 is it a token at all? 2 is it ours? 3 has its time passed? 4 is it for this Space? Never throws, whatever the text.</summary>
    public SpaceTokenCheck Check(string token, SpaceId audience, Instant now)
    {
        // 1
        if (!signer.IsToken(token)) return new(TokenOutcome.Malformed, null);
        // 2
        if (signer.Verified(token) is not { } jwt || !SpaceId.TryParse(jwt.Audiences.SingleOrDefault(), out var of)) return new(TokenOutcome.Forged, null);
        if (!jwt.TryGetClaim(SealedClaim, out var closed) || seal.Open(closed.Value, of, jwt.Id)?.Account is not { } account) return new(TokenOutcome.Forged, null);
        // 3
        if (keys.IsRetired(jwt.Kid, now) || Instant.From(jwt.ValidTo) <= now || Instant.From(jwt.ValidTo) - Instant.From(jwt.IssuedAt) > LongestLifetime) return new(TokenOutcome.Expired, account);
        // 4
        return new(of == audience ? TokenOutcome.Valid : TokenOutcome.OfAnotherSpace, account);
    }
}

/// <param name="ExpiresAt">The first moment at which it is worth nothing.</param>
public sealed record SpaceToken(string Text, Instant ExpiresAt);

/// <param name="Account">Set exactly when the hub itself signed the token, whatever became of it since.</param>
public sealed record SpaceTokenCheck(TokenOutcome Outcome, AccountId? Account);
