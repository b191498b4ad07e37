using Stint.Core.Quota;
using Stint.Core.Spaces;
using Stint.Hub.Tokens;
using Stint.Tests.Hub.Store;
using Xunit;

namespace Stint.Tests.Hub.Tokens;

public sealed class SessionsTests : IDisposable
{
    private static readonly Instant Now = HubFolder.Now;
    private static readonly SpaceId Here = new("ada", "squares");
    private static readonly SpaceId There = new("bob", "squares");

    private static readonly string Browser = Sessions.NewBrowserSecret();
    private static readonly string Mark = Sessions.MarkOf(Browser);

    private readonly HubFolder folder = new();
    private readonly Sessions sessions;
    private readonly string secret;

    public SessionsTests()
    {
        sessions = new Sessions(folder.Catalogue);
        secret = sessions.CreateHubSession(folder.Add("ada").Id, Now)!;
    }

    public void Dispose() => folder.Dispose();

    [Fact]
    public void FindHubSession_AfterSignIn_IsThatAccount()
    {
        var found = sessions.FindHubSession(secret, Now);

        Assert.Equal((SessionOutcome.Valid, "ada"), (found.Outcome, found.Account!.Name));
    }

    [Theory]
    [InlineData(-1, SessionOutcome.Valid)]
    [InlineData(0, SessionOutcome.Expired)]
    public void FindHubSession_AroundItsEnd_ExpiresAtExactlyThatMoment(int afterMilliseconds, SessionOutcome outcome) =>
        Assert.Equal(outcome, sessions.FindHubSession(secret, Now + Sessions.Lifetime + TimeSpan.FromMilliseconds(afterMilliseconds)).Outcome);

    [Fact]
    public void FindHubSession_WhatNobodyWasGiven_IsUnknown()
    {
        Assert.Equal(SessionOutcome.Unknown, sessions.FindHubSession("", Now).Outcome);
        Assert.Equal(SessionOutcome.Unknown, sessions.FindHubSession(secret[..^1], Now).Outcome);
        Assert.Equal(SessionOutcome.Unknown, sessions.FindHubSession(new string('a', 100_000), Now).Outcome);
    }

    [Fact]
    public void FindHubSession_OfABlockedAccount_SaysSo()
    {
        folder.Catalogue.SetBlocked(new("id-ada"), true);

        Assert.Equal(SessionOutcome.AccountBlocked, sessions.FindHubSession(secret, Now).Outcome);
        Assert.Null(sessions.CreateHubSession(new("id-ada"), Now));
    }

    [Fact]
    public void EndHubSession_WithASpaceSessionOpen_EndsBoth()
    {
        var atSpace = Open(Here);

        Assert.True(sessions.EndHubSession(secret, Now));
        Assert.False(sessions.EndHubSession(secret, Now));

        Assert.Equal(SessionOutcome.Ended, sessions.FindHubSession(secret, Now).Outcome);
        Assert.Equal(SessionOutcome.Ended, sessions.FindSpaceSession(atSpace, Here, Now).Outcome);
    }

    [Fact]
    public void EndSpaceSession_LeavesTheHubSession()
    {
        var atSpace = Open(Here);

        Assert.True(sessions.EndSpaceSession(atSpace, Now));

        Assert.Equal(SessionOutcome.Ended, sessions.FindSpaceSession(atSpace, Here, Now).Outcome);
        Assert.Equal(SessionOutcome.Valid, sessions.FindHubSession(secret, Now).Outcome);
    }

    [Fact]
    public void FindSpaceSession_AtAnotherSpace_IsWorthNothing()
    {
        var atSpace = Open(Here);

        Assert.Equal(SessionOutcome.Valid, sessions.FindSpaceSession(atSpace, Here, Now).Outcome);
        Assert.Equal(SessionOutcome.OfAnotherSpace, sessions.FindSpaceSession(atSpace, There, Now).Outcome);
        Assert.Equal(SessionOutcome.Unknown, sessions.FindSpaceSession(secret, Here, Now).Outcome);
        Assert.Equal(SessionOutcome.Unknown, sessions.FindHubSession(atSpace, Now).Outcome);
    }

    [Fact]
    public void RedeemCode_ASecondTime_IsRefused()
    {
        var code = sessions.CreateCode(secret, Here, Mark, Now)!;

        Assert.Equal(RedeemCodeOutcome.Redeemed, sessions.RedeemCode(code, Here, Browser, Now).Outcome);
        Assert.Equal((RedeemCodeOutcome.Used, null), sessions.RedeemCode(code, Here, Browser, Now));
    }

    [Theory]
    [InlineData(59_999, RedeemCodeOutcome.Redeemed)]
    [InlineData(60_000, RedeemCodeOutcome.Expired)]
    public void RedeemCode_AroundItsEnd_ExpiresAtExactlyThatMoment(int afterMilliseconds, RedeemCodeOutcome outcome)
    {
        var code = sessions.CreateCode(secret, Here, Mark, Now)!;

        Assert.Equal(outcome, sessions.RedeemCode(code, Here, Browser, Now + TimeSpan.FromMilliseconds(afterMilliseconds)).Outcome);
    }

    [Fact]
    public void RedeemCode_AtAnotherSpace_IsRefusedAndStillOpensItsOwn()
    {
        var code = sessions.CreateCode(secret, Here, Mark, Now)!;

        Assert.Equal(RedeemCodeOutcome.OfAnotherSpace, sessions.RedeemCode(code, There, Browser, Now).Outcome);
        Assert.Equal(RedeemCodeOutcome.Redeemed, sessions.RedeemCode(code, Here, Browser, Now).Outcome);
    }

    [Fact]
    public void RedeemCode_InAnotherBrowser_IsRefusedAndStillOpensInItsOwn()
    {
        var code = sessions.CreateCode(secret, Here, Mark, Now)!;

        foreach (var other in new[] { null, "", Mark, Browser[..^1], Sessions.NewBrowserSecret(), new string('a', 100_000) })
            Assert.Equal((RedeemCodeOutcome.Unknown, null), sessions.RedeemCode(code, Here, other, Now));
        Assert.Equal(RedeemCodeOutcome.Redeemed, sessions.RedeemCode(code, Here, Browser, Now).Outcome);
    }

    [Theory]
    [InlineData("")]
    [InlineData("short")]
    [InlineData("................................ ..........")]
    public void CreateCode_ForNoBrowser_IsNull(string mark) => Assert.Null(sessions.CreateCode(secret, Here, mark, Now));

    [Fact]
    public void RedeemCode_AfterSignOut_IsRefused()
    {
        var code = sessions.CreateCode(secret, Here, Mark, Now)!;
        sessions.EndHubSession(secret, Now);

        Assert.Equal(RedeemCodeOutcome.SessionEnded, sessions.RedeemCode(code, Here, Browser, Now).Outcome);
        Assert.Null(sessions.CreateCode(secret, Here, Mark, Now));
    }

    [Fact]
    public void CreateHubSession_PastTheBound_DropsTheOldest()
    {
        for (var i = 1; i <= Sessions.MostOfAccount; i++) sessions.CreateHubSession(new("id-ada"), Now + TimeSpan.FromSeconds(i));

        Assert.Equal(SessionOutcome.Unknown, sessions.FindHubSession(secret, Now).Outcome);
    }

    [Fact]
    public void Sessions_InTheDataFile_HoldNoSecret()
    {
        var (code, atSpace) = (sessions.CreateCode(secret, Here, Mark, Now)!, Open(Here));

        var files = Directory.GetFiles(folder.Path, "stint.db*").Select(file => System.Text.Encoding.Latin1.GetString(File.ReadAllBytes(file)));
        Assert.All(files, text => Assert.False(text.Contains(secret, StringComparison.Ordinal) || text.Contains(code, StringComparison.Ordinal) || text.Contains(atSpace, StringComparison.Ordinal)));
    }

    private string Open(SpaceId space) => sessions.RedeemCode(sessions.CreateCode(secret, space, Mark, Now)!, space, Browser, Now).Secret!;
}
