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

    private readonly TokenSigner signer;

    public SpaceTokens(HubKeys keys) => signer = new(keys, new IdentitySeal(keys), Kind, LongestLifetime);

    /// <param name="lifetime">More than nothing, at most <see cref="LongestLifetime"/>.</param>
    public SpaceToken Issue(AccountId account, SpaceId audience, Instant now, TimeSpan lifetime)
    {
        var (text, end) = signer.Sign(
            IdentityId.Of(account), audience, RandomNumberGenerator.GetHexString(24, lowercase: true), now, lifetime, (JwtRegisteredClaimNames.Sub, $"/spaces/{audience}"));
        return new(text, end);
    }

    /// <summary>1 is it a token, ours, and of this time? 2 is it for this Space? Never throws, whatever the text.</summary>
    public SpaceTokenCheck Check(string token, SpaceId audience, Instant now)
    {
        // 1
        var (outcome, known) = signer.Read(token, now);
        if (known?.Payer.Account is not { } account) return new(known is null ? outcome : TokenOutcome.Forged, null);
        if (outcome != TokenOutcome.Valid) return new(outcome, account);
        // 2
        return new(known.Audience == audience ? TokenOutcome.Valid : TokenOutcome.OfAnotherSpace, account);
    }
}

/// <param name="ExpiresAt">The first moment at which it is worth nothing.</param>
public sealed record SpaceToken(string Text, Instant ExpiresAt);

/// <param name="Account">Set exactly when the hub itself signed the token, whatever became of it since.</param>
public sealed record SpaceTokenCheck(TokenOutcome Outcome, AccountId? Account);
