using Stint.Core.Identities;
using Stint.Core.Spaces;
using Stint.Hub.Tokens;
using Stint.Tests.Hub.Store;
using Xunit;

namespace Stint.Tests.Hub.Tokens;

public sealed class AccessTokensTests : IDisposable
{
    private static readonly byte[] Key = new byte[32];
    private static readonly AccessTokenGrant Read = new(AccessTokenRole.Read, []);
    private readonly HubFolder folder = new();
    private readonly AccessTokens tokens;
    private readonly Account ada;

    public AccessTokensTests()
    {
        tokens = new AccessTokens(folder.Catalogue, Key);
        ada = folder.Add("ada");
    }

    public void Dispose() => folder.Dispose();

    private (HeldToken Token, string Text) Create(Stint.Core.Quota.Instant? expiresAt = null)
    {
        var (outcome, token, text) = tokens.Create(ada.Id, "laptop", Read, HubFolder.Now, expiresAt);
        Assert.Equal(CreateTokenOutcome.Created, outcome);
        return (token!, text!);
    }

    [Fact]
    public void Find_OfACreatedToken_IsItsAccountAndWhatItMay()
    {
        var grant = new AccessTokenGrant(AccessTokenRole.FineGrained, [AccessTokenPermission.ReadQuota, AccessTokenPermission.UseSpaces], [new SpaceId("ada", "x")]);
        var (_, token, text) = tokens.Create(ada.Id, "ci", grant, HubFolder.Now, HubFolder.Now + TimeSpan.FromDays(1));
        var found = tokens.Find(text!, HubFolder.Now);
        Assert.Equal((AccessTokenOutcome.Valid, "valid", ada), (found.Outcome, found.Cause, found.Account));
        Assert.Equivalent(token, found.Token, strict: true);
        Assert.True(found.Token!.Grant.Permits(AccessTokenPermission.UseSpaces, new SpaceId("ada", "x")));
    }

    [Fact]
    public void Find_AfterAnotherProcessChangedSomething_SaysWhatIsTrueNow()
    {
        var elsewhere = new AccessTokens(new Stint.Hub.Store.Catalogue(folder.Database), Key);
        var (token, text) = Create();
        var (other, kept) = Create();
        Assert.Equal("valid", tokens.Find(text, HubFolder.Now).Cause);
        Assert.Equal("valid", tokens.Find(kept, HubFolder.Now).Cause);

        elsewhere.Revoke(token.Id, HubFolder.Now);

        Assert.Equal("token-revoked", tokens.Find(text, HubFolder.Now).Cause);
        new Stint.Hub.Store.Catalogue(folder.Database).SetBlocked(ada.Id, true);
        Assert.Equal("account-blocked", tokens.Find(kept, HubFolder.Now).Cause);
        Assert.Equal(other.Id, tokens.Find(kept, HubFolder.Now).Token!.Id);
    }

    [Fact]
    public void Find_OfWhatOpensNothing_NamesTheCause()
    {
        var (revoked, revokedText) = Create();
        tokens.Revoke(revoked.Id, HubFolder.Now);
        var end = HubFolder.Now + TimeSpan.FromMinutes(1);
        var expiring = Create(end).Text;
        Assert.Equal("token-revoked", tokens.Find(revokedText, HubFolder.Now).Cause);
        Assert.Equal("valid", tokens.Find(expiring, end - TimeSpan.FromMilliseconds(1)).Cause);
        Assert.Equal("token-expired", tokens.Find(expiring, end).Cause);
        Assert.Equal("token-malformed", tokens.Find(expiring[..^1], HubFolder.Now).Cause);
        Assert.Equal("token-malformed", tokens.Find("nonsense", HubFolder.Now).Cause);
        var random = new byte[AccessToken.RandomBytes];
        Assert.Equal("token-unknown", tokens.Find(AccessToken.Create(random, Key), HubFolder.Now).Cause);
        Assert.Equal("token-of-another-hub", tokens.Find(AccessToken.Create(random, [1]), HubFolder.Now).Cause);
        var good = Create().Text;
        folder.Catalogue.SetBlocked(ada.Id, true);
        Assert.Equal("account-blocked", tokens.Find(good, HubFolder.Now).Cause);
    }

    [Theory]
    [InlineData(59_999, false)]
    [InlineData(60_000, true)]
    public void Find_AgainWithinAMinute_WritesTheLastUseOnce(int milliseconds, bool written)
    {
        var (token, text) = Create();
        var version = folder.Catalogue.Version();
        tokens.Find(text, HubFolder.Now);
        var later = HubFolder.Now + TimeSpan.FromMilliseconds(milliseconds);
        // A hub started anew has no memory of the first use and reads it from the file.
        new AccessTokens(folder.Catalogue, Key).Find(text, later);
        var last = Assert.Single(tokens.List(ada.Id), each => each.Id == token.Id).LastUsedAt;
        Assert.Equal(written ? later : HubFolder.Now, last);
        Assert.Equal(version, folder.Catalogue.Version());
    }

    [Fact]
    public void Find_WhileAnotherWriterHoldsTheFile_AnswersWithoutTheNote()
    {
        var (token, text) = Create();
        using (var writer = folder.Database.OpenWriter())
        using (writer.BeginTransaction())
            Assert.Equal(AccessTokenOutcome.Valid, tokens.Find(text, HubFolder.Now).Outcome);
        Assert.Null(Assert.Single(tokens.List(null), each => each.Id == token.Id).LastUsedAt);
    }

    [Fact]
    public void Revoke_Twice_SaysSoAndAnUnknownOneToo()
    {
        var token = Create().Token;
        Assert.Equal(RevokeTokenOutcome.Revoked, tokens.Revoke(token.Id, HubFolder.Now));
        Assert.Equal(RevokeTokenOutcome.AlreadyRevoked, tokens.Revoke(token.Id, HubFolder.Now));
        Assert.Equal(RevokeTokenOutcome.TokenUnknown, tokens.Revoke("nothing", HubFolder.Now));
    }

    [Fact]
    public void Create_OfWhatMayNotBe_NamesTheOutcome()
    {
        Assert.Equal(CreateTokenOutcome.Invalid, tokens.Create(ada.Id, "", Read, HubFolder.Now).Outcome);
        Assert.Equal(CreateTokenOutcome.Created, tokens.Create(ada.Id, new string('n', 96), Read, HubFolder.Now).Outcome);
        Assert.Equal(CreateTokenOutcome.Invalid, tokens.Create(ada.Id, new string('n', 97), Read, HubFolder.Now).Outcome);
        Assert.Equal(CreateTokenOutcome.Invalid, tokens.Create(ada.Id, "n", new(AccessTokenRole.FineGrained, []), HubFolder.Now).Outcome);
        Assert.Equal(CreateTokenOutcome.AccountUnknown, tokens.Create(new AccountId("nobody"), "n", Read, HubFolder.Now).Outcome);
    }

    [Fact]
    public void Create_PastTheMostAnAccountHolds_IsRefusedUntilOneIsRevoked()
    {
        var first = Create().Token;
        for (var i = 1; i < AccessTokens.MostHeld; i++) Create();
        Assert.Equal(CreateTokenOutcome.TooMany, tokens.Create(ada.Id, "n", Read, HubFolder.Now).Outcome);
        tokens.Revoke(first.Id, HubFolder.Now);
        Assert.Equal(CreateTokenOutcome.Created, tokens.Create(ada.Id, "n", Read, HubFolder.Now).Outcome);
    }
}
