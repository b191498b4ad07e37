using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Stint.Core.Identities;
using Stint.Core.Quota;
using Stint.Core.Spaces;
using Stint.Hub.Tokens;
using Stint.Tests.Fakes;
using Xunit;

namespace Stint.Tests.Hub.Tokens;

public sealed class IdentityTokensTests : IDisposable
{
    private static readonly Instant Start = new(1_800_000_000_000);
    private static readonly IdentityId Ada = IdentityId.Of(new AccountId("a-ada-7f"));
    private static readonly SpaceId Here = new("ada", "squares");
    private static readonly SpaceId There = new("bob", "squares");

    private readonly TempDirectory directory = new();
    private readonly HubKeys keys;
    private readonly IdentityTokens tokens;
    private Instant now = Start;

    public IdentityTokensTests()
    {
        keys = HubKeys.Open(directory);
        tokens = new IdentityTokens(keys, () => now);
    }

    public void Dispose() => directory.Dispose();

    [Fact]
    public void Check_TokenOfThisSpaceInTime_IsValidAndSaysWhoPays()
    {
        var check = tokens.Check(Token(), Here, Start);

        Assert.Equal(TokenOutcome.Valid, check.Outcome);
        Assert.Equal((Ada, Here, "event-1", "/predict"), (check.Facts!.Identity, check.Facts.Audience, check.Facts.Event, check.Facts.Endpoint));
    }

    [Theory]
    [InlineData(0, TokenOutcome.Valid)]
    [InlineData(599_999, TokenOutcome.Valid)]
    [InlineData(600_000, TokenOutcome.Expired)]
    [InlineData(600_001, TokenOutcome.Expired)]
    public void Check_AroundItsEnd_ExpiresAtExactlyThatMoment(long afterMilliseconds, TokenOutcome outcome)
    {
        var check = tokens.Check(Token(), Here, Start + TimeSpan.FromMilliseconds(afterMilliseconds));

        Assert.Equal(outcome, check.Outcome);
        Assert.Equal(Ada, check.Facts!.Identity);
    }

    [Fact]
    public void Check_AtAnotherSpace_IsOfAnotherSpace() =>
        Assert.Equal(TokenOutcome.OfAnotherSpace, tokens.Check(Token(), There, Start).Outcome);

    [Fact]
    public void Check_SpaceNamedInOtherCase_IsOfAnotherSpace() =>
        Assert.Equal(TokenOutcome.OfAnotherSpace, tokens.Check(Token(), new SpaceId("Ada", "squares"), Start).Outcome);

    [Theory]
    [InlineData("")]
    [InlineData("TOK-abc")]
    [InlineData("a.b")]
    [InlineData("..")]
    [InlineData("a.b.c")]
    [InlineData("eyJhbGciOiJFUzI1NiJ9.bm90IGpzb24.AAAA")]
    [InlineData("eyJhbGciOiJFUzI1NiJ9.e30.AAAA.AAAA.AAAA")]
    [InlineData("eyJhbGciOiJFUzI1NiJ9.A.AAAA.AAAA.AAAA")]
    [InlineData("eyJhbGciOiJFUzI1NiJ9.e30.A.AAAA.AAAA")]
    [InlineData("eyJhbGciOiJFUzI1NiJ9.e30.AAAA.A.AAAA")]
    [InlineData("eyJhbGciOiJFUzI1NiJ9.e30.AAAA.AAAA.A")]
    public void Check_NoToken_IsMalformedOrForgedAndNeverThrows(string text)
    {
        var check = tokens.Check(text, Here, Start);

        Assert.Contains(check.Outcome, new[] { TokenOutcome.Malformed, TokenOutcome.Forged });
        Assert.Null(check.Facts);
    }

    [Fact]
    public void Check_LongerThanATokenMayBe_IsMalformedBeforeItIsRead() =>
        Assert.Equal(TokenOutcome.Malformed, tokens.Check(Token() + new string('A', IdentityTokens.LongestToken), Here, Start).Outcome);

    [Fact]
    public void Check_AnyLetterChanged_IsNeverValid()
    {
        var token = Token();
        for (var i = 0; i < token.Length; i += 3)
        {
            var changed = string.Concat(token.AsSpan(0, i), token[i] == 'A' ? "B" : "A", token.AsSpan(i + 1));
            // The last letter of a part may carry spare bits: then the bytes, and with them the token, are the same.
            if (i + 1 == token.Length || token[i + 1] == '.' || token[i] == '.') continue;
            Assert.NotEqual(TokenOutcome.Valid, tokens.Check(changed, Here, Start).Outcome);
        }
    }

    [Theory]
    [InlineData("none")]
    [InlineData("HS256")]
    public void Check_AnotherAlgorithm_IsForged(string algorithm)
    {
        var parts = Token().Split('.');
        var header = Base64Url.EncodeToString(Encoding.UTF8.GetBytes($$"""{"alg":"{{algorithm}}","kid":"{{keys.Signing[0].Kid}}","typ":"stint-identity+jwt"}"""));

        Assert.Equal(TokenOutcome.Forged, tokens.Check($"{header}.{parts[1]}.{parts[2]}", Here, Start).Outcome);
        Assert.NotEqual(TokenOutcome.Valid, tokens.Check($"{header}.{parts[1]}.", Here, Start).Outcome);
    }

    [Fact]
    public void Check_TokenOfAnotherHub_IsForged()
    {
        using var elsewhere = new TempDirectory();
        var foreign = new IdentityTokens(HubKeys.Open(elsewhere), () => Start).Issue(Ada, Here, "event-1", "/predict", TimeSpan.FromMinutes(10));

        Assert.Equal(TokenOutcome.Forged, tokens.Check(foreign, Here, Start).Outcome);
    }

    [Fact]
    public void Check_OursOfAnotherKind_IsForged() =>
        Assert.Equal(TokenOutcome.Forged, tokens.Check(Signed("JWT", Start, Start + TimeSpan.FromMinutes(1)), Here, Start).Outcome);

    /// <summary>Who pays is sealed for one Space and one event: taken over into a token for another, it opens nothing, even under the hub's own signature.</summary>
    [Fact]
    public void Check_WithThePayerOfAnotherToken_IsForged()
    {
        var end = Start + TimeSpan.FromMinutes(1);
        Assert.Equal(TokenOutcome.Valid, tokens.Check(Signed("stint-identity+jwt", Start, end), Here, Start).Outcome);

        Assert.Equal(TokenOutcome.Forged, tokens.Check(Signed("stint-identity+jwt", Start, end, "event-2"), Here, Start).Outcome);
        Assert.Equal(TokenOutcome.Forged, tokens.Check(Signed("stint-identity+jwt", Start, end, audience: There), There, Start).Outcome);
    }

    [Fact]
    public void Check_OursButLivingLongerThanADay_IsForged() =>
        Assert.Equal(TokenOutcome.Forged, tokens.Check(Signed("stint-identity+jwt", Start, Start + TimeSpan.FromHours(24) + TimeSpan.FromSeconds(1)), Here, Start).Outcome);

    [Fact]
    public void Check_SignedBeforeARotation_IsStillValid()
    {
        var before = Token();
        var rotated = new IdentityTokens(HubKeys.Rotate(directory, Start), () => Start);

        Assert.Equal(TokenOutcome.Valid, rotated.Check(before, Here, Start).Outcome);
        Assert.NotEqual(Header(before), Header(rotated.Issue(Ada, Here, "event-1", "", TimeSpan.FromMinutes(1))));
    }

    /// <summary>Signed by whoever has the old key, long after it was replaced.</summary>
    [Theory]
    [InlineData(-1, TokenOutcome.Valid)]
    [InlineData(0, TokenOutcome.Expired)]
    public void Check_SignedWithAKeyThatWasReplaced_HoldsAsLongAsItsTokensMayLive(int milliseconds, TokenOutcome outcome)
    {
        var replaced = Start - IdentityTokens.LongestLifetime - TimeSpan.FromMilliseconds(milliseconds);
        var stolen = Token();
        var rotated = new IdentityTokens(HubKeys.Rotate(directory, replaced), () => Start);

        Assert.Equal(outcome, rotated.Check(stolen, Here, Start).Outcome);
        Assert.Equal(TokenOutcome.Valid, rotated.Check(rotated.Issue(Ada, Here, "event-1", "", TimeSpan.FromMinutes(1)), Here, Start).Outcome);
    }

    [Fact]
    [Trait("Behaviour", "B82")]
    public void Issue_Token_ShowsTheSpaceAPseudonymOfItsOwnAndNoIdentity()
    {
        var (here, there) = (Payload(Token()), Payload(tokens.Issue(Ada, There, "event-1", "", TimeSpan.FromMinutes(1))));

        Assert.DoesNotContain("ada-7f", here.GetRawText(), StringComparison.Ordinal);
        Assert.Equal(JsonValueKind.String, here.GetProperty("user").ValueKind);
        Assert.Equal(here.GetProperty("user").GetString(), Payload(Token()).GetProperty("user").GetString());
        Assert.NotEqual(here.GetProperty("user").GetString(), there.GetProperty("user").GetString());
        Assert.False(here.TryGetProperty("error", out _));
    }

    [Fact]
    public void Issue_ForSomebodyAnonymous_NamesNoUser()
    {
        var token = tokens.Issue(IdentityId.OfNetwork("192.0.2.7"), Here, "event-1", "", TimeSpan.FromMinutes(1));

        Assert.False(Payload(token).TryGetProperty("user", out _));
        Assert.DoesNotContain("192.0.2", Payload(token).GetRawText(), StringComparison.Ordinal);
        Assert.Equal(IdentityId.OfNetwork("192.0.2.7"), tokens.Check(token, Here, Start).Facts!.Identity);
    }

    [Fact]
    public void Issue_EverythingAtItsLongest_FitsATokenThatIsAccepted()
    {
        var part = new string('x', 96);
        var space = new SpaceId(part, part);
        var endpoint = new string('é', IdentityTokens.LongestEndpoint);
        var token = tokens.Issue(Ada, space, new string('e', IdentityTokens.LongestEvent), endpoint, IdentityTokens.LongestLifetime);

        Assert.Equal(TokenOutcome.Valid, tokens.Check(token, space, Start).Outcome);
        Assert.Equal(endpoint, tokens.Check(token, space, Start).Facts!.Endpoint);
    }

    [Fact]
    public void Issue_LongerThanADay_IsAProgrammersError()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => tokens.Issue(Ada, Here, "event-1", "", IdentityTokens.LongestLifetime + TimeSpan.FromSeconds(1)));
        Assert.Throws<ArgumentOutOfRangeException>(() => tokens.Issue(Ada, Here, "event-1", "", TimeSpan.Zero));
    }

    [Fact]
    public void Issue_InTheMiddleOfASecond_NeverLivesLongerThanAsked()
    {
        now = Start + TimeSpan.FromMilliseconds(999);
        var facts = tokens.Check(Token(), Here, now).Facts!;

        Assert.True(facts.ExpiresAt <= now + TimeSpan.FromMinutes(10));
    }

    private string Token() => tokens.Issue(Ada, Here, "event-1", "/predict", TimeSpan.FromMinutes(10));

    /// <summary>Signed with the hub's own key, as <see cref="IdentityTokens"/> never would.</summary>
    private string Signed(string kind, Instant issuedAt, Instant expiresAt, string @event = "event-1", SpaceId? audience = null)
    {
        var key = new ECDsaSecurityKey(keys.Signing[0].Key) { KeyId = keys.Signing[0].Kid };
        return new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(new SecurityTokenDescriptor
        {
            TokenType = kind,
            Issuer = keys.HubName,
            Audience = (audience ?? Here).ToString(),
            IssuedAt = issuedAt.ToUtc().UtcDateTime,
            Expires = expiresAt.ToUtc().UtcDateTime,
            Claims = new Dictionary<string, object>
            {
                ["jti"] = @event,
                ["sub"] = "x",
                ["fn"] = "/predict",
                ["payer"] = Payload(Token()).GetProperty("payer").GetString()!,
            },
            SigningCredentials = new SigningCredentials(key, SecurityAlgorithms.EcdsaSha256),
        });
    }

    private static string Header(string token) => token.Split('.')[0];

    private static JsonElement Payload(string token) =>
        JsonDocument.Parse(Base64Url.DecodeFromChars(token.Split('.')[1])).RootElement;
}
