using System.Net;
using System.Text.RegularExpressions;
using Stint.Core.Spaces;
using Stint.Hub.Tokens;
using Stint.Tests.Fakes;
using Xunit;

namespace Stint.Tests.Hub.Spaces.Front;

public sealed partial class SpacePageTests : IDisposable
{
    private readonly WebHub hub = new();

    public void Dispose() => hub.Dispose();

    [Fact]
    public async Task Page_ForSomeoneSignedIn_FramesTheWayInAndMayNotBeLedAstray()
    {
        hub.Start();
        var browser = await hub.SignedInAsync("ada");
        using var answer = await browser.GetAsync(new Uri("/spaces/ada/paint", UriKind.Relative));
        Assert.Contains("frame-src 'self' http://127.0.0.1:19999;", answer.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        var page = WebUtility.HtmlDecode(await answer.Content.ReadAsStringAsync());
        Assert.Contains("You are ada, because you are signed in", page, StringComparison.Ordinal);
        Assert.DoesNotContain("allow-top-navigation", page, StringComparison.Ordinal);
        Assert.Contains("sandbox=\"allow-scripts allow-forms allow-same-origin allow-downloads allow-popups\"", page, StringComparison.Ordinal);
        Assert.Contains("src=\"http://127.0.0.1:19999/.stint/sign-in?path=%2F\"", page, StringComparison.Ordinal);
        // No code stands in a page: each is made for the browser that asks for it.
        Assert.DoesNotContain("code=", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Page_ForSomeoneSignedOut_SaysThatItCountsAsAnonymousAndOffersSignIn()
    {
        hub.Start();
        hub.Ledger.Run(Stint.Core.Identities.IdentityId.OfNetwork("127.0.0.1"), 7);
        var page = WebUtility.HtmlDecode(await hub.Browser().GetStringAsync(new Uri("/spaces/ada/paint", UriKind.Relative)));
        Assert.Contains("You are not signed in, so what you run is counted as an anonymous visitor (127.0.0.1): 120 s", page, StringComparison.Ordinal);
        Assert.Contains("href=\"/sign-in?next=%2Fspaces%2Fada%2Fpaint\"", page, StringComparison.Ordinal);
        Assert.Contains(">113 s of 120 s left<", page, StringComparison.Ordinal);
        Assert.Contains("7 s × 1 = 7 s", page, StringComparison.Ordinal);
        Assert.Contains("src=\"http://127.0.0.1:19999/.stint/visitor?path=%2F\"", page, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(SpaceStage.AppStarting, "is starting")]
    [InlineData(SpaceStage.RuntimeError, "does not answer")]
    [InlineData(SpaceStage.Stopped, "is stopped")]
    public async Task Page_WhileItDoesNotRun_SaysSoAndFramesNothing(SpaceStage stage, string says)
    {
        hub.Stage = stage;
        hub.Start();
        using var answer = await hub.Browser().GetAsync(new Uri("/spaces/ada/paint", UriKind.Relative));
        var page = await answer.Content.ReadAsStringAsync();
        Assert.Contains(says, page, StringComparison.Ordinal);
        Assert.DoesNotContain("<iframe", page, StringComparison.Ordinal);
        Assert.Contains("frame-src 'none'", answer.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Page_OfAPrivateSpace_IsForOthersLikeOneThatNeverWas()
    {
        hub.Start();
        foreach (var browser in new[] { hub.Browser(), await hub.SignedInAsync("ada") })
        {
            var pages = new List<string>();
            foreach (var space in new[] { "bob/sing", "bob/none" })
            {
                using var answer = await browser.GetAsync(new Uri($"/spaces/{space}", UriKind.Relative));
                Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
                pages.Add(Token().Replace((await answer.Content.ReadAsStringAsync()).Replace("sing", "none", StringComparison.Ordinal), ""));
            }

            Assert.Equal(pages[0], pages[1]);
        }

        Assert.Contains("<iframe", await (await hub.SignedInAsync("bob")).GetStringAsync(new Uri("/spaces/bob/sing", UriKind.Relative)), StringComparison.Ordinal);
        Assert.DoesNotContain("bob/sing", await hub.Browser().GetStringAsync(new Uri("/", UriKind.Relative)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Page_AfterARun_SaysWhatIsLeftAndLinksTheReceipt()
    {
        hub.Start();
        var browser = await hub.SignedInAsync("ada");
        var run = hub.Ledger.Run(Samples.Ada, 6);
        var page = WebUtility.HtmlDecode(await browser.GetStringAsync(new Uri("/spaces/ada/paint", UriKind.Relative)));
        Assert.Contains(">204 s of 210 s left<", page, StringComparison.Ordinal);
        Assert.Contains(">6 s × 1 = 6 s<", page, StringComparison.Ordinal);
        Assert.Contains("it completed", page, StringComparison.Ordinal);
        Assert.Contains($"href=\"/settings/billing#receipt-{run}\"", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Page_OfSomeoneSignedIn_SaysWhichEvidenceDecidedAndWhichWasNotAsked()
    {
        hub.Start();
        var page = WebUtility.HtmlDecode(await (await hub.SignedInAsync("ada")).GetStringAsync(new Uri("/spaces/ada/paint", UriKind.Relative)));
        Assert.Contains("<dt>sign-in</dt>", page, StringComparison.Ordinal);
        Assert.Matches("<strong>believed</strong>. This browser sent the hub's own sign-in", page);
        Assert.Matches("<strong>outranked</strong>. 127.0.0.1. It is always there", page);
    }

    [Fact]
    public async Task Page_OfASignInThatEnded_SaysWhyItCountsNobody()
    {
        hub.Start();
        var browser = await hub.SignedInAsync("ada");
        hub.Sessions.EndAll(new("ada"), hub.Ledger.Clock.Now);
        var page = WebUtility.HtmlDecode(await browser.GetStringAsync(new Uri("/spaces/ada/paint", UriKind.Relative)));
        Assert.Contains("You are not signed in", page, StringComparison.Ordinal);
        Assert.Matches("<strong>rejected</strong>. .*Sign in again.", page);
    }

    [Fact]
    [Trait("Behaviour", "B14")]
    public async Task Visit_OfSomeoneSignedIn_GoesOnToTheSpaceWithACodeForThatBrowserOnceAndOnlyThere()
    {
        hub.Start();
        var (browser, kept, now) = (await hub.SignedInAsync("ada"), Sessions.NewBrowserSecret(), hub.Ledger.Clock.Now);
        using var answer = await browser.GetAsync(new Uri($"/visit/ada/paint?path=%2Fdeep%3Fa%3Db&browser={Sessions.MarkOf(kept)}", UriKind.Relative));
        Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
        var code = Session().Match(answer.Headers.Location!.OriginalString).Groups[1].Value;
        Assert.Equal(RedeemCodeOutcome.OfAnotherSpace, hub.Sessions.RedeemCode(code, Samples.Sing, kept, now).Outcome);
        var (outcome, secret) = hub.Sessions.RedeemCode(code, Samples.Paint, kept, now);
        Assert.Equal(RedeemCodeOutcome.Redeemed, outcome);
        Assert.Equal("ada", hub.Sessions.FindSpaceSession(secret!, Samples.Paint, now).Account!.Name);
        Assert.Equal(RedeemCodeOutcome.Used, hub.Sessions.RedeemCode(code, Samples.Paint, kept, now).Outcome);
    }

    [Theory]
    [InlineData("")]
    [InlineData("&browser=")]
    [InlineData("&browser=short")]
    [InlineData("&browser=%0d%0aX:y")]
    public async Task Visit_OfABrowserWithoutAMark_GoesByWhereItGetsOne(string mark)
    {
        hub.Start();
        using var answer = await (await hub.SignedInAsync("ada")).GetAsync(new Uri("/visit/ada/paint?path=%2Fdeep" + mark, UriKind.Relative));
        Assert.Equal("http://127.0.0.1:19999/.stint/sign-in?path=%2Fdeep", answer.Headers.Location!.OriginalString);
    }

    [Fact]
    public async Task Visit_InAFrameOfSomeoneSignedOut_GoesOnAsNobodyForNoFormShowsThere()
    {
        hub.Start();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/visit/ada/paint?path=%2F");
        request.Headers.Add("Sec-Fetch-Dest", "iframe");
        using var answer = await hub.Browser().SendAsync(request);
        Assert.Equal("http://127.0.0.1:19999/.stint/visitor?path=%2F", answer.Headers.Location!.OriginalString);
    }

    [Theory]
    [InlineData("/visit/ada/paint?path=%2F%2Fevil.example&cause=sign-in-expired", "/sign-in?next=%2Fvisit%2Fada%2Fpaint%3Fpath%3D%252F&cause=sign-in-expired")]
    [InlineData("/visit/bob/sing", "/sign-in?next=%2Fvisit%2Fbob%2Fsing%3Fpath%3D%252F")]
    [InlineData("/visit/no/such", "/sign-in?next=%2Fvisit%2Fno%2Fsuch%3Fpath%3D%252F")]
    public async Task Visit_OfSomeoneSignedOut_GoesBySignIn(string path, string expected)
    {
        hub.Start();
        using var answer = await hub.Browser().GetAsync(new Uri(path, UriKind.Relative));
        Assert.Equal((HttpStatusCode.Redirect, expected), (answer.StatusCode, answer.Headers.Location!.OriginalString));
    }

    [GeneratedRegex("^http://127.0.0.1:19999/.stint/session\\?code=([^&]+)&path=%2Fdeep%3Fa%3Db$")]
    private static partial Regex Session();

    [GeneratedRegex("name=\"__RequestVerificationToken\" value=\"[^\"]+\"")]
    private static partial Regex Token();
}
