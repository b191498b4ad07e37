using Stint.Core.Identities;
using Stint.Core.Quota;
using Stint.Core.Spaces;
using Stint.Hub.Tokens;
using Stint.Tests.Fakes;
using Xunit;

namespace Stint.Tests.Hub.Tokens;

public sealed class SpaceTokensTests : IDisposable
{
    private static readonly Instant Start = new(1_800_000_000_000);
    private static readonly AccountId Ada = new("a-ada-7f");
    private static readonly SpaceId Here = new("ada", "squares");
    private static readonly SpaceId There = new("bob", "squares");

    private readonly TempDirectory directory = new();
    private readonly HubKeys keys;
    private readonly SpaceTokens tokens;

    public SpaceTokensTests()
    {
        keys = HubKeys.Open(directory);
        tokens = new SpaceTokens(keys);
    }

    public void Dispose() => directory.Dispose();

    [Fact]
    public void Check_TokenOfThisSpaceInTime_IsThatAccount()
    {
        var check = tokens.Check(Token(), Here, Start);

        Assert.Equal((TokenOutcome.Valid, Ada), (check.Outcome, check.Account));
    }

    [Theory]
    [InlineData(599_999, TokenOutcome.Valid)]
    [InlineData(600_000, TokenOutcome.Expired)]
    public void Check_AroundItsEnd_ExpiresAtExactlyThatMoment(long afterMilliseconds, TokenOutcome outcome) =>
        Assert.Equal(outcome, tokens.Check(Token(), Here, Start + TimeSpan.FromMilliseconds(afterMilliseconds)).Outcome);

    [Fact]
    public void Check_AtAnotherSpace_IsOfAnotherSpace() => Assert.Equal(TokenOutcome.OfAnotherSpace, tokens.Check(Token(), There, Start).Outcome);

    [Fact]
    public void Check_AnIdentityTokenOfTheSameHub_IsForged()
    {
        var identity = new IdentityTokens(keys, () => Start).Issue(IdentityId.Of(Ada), Here, "event-1", "/predict", TimeSpan.FromMinutes(5));

        Assert.Equal(TokenOutcome.Forged, tokens.Check(identity, Here, Start).Outcome);
        Assert.Equal(TokenOutcome.Forged, new IdentityTokens(keys, () => Start).Check(Token(), Here, Start).Outcome);
    }

    [Fact]
    public void Check_OfAnotherHub_IsForged()
    {
        using var elsewhere = new TempDirectory();

        Assert.Equal(TokenOutcome.Forged, new SpaceTokens(HubKeys.Open(elsewhere)).Check(Token(), Here, Start).Outcome);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a.b.c")]
    [InlineData("hf_abcdefghijklmnopqrstuvwxyzABCDEFGH")]
    [InlineData("..")]
    public void Check_WhatIsNoToken_IsNotBelieved(string text) =>
        Assert.Contains(tokens.Check(text, Here, Start).Outcome, new[] { TokenOutcome.Malformed, TokenOutcome.Forged });

    [Fact]
    public void Issue_ForLongerThanTenMinutes_IsAProgrammersError() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => tokens.Issue(Ada, Here, Start, TimeSpan.FromMinutes(10) + TimeSpan.FromSeconds(1)));

    [Fact]
    public void Token_ReadByItsBearer_DoesNotNameTheAccount()
    {
        var body = System.Text.Encoding.UTF8.GetString(System.Buffers.Text.Base64Url.DecodeFromChars(Token().Split('.')[1]));

        Assert.DoesNotContain(Ada.Value, body, StringComparison.Ordinal);
        Assert.Contains("/spaces/ada/squares", body, StringComparison.Ordinal);
    }

    private string Token() => tokens.Issue(Ada, Here, Start, TimeSpan.FromMinutes(10)).Text;
}
