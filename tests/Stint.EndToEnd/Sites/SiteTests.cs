using System.Globalization;
using Microsoft.Playwright;
using Stint.EndToEnd.Browser;
using Stint.EndToEnd.Harness;
using Xunit;

namespace Stint.EndToEnd.Sites;

/// <summary>
/// The hub on one site, the Space on another, both with TLS, in a browser that sends no cookie of the one in a page of the
/// other: who signed in at the hub is counted in the frame all the same.
/// </summary>
[Collection(OneHubAtATimeCollection.Name)]
public sealed class SiteTests(SitesHub sites) : IClassFixture<SitesHub>, IAsyncLifetime
{
    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync()
    {
        if (Chromium.WhyNot is not null) return Task.CompletedTask;
        LedgerAudit.Of(sites.Hub.Directory).AssertSound();
        sites.Hub.AssertNoSecretWasPrinted();
        return Task.CompletedTask;
    }

    [BrowserFact]
    [Trait("Behaviour", "B14")]
    public async Task Ada_SignedInAtTheHub_IsCountedInTheFrameAndSeesWhatItCost()
    {
        await using var window = await sites.Chromium.OpenAsync();
        var page = window.Page;
        await page.GotoAsync(sites.SpacePage);
        await page.GetByRole(AriaRole.Link, new() { Name = "Sign in to use your own GPU time" }).ClickAsync();
        await Visiting.SignInAsync(window, sites.Ada, "sites-sign-in");
        await Assertions.Expect(page.GetByText("You are ada, because you are signed in")).ToBeVisibleAsync();
        var (before, seen, left) = (await sites.Ada.PurseAsync(), (await sites.Ada.ReceiptsAsync()).Count, await Visiting.LeftAsync(page));
        Assert.Equal(before.LeftMilliseconds / 1000m, left);
        var frame = page.FrameLocator("iframe.space").Locator("body");
        var me = await Visiting.MeAsync(frame);
        Assert.Equal(("recognised", "ada", "sign-in"), (me.Outcome, me.Account, me.RecognisedBy));

        await Visiting.RunAsync(frame);

        var receipt = await sites.Ada.ReceiptAfterAsync(seen);
        await sites.Ada.AssertExplainedByAsync(before, receipt);
        var charged = (receipt.ChargedMilliseconds / 1000m).ToString("0.###", CultureInfo.InvariantCulture);
        await Assertions.Expect(page.Locator("[data-live=receipt]")).ToContainTextAsync($"= {charged} s");
        await Eventually.True(async () => await Visiting.LeftAsync(page) == (before.LeftMilliseconds - receipt.ChargedMilliseconds) / 1000m);
        // The one by which she is counted is kept for pages of this hub alone.
        var cookie = Assert.Single(await window.CookiesAsync(), cookie => cookie.Name == "__Host-stint-space");
        Assert.Equal(("https://" + SiteNames.Hub, true, true, SameSiteAttribute.None), (cookie.PartitionKey, cookie.Secure, cookie.HttpOnly, cookie.SameSite));
        await window.KeepPicturesAsync("sites-signed-in");
        window.AssertNothingComplained();
    }

    [BrowserFact]
    [Trait("Behaviour", "B14")]
    public async Task Ada_StraightAtTheSpace_IsOfferedToSignInAndThenCounted()
    {
        await using var window = await sites.Chromium.OpenAsync();
        var page = window.Page;
        await page.GotoAsync(sites.Space.AbsoluteUri);
        Assert.StartsWith(new Uri(sites.Space, "/.stint/welcome").AbsoluteUri, page.Url, StringComparison.Ordinal);
        await window.KeepPicturesAsync("sites-welcome");
        await page.GetByRole(AriaRole.Link, new() { Name = "Sign in", Exact = true }).ClickAsync();
        await Visiting.SignInAsync(window, sites.Ada, "sites-sign-in-for-space");
        await page.WaitForURLAsync(sites.Space.AbsoluteUri);
        var (before, seen, strangers) = (await sites.Ada.PurseAsync(), (await sites.Ada.ReceiptsAsync()).Count, (await sites.MeAsync()).Quota);

        await Visiting.RunAsync(page.Locator("body"));

        var receipt = await sites.Ada.ReceiptAfterAsync(seen);
        await sites.Ada.AssertExplainedByAsync(before, receipt);
        var me = await Visiting.MeAsync(page);
        Assert.Equal(("recognised", "ada", "sign-in"), (me.Outcome, me.Account, me.RecognisedBy));
        Assert.Equal((await sites.Ada.PurseAsync()).LeftMilliseconds / 1000m, me.Quota!.LeftSeconds);
        Assert.Equal(strangers, (await sites.MeAsync()).Quota);
        await window.KeepPicturesAsync("sites-direct");
        window.AssertNothingComplained();
    }

    [BrowserFact]
    [Trait("Behaviour", "B14")]
    public async Task PrivateWindow_BesideAdasOwn_IsAStrangersAndThePageSaysSo()
    {
        await using var own = await sites.Chromium.OpenAsync();
        await own.Page.GotoAsync(new Uri(sites.Hub.Url, "/sign-in").AbsoluteUri);
        await Visiting.SignInAsync(own, sites.Ada, "sites-sign-in-own");
        await own.Page.WaitForURLAsync(sites.Hub.Url.AbsoluteUri);
        await using var window = await sites.Chromium.OpenAsync();
        var page = window.Page;
        await page.GotoAsync(sites.SpacePage);
        await Assertions.Expect(page.GetByText("You are not signed in, so what you run is counted as an anonymous visitor (127.0.0.1")).ToBeVisibleAsync();
        var (me, ada) = (await sites.MeAsync(), await sites.Ada.PurseAsync());
        Assert.Equal(me.Quota!.LeftSeconds, await Visiting.LeftAsync(page));
        var frame = page.FrameLocator("iframe.space").Locator("body");
        var inFrame = await Visiting.MeAsync(frame);
        Assert.Equal(("anonymous", me.Identity, "network"), (inFrame.Outcome, inFrame.Identity, inFrame.RecognisedBy));

        await Visiting.RunAsync(frame);

        await Eventually.True(async () => (await sites.MeAsync()).Quota is { ReservedSeconds: 0 } quota && quota.SpentSeconds > me.Quota.SpentSeconds);
        var run = LedgerAudit.Of(sites.Hub.Directory).Runs[^1];
        Assert.Equal(me.Identity, run.Identity);
        await Eventually.True(async () => await Visiting.LeftAsync(page) == me.Quota.LeftSeconds - (run.Charged / 1000m));
        Assert.Equal(ada, await sites.Ada.PurseAsync());
        await window.KeepPicturesAsync("sites-private-window");
        window.AssertNothingComplained();
    }
}
