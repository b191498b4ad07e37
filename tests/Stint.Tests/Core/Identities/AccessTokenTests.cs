using System.Text.Json;
using Stint.Core.Identities;
using Stint.Core.Spaces;
using Xunit;
using static Stint.Core.Identities.AccessTokenPermission;

namespace Stint.Tests.Core.Identities;

public sealed class AccessTokenTests
{
    private static readonly byte[] Key = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];
    private static readonly byte[] OtherKey = [.. Enumerable.Range(1, 32).Select(i => (byte)i)];
    private static readonly byte[] Random = [.. Enumerable.Range(0, AccessToken.RandomBytes).Select(i => (byte)(i * 11))];
    private static readonly string Ours = AccessToken.Create(Random, Key);

    [Fact]
    public void Create_FromBytes_HasTheFormClientsAndSecretScannersKnow() => Assert.Matches("^hf_[A-Za-z]{34}$", Ours);

    [Fact]
    public void Create_FromTheWrongNumberOfBytes_Throws() =>
        Assert.Throws<ArgumentException>(() => AccessToken.Create(Random.AsSpan(1), Key));

    [Fact]
    public void Recognise_TwoHundredOfEitherHub_TellsThemApart()
    {
        for (var i = 0; i < 200; i++)
        {
            var random = new byte[AccessToken.RandomBytes];
            random.AsSpan().Fill((byte)i);
            Assert.Equal(AccessTokenOrigin.Ours, AccessToken.Recognise(AccessToken.Create(random, Key), Key));
            Assert.Equal(AccessTokenOrigin.Foreign, AccessToken.Recognise(AccessToken.Create(random, OtherKey), Key));
        }
    }

    [Theory]
    [InlineData("", AccessTokenOrigin.NotAToken)]
    [InlineData("h", AccessTokenOrigin.NotAToken)]
    [InlineData("hf", AccessTokenOrigin.NotAToken)]
    [InlineData("HF_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", AccessTokenOrigin.NotAToken)]
    [InlineData("eyJhbGciOiJFUzI1NiJ9.e30.c2ln", AccessTokenOrigin.NotAToken)]
    [InlineData(" hf_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", AccessTokenOrigin.NotAToken)]
    [InlineData("hf_", AccessTokenOrigin.Malformed)]
    [InlineData("hf_abc", AccessTokenOrigin.Malformed)]
    [InlineData("hf_AAAAAAAAAAAAAAAAAAAAAAAAAA", AccessTokenOrigin.Malformed)]
    [InlineData("hf_AAAAAAAAAAAAAAAAAAAAAAAAAAA", AccessTokenOrigin.Foreign)]
    [InlineData("hf_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", AccessTokenOrigin.Foreign)]
    [InlineData("hf_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA A", AccessTokenOrigin.Malformed)]
    [InlineData("hf_oauth_eyJhbGciOi.JFUzI1NiJ9-_e30.c2ln", AccessTokenOrigin.Foreign)]
    [InlineData("api_org_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", AccessTokenOrigin.Foreign)]
    [InlineData("api_org", AccessTokenOrigin.Malformed)]
    public void Recognise_WhatIsNotOurs_NamesIt(string text, AccessTokenOrigin expected) => Assert.Equal(expected, AccessToken.Recognise(text, Key));

    [Fact]
    public void Recognise_OursWithAnyOneLetterChanged_IsNeverOurs()
    {
        for (var at = AccessToken.Prefix.Length; at < Ours.Length; at++)
        {
            var changed = string.Concat(Ours.AsSpan(0, at), Ours[at] == 'x' ? "y" : "x", Ours.AsSpan(at + 1));
            // A slip in the first four letters cannot be told from another hub's mark; after them it is known to be a slip.
            var expected = at < AccessToken.Prefix.Length + 4 ? AccessTokenOrigin.Foreign : AccessTokenOrigin.Malformed;
            Assert.Equal(expected, AccessToken.Recognise(changed, Key));
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(10)]
    [InlineData(29)]
    public void Recognise_OursCutShort_IsMalformed(int letters) =>
        Assert.Equal(AccessTokenOrigin.Malformed, AccessToken.Recognise(Ours[..^letters], Key));

    [Fact]
    public void Recognise_OursWithALetterMore_IsMalformed() => Assert.Equal(AccessTokenOrigin.Malformed, AccessToken.Recognise(Ours + "A", Key));

    [Fact]
    public void Recognise_WithinAForeignTextTooLongToBeAToken_IsMalformed() =>
        Assert.Equal(AccessTokenOrigin.Malformed, AccessToken.Recognise("hf_" + new string('A', 4094), Key));

    [Theory]
    [InlineData(UseSpaces, true, true, true)]
    [InlineData(ReadQuota, true, true, false)]
    [InlineData(ReadBilling, true, true, false)]
    [InlineData(ManageSpaces, false, true, false)]
    [InlineData(ManageTokens, false, false, false)]
    public void Permits_EachRole_GivesWhatIsWrittenDown(AccessTokenPermission permission, bool read, bool write, bool fineGrained)
    {
        Assert.Equal(read, new AccessTokenGrant(AccessTokenRole.Read, []).Permits(permission));
        Assert.Equal(write, new AccessTokenGrant(AccessTokenRole.Write, []).Permits(permission));
        Assert.Equal(fineGrained, new AccessTokenGrant(AccessTokenRole.FineGrained, [UseSpaces]).Permits(permission));
        Assert.True(new AccessTokenGrant(AccessTokenRole.FineGrained, [permission]).Permits(permission));
    }

    [Fact]
    public void Permits_LimitedToASpace_HoldsForThatOneAndForWhatIsOfNoSpace()
    {
        var mine = new SpaceId("ada", "mine");
        var grant = new AccessTokenGrant(AccessTokenRole.Write, [], [mine]);
        Assert.True(grant.Permits(UseSpaces, mine));
        Assert.True(grant.Permits(ManageSpaces, mine));
        Assert.False(grant.Permits(UseSpaces, new SpaceId("ada", "other")));
        Assert.False(grant.Permits(UseSpaces));
        Assert.True(grant.Permits(ReadQuota));
    }

    [Fact]
    public void Problem_OfAGrant_SaysWhatToDo()
    {
        Assert.Null(new AccessTokenGrant(AccessTokenRole.Read, []).Problem());
        Assert.Null(new AccessTokenGrant(AccessTokenRole.FineGrained, [ReadQuota]).Problem());
        Assert.Contains("spaces.use", new AccessTokenGrant(AccessTokenRole.FineGrained, []).Problem());
        Assert.Contains("fineGrained", new AccessTokenGrant(AccessTokenRole.Read, [ReadQuota]).Problem());
        Assert.Contains("1 to 100", new AccessTokenGrant(AccessTokenRole.Read, [], []).Problem());
    }

    [Fact]
    public void Word_OfEveryRoleAndPermission_IsWhatJsonSays()
    {
        Assert.All(AccessTokenGrant.EveryPermission, each => Assert.Equal($"\"{AccessTokenGrant.Word(each)}\"", JsonSerializer.Serialize(each)));
        Assert.All(Enum.GetValues<AccessTokenRole>(), each => Assert.Equal($"\"{AccessTokenGrant.Word(each)}\"", JsonSerializer.Serialize(each)));
        Assert.All(AccessTokenGrant.EveryPermission, each => Assert.NotEmpty(AccessTokenGrant.Says(each)));
    }
}
