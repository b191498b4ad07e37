using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Stint.Core.Quota;
using Stint.Core.Spaces;

namespace Stint.Hub.Tokens;

/// <summary>
/// The signatures (ES256) of one kind of token: made with the hub's newest key, checked with every key it holds. A token of
/// one kind never passes for one of another. Checks of time and audience are the kind's own, so that each failure has its name.
/// </summary>
internal sealed class TokenSigner
{
    private const int SignatureBytes = 64;

    private readonly JsonWebTokenHandler handler = new() { SetDefaultTimesOnTokenCreation = false, MapInboundClaims = false, MaximumTokenSizeInBytes = IdentityTokens.LongestToken };
    private readonly TokenValidationParameters parameters;
    private readonly ECDsa key;
    private readonly string hub;
    private readonly byte[] beginning;

    /// <param name="kind">Its <c>typ</c>.</param>
    public TokenSigner(HubKeys keys, string kind)
    {
        var newest = keys.Signing[0];
        (key, hub) = (newest.Key, keys.HubName);
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

    /// <param name="from">A whole second, as <paramref name="end"/> is; the wire knows no parts of one.</param>
    public string Sign(SpaceId audience, Instant from, Instant end, params ReadOnlySpan<(string Name, string Value)> claims)
    {
        var payload = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(payload))
        {
            json.WriteStartObject();
            json.WriteString(JwtRegisteredClaimNames.Iss, hub);
            json.WriteString(JwtRegisteredClaimNames.Aud, audience.ToString());
            json.WriteNumber(JwtRegisteredClaimNames.Iat, from.UnixMilliseconds / 1000);
            json.WriteNumber(JwtRegisteredClaimNames.Exp, end.UnixMilliseconds / 1000);
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
        return Encoding.ASCII.GetString(text);
    }

    /// <summary>Whether it has the form of a token, whoever made it.</summary>
    public bool IsToken(string text)
    {
        try
        {
            return text.Length <= IdentityTokens.LongestToken && handler.CanReadToken(text) && handler.ReadJsonWebToken(text) is not null;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    /// <summary>What it says, where this hub signed it as one of this kind; else null.</summary>
    public JsonWebToken? Verified(string text)
    {
        // With the keys at hand nothing here waits: the task is complete when it is returned.
        var result = handler.ValidateTokenAsync(text, parameters).GetAwaiter().GetResult();
        return result.IsValid ? result.SecurityToken as JsonWebToken : null;
    }
}
