using Stint.Core.Identities;
using Stint.Hub.Accounts;
using Stint.Hub.Store;
using Stint.Tests.Hub.Store;
using Xunit;

namespace Stint.Tests.Hub.Accounts;

public sealed class SetUpTests : IDisposable
{
    private const string Password = "correct horse";
    private readonly HubFolder folder = new();
    private readonly SetUpLinks links;
    private readonly FirstStart start;
    private readonly Passwords passwords;

    public SetUpTests()
    {
        links = new SetUpLinks(folder.Catalogue);
        start = new FirstStart(folder.Catalogue, links);
        passwords = new Passwords(folder.Catalogue);
    }

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Prepare_OnAnEmptyDirectory_MakesAnAdministratorWhoseLinkOpensOnce()
    {
        var (account, secret) = start.Prepare(HubFolder.Now)!.Value;
        Assert.Equal(("admin", AccountRole.Administrator), (account.Name, account.Role));
        Assert.Equal((SetUpLinkStanding.Open, account), links.Find(secret, HubFolder.Now));
        Assert.Equal(RedeemSetUpLinkOutcome.PasswordRefused, links.Redeem(secret, "123456789", HubFolder.Now).Outcome);
        Assert.Equal((RedeemSetUpLinkOutcome.Redeemed, account), links.Redeem(secret, Password, HubFolder.Now));
        Assert.Equal(account, passwords.Verify("Admin", Password));
        Assert.Equal(RedeemSetUpLinkOutcome.Used, links.Redeem(secret, "another password", HubFolder.Now).Outcome);
        Assert.Equal(account, passwords.Verify("admin", Password));
        Assert.Null(start.Prepare(HubFolder.Now));
    }

    [Fact]
    public void Prepare_AgainBeforeThePasswordIsChosen_GivesANewLinkAndClosesTheOld()
    {
        var first = start.Prepare(HubFolder.Now)!.Value;
        var second = start.Prepare(HubFolder.Now)!.Value;
        Assert.Equal(first.Account, second.Account);
        Assert.Equal(SetUpLinkStanding.Unknown, links.Find(first.Secret, HubFolder.Now).Standing);
        Assert.Equal(SetUpLinkStanding.Open, links.Find(second.Secret, HubFolder.Now).Standing);
        Assert.Single(folder.Catalogue.Accounts());
    }

    [Fact]
    public void Prepare_WhereMembersTookTheNames_FindsAnother()
    {
        folder.Add("Admin");
        folder.Add("administrator");
        Assert.StartsWith("admin-", start.Prepare(HubFolder.Now)!.Value.Account.Name, StringComparison.Ordinal);
    }

    [Fact]
    public void Prepare_WhereAnAdministratorHasAPassword_HasNothingToDo()
    {
        var ada = folder.Add("ada", AccountRole.Administrator);
        passwords.Set(ada.Id, Password, HubFolder.Now);
        Assert.Null(start.Prepare(HubFolder.Now));
        Assert.Single(folder.Catalogue.Accounts());
    }

    [Theory]
    [InlineData(-1, RedeemSetUpLinkOutcome.Redeemed)]
    [InlineData(0, RedeemSetUpLinkOutcome.Expired)]
    public void Redeem_AroundItsLifetime_OpensOnlyWithin(int milliseconds, RedeemSetUpLinkOutcome expected)
    {
        var secret = links.Create(folder.Add("ada").Id, HubFolder.Now)!;
        var at = HubFolder.Now + SetUpLinks.Lifetime + TimeSpan.FromMilliseconds(milliseconds);
        Assert.Equal(expected, links.Redeem(secret, Password, at).Outcome);
        Assert.Equal(expected == RedeemSetUpLinkOutcome.Redeemed, passwords.Verify("ada", Password) is not null);
    }

    [Fact]
    public void Create_ForNobody_IsNull() => Assert.Null(links.Create(new AccountId("nobody"), HubFolder.Now));

    [Fact]
    public void Find_OfALinkNobodyMade_IsUnknown()
    {
        Assert.Equal((SetUpLinkStanding.Unknown, null), links.Find("guess", HubFolder.Now));
        Assert.Equal((SetUpLinkStanding.Unknown, null), links.Find(new string('a', 5000), HubFolder.Now));
    }

    [Theory]
    [InlineData(9, false)]
    [InlineData(10, true)]
    [InlineData(512, true)]
    [InlineData(513, false)]
    public void Problem_ByLength_KeepsToTheBounds(int length, bool good) => Assert.Equal(good, Passwords.Problem(new string('x', length)) is null);

    [Fact]
    public void Verify_WhateverIsWrong_IsNull()
    {
        var ada = folder.Add("ada");
        Assert.Null(passwords.Verify("ada", ""));
        Assert.Equal(ChangeAccountOutcome.Changed, passwords.Set(ada.Id, Password, HubFolder.Now));
        Assert.Equal(ada, passwords.Verify("ada", Password));
        Assert.Null(passwords.Verify("ada", Password + "!"));
        Assert.Null(passwords.Verify("ada", new string('x', 100_000)));
        Assert.Null(passwords.Verify("nobody", Password));
        folder.Catalogue.SetBlocked(ada.Id, true);
        Assert.Null(passwords.Verify("ada", Password));
    }

    [Fact]
    public void Generate_APassword_IsGoodAndNeverTheSame()
    {
        Assert.Null(Passwords.Problem(Passwords.Generate()));
        Assert.NotEqual(Passwords.Generate(), Passwords.Generate());
    }
}
