using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Microsoft.IdentityModel.Tokens;
using Stint.Core.Identities;
using Stint.Core.Quota;
using Stint.Core.Spaces;
using Stint.Hub.Tokens;
using Stint.Tests.Fakes;
using Xunit;

namespace Stint.Tests.Hub.Tokens;

/// <summary>Tokens that say themselves how they are to be checked: by no key, by another kind of key, or by a key they bring along.</summary>
public sealed class TokenAttackTests : IDisposable
{
    private static readonly Instant Start = new(1_800_000_000_000);
    private static readonly SpaceId Here = new("ada", "squares");

    private readonly TempDirectory directory = new();
    private readonly HubKeys keys;
    private readonly IdentityTokens tokens;
    private readonly SpaceTokens spaceTokens;

    public TokenAttackTests()
    {
        keys = HubKeys.Open(directory);
        (tokens, spaceTokens) = (new IdentityTokens(keys, () => Start), new SpaceTokens(keys));
    }

    public void Dispose() => directory.Dispose();

    public static TheoryData<string> Attacks =>
    [
        "none", "None", "no signature", "HS256 with the public key as PEM", "HS256 with the public key as DER", "HS256 with the point of the public key", "HS256 with nothing", "RS256", "ES384 of the attacker",
        "own key under our kid", "own key under no kid", "own key under another kid", "kid that is a path", "kid that is SQL", "own key brought as jwk", "own key brought as jku", "own key brought as x5u", "own key brought as x5c",
        "ours with crit", "signature of zeros", "signature as DER", "cty JWT", "nested",
    ];

    [Theory]
    [MemberData(nameof(Attacks))]
    public void Check_OfATokenThatChoosesItsOwnKey_NeverHolds(string attack)
    {
        foreach (var ours in new[] { tokens.Issue(IdentityId.Of(new AccountId("id-ada")), Here, "event-1", "/x", TimeSpan.FromMinutes(10)), spaceTokens.Issue(new AccountId("id-ada"), Here, Start, TimeSpan.FromMinutes(5)).Text })
        {
            var forged = Forge(attack, ours);

            Assert.Contains(tokens.Check(forged, Here, Start).Outcome, new[] { TokenOutcome.Forged, TokenOutcome.Malformed });
            Assert.Contains(spaceTokens.Check(forged, Here, Start).Outcome, new[] { TokenOutcome.Forged, TokenOutcome.Malformed });
        }
    }

    /// <summary>One kind is never taken for the other: each opens another door.</summary>
    [Fact]
    public void Check_OfTheOtherKind_NeverHolds()
    {
        Assert.Equal(TokenOutcome.Forged, tokens.Check(spaceTokens.Issue(new AccountId("id-ada"), Here, Start, TimeSpan.FromMinutes(5)).Text, Here, Start).Outcome);
        Assert.Equal(TokenOutcome.Forged, spaceTokens.Check(tokens.Issue(IdentityId.Of(new AccountId("id-ada")), Here, "event-1", "/x", TimeSpan.FromMinutes(10)), Here, Start).Outcome);
    }

    [Theory]
    [InlineData(-1, TokenOutcome.Valid)]
    [InlineData(0, TokenOutcome.Expired)]
    public void Check_OfASpaceTokenByAKeyThatWasReplaced_HoldsForADay(int milliseconds, TokenOutcome outcome)
    {
        var stolen = spaceTokens.Issue(new AccountId("id-ada"), Here, Start, TimeSpan.FromMinutes(5)).Text;
        var rotated = new SpaceTokens(HubKeys.Rotate(directory, Start - IdentityTokens.LongestLifetime - TimeSpan.FromMilliseconds(milliseconds)));

        Assert.Equal(outcome, rotated.Check(stolen, Here, Start).Outcome);
    }

    private string Forge(string attack, string ours)
    {
        var (header, payload) = (Part(ours, 0), ours.Split('.')[1]);
        var kid = keys.Signing[0].Kid;
        var type = JsonOf(header, "typ");
        using var own = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        string With(string more, string alg = "ES256") => $$"""{"alg":"{{alg}}","typ":"{{type}}",{{more}}}""";
        string Own(string more) => Signed(With(more), payload, own);
        string Mac(byte[] key) => Maced(With($"\"kid\":\"{kid}\"", "HS256"), payload, key);
        var jwk = JsonWebKeyConverter.ConvertFromECDsaSecurityKey(new ECDsaSecurityKey(own));
        return attack switch
        {
            "none" or "None" => $"{Encoded(With($"\"kid\":\"{kid}\"", attack))}.{payload}.",
            "no signature" => ours[..(ours.LastIndexOf('.') + 1)],
            "HS256 with the public key as PEM" => Mac(Encoding.ASCII.GetBytes(keys.Signing[0].Key.ExportSubjectPublicKeyInfoPem())),
            "HS256 with the public key as DER" => Mac(keys.Signing[0].Key.ExportSubjectPublicKeyInfo()),
            "HS256 with the point of the public key" => Mac([.. keys.Signing[0].Key.ExportParameters(false).Q.X!, .. keys.Signing[0].Key.ExportParameters(false).Q.Y!]),
            "HS256 with nothing" => Mac([]),
            "RS256" => Rsa(With($"\"kid\":\"{kid}\"", "RS256"), payload),
            "ES384 of the attacker" => Curve(With($"\"kid\":\"{kid}\"", "ES384"), payload),
            "own key under our kid" => Own($"\"kid\":\"{kid}\""),
            "own key under no kid" => Own("\"x\":1"),
            "own key under another kid" => Own("\"kid\":\"zzz\""),
            "kid that is a path" => Own("\"kid\":\"../../../../dev/null\""),
            "kid that is SQL" => Own("\"kid\":\"x' UNION SELECT 'a' --\""),
            "own key brought as jwk" => Own($$"""
                "kid":"{{kid}}","jwk":{"kty":"EC","crv":"P-256","x":"{{jwk.X}}","y":"{{jwk.Y}}"}
                """),
            "own key brought as jku" => Own($"\"kid\":\"{kid}\",\"jku\":\"http://127.0.0.1:1/keys\""),
            "own key brought as x5u" => Own($"\"kid\":\"{kid}\",\"x5u\":\"http://127.0.0.1:1/cert\""),
            "own key brought as x5c" => Own($"\"kid\":\"{kid}\",\"x5c\":[\"{Certificate(own)}\"],\"x5t\":\"{kid}\""),
            "ours with crit" => $"{Encoded(With($"\"kid\":\"{kid}\",\"crit\":[\"exp\"]"))}.{payload}.{ours.Split('.')[2]}",
            "signature of zeros" => $"{ours[..(ours.LastIndexOf('.') + 1)]}{Base64Url.EncodeToString(new byte[64])}",
            "signature as DER" => $"{ours[..(ours.LastIndexOf('.') + 1)]}{Base64Url.EncodeToString(own.SignData(Encoding.ASCII.GetBytes(ours[..ours.LastIndexOf('.')]), HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence))}",
            "cty JWT" => Own($"\"kid\":\"{kid}\",\"cty\":\"JWT\""),
            "nested" => Signed(With($"\"kid\":\"{kid}\",\"cty\":\"JWT\""), Base64Url.EncodeToString(Encoding.ASCII.GetBytes(ours)), own),
            _ => throw new ArgumentOutOfRangeException(nameof(attack), attack, null),
        };
    }

    private static string Signed(string header, string payload, ECDsa key) => Sealed(header, payload, bytes => key.SignData(bytes, HashAlgorithmName.SHA256));

    private static string Maced(string header, string payload, byte[] key) => Sealed(header, payload, bytes => HMACSHA256.HashData(key, bytes));

    private static string Rsa(string header, string payload)
    {
        using var rsa = RSA.Create(2048);
        return Sealed(header, payload, bytes => rsa.SignData(bytes, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));
    }

    private static string Curve(string header, string payload)
    {
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        return Sealed(header, payload, bytes => other.SignData(bytes, HashAlgorithmName.SHA384));
    }

    private static string Sealed(string header, string payload, Func<byte[], byte[]> sign)
    {
        var text = $"{Encoded(header)}.{payload}";
        return $"{text}.{Base64Url.EncodeToString(sign(Encoding.ASCII.GetBytes(text)))}";
    }

    private static string Certificate(ECDsa key)
    {
        var request = new System.Security.Cryptography.X509Certificates.CertificateRequest("CN=evil", key, HashAlgorithmName.SHA256);
        using var made = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        return Convert.ToBase64String(made.RawData);
    }

    private static string Encoded(string json) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(json));

    private static string Part(string token, int at) => Encoding.UTF8.GetString(Base64Url.DecodeFromChars(token.Split('.')[at]));

    private static string JsonOf(string json, string name) => System.Text.Json.JsonDocument.Parse(json).RootElement.GetProperty(name).GetString()!;
}
