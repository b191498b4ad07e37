using Stint.Core.Identities;
using Stint.Core.Spaces;
using Stint.Hub.Accounts;
using Stint.Hub.Tokens;
using Stint.Tests.Hub.Store;
using Xunit;

namespace Stint.Tests.Hub.Accounts;

/// <summary>Whoever changes a password may do so because somebody else knows it: what was opened with it is over.</summary>
public sealed class PasswordChangeTests : IDisposable
{
    private const string Password = "correct horse battery";
    private static readonly SpaceId Here = new("ada", "squares");

    private readonly HubFolder folder = new();
    private readonly Sessions sessions;
    private readonly Account ada;
    private readonly string before;
    private readonly string beforeAtSpace;
    private readonly string bobs;

    public PasswordChangeTests()
    {
        (sessions, ada) = (new Sessions(folder.Catalogue), folder.Add("ada"));
        new Passwords(folder.Catalogue).Set(ada.Id, Password, HubFolder.Now);
        (before, bobs) = (sessions.CreateHubSession(ada.Id, HubFolder.Now)!, sessions.CreateHubSession(folder.Add("bob").Id, HubFolder.Now)!);
        var browser = Sessions.NewBrowserSecret();
        beforeAtSpace = sessions.RedeemCode(sessions.CreateCode(before, Here, Sessions.MarkOf(browser), HubFolder.Now)!, Here, browser, HubFolder.Now).Secret!;
    }

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Password_Changed_EndsEverySessionOfThatAccountAndNoOthers(bool byLink)
    {
        if (byLink)
        {
            var links = new SetUpLinks(folder.Catalogue);
            Assert.Equal(RedeemSetUpLinkOutcome.Redeemed, links.Redeem(links.Create(ada.Id, HubFolder.Now)!, "another password", HubFolder.Now).Outcome);
        }
        else
        {
            new Passwords(folder.Catalogue).Set(ada.Id, "another password", HubFolder.Now);
        }

        Assert.Equal(SessionOutcome.Ended, sessions.FindHubSession(before, HubFolder.Now).Outcome);
        Assert.Equal(SessionOutcome.Ended, sessions.FindSpaceSession(beforeAtSpace, Here, HubFolder.Now).Outcome);
        Assert.Equal(SessionOutcome.Valid, sessions.FindHubSession(bobs, HubFolder.Now).Outcome);
        Assert.Equal(SessionOutcome.Valid, sessions.FindHubSession(sessions.CreateHubSession(ada.Id, HubFolder.Now)!, HubFolder.Now).Outcome);
    }

    [Fact]
    public void Password_ThatIsRefused_EndsNothing()
    {
        var links = new SetUpLinks(folder.Catalogue);
        Assert.Equal(RedeemSetUpLinkOutcome.PasswordRefused, links.Redeem(links.Create(ada.Id, HubFolder.Now)!, "short", HubFolder.Now).Outcome);
        Assert.Equal(RedeemSetUpLinkOutcome.Unknown, links.Redeem("guess", "another password", HubFolder.Now).Outcome);

        Assert.Equal(SessionOutcome.Valid, sessions.FindHubSession(before, HubFolder.Now).Outcome);
    }
}
