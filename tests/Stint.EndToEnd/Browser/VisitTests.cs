using System.Globalization;
using Microsoft.Playwright;
using Stint.EndToEnd.Harness;
using Xunit;

namespace Stint.EndToEnd.Browser;

/// <summary>What people do with a mouse, in private windows with third-party cookies blocked: who it counts is on the page.</summary>
[Collection(OneHubAtATimeCollection.Name)]
public sealed class VisitTests(DemoHub demo, Chromium chromium) : IClassFixture<DemoHub>, IClassFixture<Chromium>
{
    private const string NoRun = "None yet.";

    private string SpacePage => $"http://127.0.0.1:{demo.Hub.Port}/spaces/{DemoHub.Id}";

    [BrowserFact]
    [Trait("Behaviour", "B14")]
    public async Task Ada_SignedInAtTheHub_RunsInTheFrameAndSeesWhatItCost()
    {
        await using var window = await chromium.OpenAsync();
        var page = window.Page;
        await page.GotoAsync(SpacePage);
        await page.GetByRole(AriaRole.Link, new() { Name = "Sign in to use your own GPU time" }).ClickAsync();
        await Visiting.SignInAsync(window, demo.Ada, "sign-in");
        await Assertions.Expect(page.GetByText("You are ada, because you are signed in")).ToBeVisibleAsync();
        var (before, seen, left) = (await demo.Ada.PurseAsync(), (await demo.Ada.ReceiptsAsync()).Count, await Visiting.LeftAsync(page));
        Assert.Equal(before.LeftMilliseconds / 1000m, left);

        await Visiting.RunAsync(page.FrameLocator("iframe.space"));

        var receipt = await demo.Ada.ReceiptAfterAsync(seen);
        await demo.Ada.AssertExplainedByAsync(before, receipt);
        var charged = (receipt.ChargedMilliseconds / 1000m).ToString("0.###", CultureInfo.InvariantCulture);
        await Assertions.Expect(page.Locator("[data-live=receipt]")).ToContainTextAsync($"= {charged} s");
        await Eventually.True(async () => await Visiting.LeftAsync(page) == (before.LeftMilliseconds - receipt.ChargedMilliseconds) / 1000m);
        await window.KeepPicturesAsync("space-signed-in");
        window.AssertNothingComplained();
    }

    [BrowserFact]
    [Trait("Behaviour", "B14")]
    public async Task Ada_StraightAtTheSpace_IsOfferedToSignInAndThenCounted()
    {
        await using var window = await chromium.OpenAsync();
        var page = window.Page;
        await page.GotoAsync(demo.Space.AbsoluteUri);
        Assert.StartsWith(new Uri(demo.Space, "/.stint/welcome").AbsoluteUri, page.Url, StringComparison.Ordinal);
        await window.KeepPicturesAsync("space-welcome");
        await page.GetByRole(AriaRole.Link, new() { Name = "Sign in", Exact = true }).ClickAsync();
        await Visiting.SignInAsync(window, demo.Ada, "sign-in-for-space");
        await page.WaitForURLAsync(demo.Space.AbsoluteUri);
        var (before, seen, strangers) = (await demo.Ada.PurseAsync(), (await demo.Ada.ReceiptsAsync()).Count, (await demo.MeAsync()).Quota);

        await Visiting.RunAsync(page.Locator("body"));

        var receipt = await demo.Ada.ReceiptAfterAsync(seen);
        await demo.Ada.AssertExplainedByAsync(before, receipt);
        var me = await Visiting.MeAsync(page);
        Assert.Equal(("recognised", "ada", "sign-in"), (me.Outcome, me.Account, me.RecognisedBy));
        Assert.Equal((await demo.Ada.PurseAsync()).LeftMilliseconds / 1000m, me.Quota!.LeftSeconds);
        Assert.Equal(strangers, (await demo.MeAsync()).Quota);
        await window.KeepPicturesAsync("space-direct");
        window.AssertNothingComplained();
    }

    [BrowserFact]
    public async Task Stranger_InTheFrame_IsCountedAsAnonymousAndThePageSaysSo()
    {
        await using var window = await chromium.OpenAsync();
        var page = window.Page;
        await page.GotoAsync(SpacePage);
        await Assertions.Expect(page.GetByText("You are not signed in, so what you run is counted as an anonymous visitor (127.0.0.1")).ToBeVisibleAsync();
        var (me, ada, left) = (await demo.MeAsync(), await demo.Ada.PurseAsync(), await Visiting.LeftAsync(page));
        Assert.Equal(me.Quota!.LeftSeconds, left);
        var before = await page.Locator("[data-live=receiptAt]").TextContentAsync();

        await Visiting.RunAsync(page.FrameLocator("iframe.space"));

        await Assertions.Expect(page.Locator("[data-live=receipt]")).Not.ToHaveTextAsync(NoRun);
        await Assertions.Expect(page.Locator("[data-live=receiptAt]")).Not.ToHaveTextAsync(before ?? "");
        var run = LedgerAudit.Of(demo.Hub.Directory).Runs[^1];
        Assert.Equal(me.Identity, run.Identity);
        await Eventually.True(async () => await Visiting.LeftAsync(page) == me.Quota.LeftSeconds - (run.Charged / 1000m));
        Assert.Equal(ada, await demo.Ada.PurseAsync());
        await window.KeepPicturesAsync("space-signed-out");
        window.AssertNothingComplained();
    }
}
