using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Stint.Core.Identities;
using Stint.Core.Quota;
using Stint.Core.Spaces;

namespace Stint.Hub.Tokens;

/// <summary>
/// The signatures (ES256) of one kind of token: made with the hub's newest key, checked with every key it holds. Each is for
/// ONE Space, with who pays sealed inside. A token of one kind never passes for one of another. What else a kind asks of its
/// tokens it checks itself, so that each failure has its name.
/// </summary>
internal sealed class TokenSigner
{
    private const int SignatureBytes = 64;
    private const string SealedClaim = "payer";

    private readonly JsonWebTokenHandler handler = new() { SetDefaultTimesOnTokenCreation = false, MapInboundClaims = false, MaximumTokenSizeInBytes = IdentityTokens.LongestToken };
    private readonly TokenValidationParameters parameters;
    private readonly HubKeys keys;
    private readonly IdentitySeal seal;
    private readonly TimeSpan longest;
    private readonly ECDsa key;
    private readonly string hub;
    private readonly byte[] beginning;

    /// <param name="kind">Its <c>typ</c>.</param>
    /// <param name="longest">How long one of them may live.</param>
    public TokenSigner(HubKeys keys, IdentitySeal seal, string kind, TimeSpan longest)
    {
        var newest = keys.Signing[0];
        (this.keys, this.seal, this.longest, key, hub) = (keys, seal, longest, newest.Key, keys.HubName);
        beginning = Encoding.ASCII.GetBytes(Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(new { alg = SecurityAlgorithms.EcdsaSha256, kid = newest.Kid, typ = kind })) + ".");
        parameters = new TokenValidationParameters
        {
            IssuerSigningKeys = [.. keys.Signing.Select(known => new ECDsaSecurityKey(known.Key) { KeyId = known.Kid })],
            TryAllIssuerSigningKeys = false,
            ValidAlgorithms = [SecurityAlgorithms.EcdsaSha256],
            ValidTypes = [kind],
            ValidIssuer = hub,
            ValidateLifetime = false,
            ValidateAudience = false,
        };
    }

    /// <param name="id">What it is for, or a name of its own.</param>
    /// <param name="lifetime">More than nothing, at most the longest of its kind. The wire knows no parts of a second: it is over that much sooner.</param>
    public (string Text, Instant ExpiresAt) Sign(
        IdentityId payer, SpaceId audience, string id, Instant now, TimeSpan lifetime, params ReadOnlySpan<(string Name, string Value)> claims)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(lifetime, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(lifetime, longest);
        var (from, end) = (WholeSecond(now), WholeSecond(WholeSecond(now) + lifetime));
        var payload = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(payload))
        {
            json.WriteStartObject();
            json.WriteString(JwtRegisteredClaimNames.Iss, hub);
            json.WriteString(JwtRegisteredClaimNames.Aud, audience.ToString());
            json.WriteNumber(JwtRegisteredClaimNames.Iat, from.UnixMilliseconds / 1000);
            json.WriteNumber(JwtRegisteredClaimNames.Exp, end.UnixMilliseconds / 1000);
            json.WriteString(JwtRegisteredClaimNames.Jti, id);
            json.WriteString(SealedClaim, seal.Close(payer, audience, id));
            foreach (var (name, value) in claims) json.WriteString(name, value);
            json.WriteEndObject();
        }

        var signed = beginning.Length + Base64Url.GetEncodedLength(payload.WrittenCount);
        Span<byte> text = new byte[signed + 1 + Base64Url.GetEncodedLength(SignatureBytes)];
        beginning.CopyTo(text);
        Base64Url.EncodeToUtf8(payload.WrittenSpan, text[beginning.Length..]);
        // In the form of two numbers side by side, which is the one tokens have.
        Span<byte> signature = stackalloc byte[SignatureBytes];
        key.SignData(text[..signed], signature, HashAlgorithmName.SHA256);
        text[signed] = (byte)'.';
        Base64Url.EncodeToUtf8(signature, text[(signed + 1)..]);
        return (Encoding.ASCII.GetString(text), end);
    }

    /// <summary>1 is it a token at all? 2 is it ours, of this kind? 3 has its time passed, or its key's? Never throws, whatever the text.</summary>
    /// <returns>Valid, Expired, Forged or Malformed; the token exactly when the hub itself signed it, whatever became of it since.</returns>
    public (TokenOutcome Outcome, SignedToken? Token) Read(string text, Instant now)
    {
        // 1
        if (!IsToken(text)) return (TokenOutcome.Malformed, null);
        // 2
        if (Verified(text) is not { } jwt || !SpaceId.TryParse(jwt.Audiences.SingleOrDefault(), out var audience)) return (TokenOutcome.Forged, null);
        if (!jwt.TryGetClaim(SealedClaim, out var closed) || seal.Open(closed.Value, audience, jwt.Id) is not { } payer) return (TokenOutcome.Forged, null);
        var token = new SignedToken(jwt, payer, audience, Instant.From(jwt.IssuedAt), Instant.From(jwt.ValidTo));
        if (token.ExpiresAt - token.IssuedAt > longest) return (TokenOutcome.Forged, null);
        // 3
        return (now >= token.ExpiresAt || keys.IsRetired(jwt.Kid, now) ? TokenOutcome.Expired : TokenOutcome.Valid, token);
    }

    /// <summary>Whether it has the form of a token, whoever made it.</summary>
    private bool IsToken(string text)
    {
        try
        {
            return text.Length <= IdentityTokens.LongestToken && handler.CanReadToken(text) && handler.ReadJsonWebToken(text) is not null;
        }
        catch (Exception broken) when (broken is ArgumentException or FormatException)
        {
            // The second is what it throws at a part of an encrypted token that is no Base64.
            return false;
        }
    }

    /// <summary>What it says, where this hub signed it as one of this kind; else null.</summary>
    private JsonWebToken? Verified(string text)
    {
        // With the keys at hand nothing here waits: the task is complete when it is returned.
        var result = handler.ValidateTokenAsync(text, parameters).GetAwaiter().GetResult();
        return result.IsValid ? result.SecurityToken as JsonWebToken : null;
    }

    private static Instant WholeSecond(Instant at) => new(at.UnixMilliseconds / 1000 * 1000);
}

/// <summary>A token that this hub signed.</summary>
/// <param name="Payer">Who pays, as it was sealed.</param>
/// <param name="ExpiresAt">The first moment at which it is worth nothing.</param>
internal sealed record SignedToken(JsonWebToken Jwt, IdentityId Payer, SpaceId Audience, Instant IssuedAt, Instant ExpiresAt);
