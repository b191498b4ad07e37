using System.Net;
using System.Text.Json;
using Microsoft.Playwright;
using Stint.EndToEnd.Browser;
using Stint.EndToEnd.Harness;
using Stint.EndToEnd.Sites;
using Xunit;

namespace Stint.EndToEnd.Seed;

/// <summary>The seed's cause that only a browser has: somebody blocks the cookies of Spaces, in its own settings.</summary>
public sealed class BlockedCookieSeedTests(SitesSeedHub seed) : SeedTest(seed), IClassFixture<SitesSeedHub>
{
    private const string Stranger = "127.0.0.1";

    [BrowserFact]
    [Trait("Behaviour", "B17")]
    public async Task BlockedCookies_LoseTheSignIn_AndThePageAndEveryAnswerSaySo()
    {
        var hal = await Seed.SomeoneAsync("hal");
        await using var profile = await Profile.OpenAsync(BlockedCookies.Of($"https://[*.]{SiteNames.Spaces}"), Seed.Names!.BrowserArguments);
        var (window, page) = (profile.Window, profile.Window.Page);
        await page.GotoAsync(new Uri(Seed.Hub.Url, $"/sign-in?next=/spaces/{DemoHub.Id}").AbsoluteUri);
        await Visiting.SignInAsync(window, hal, "blocked-sign-in");
        await Assertions.Expect(page.GetByText("You are hal, because you are signed in")).ToBeVisibleAsync();
        var app = page.FrameLocator("iframe.space").Locator("body");

        await Assertions.Expect(app.GetByText($"This browser brought no cookie of {Seed.Space.GetLeftPart(UriPartial.Authority)}")).ToBeVisibleAsync();
        await window.KeepPicturesAsync("blocked-cookies");
        await app.GetByRole(AriaRole.Link, new() { Name = "Go on without signing in" }).ClickAsync();
        await SpendAsync(app);
        var refused = new CallEnd(HttpStatusCode.OK, false, await Visiting.FailAsync(app));

        var me = await Visiting.MeAsync(app);
        AssertAnonymous(me, Stranger);
        AssertExplained(refused, me);
        await window.KeepPicturesAsync("blocked-cookies-refused");
        // The hub's own cookies are not blocked: it knows him, and that nothing of his was used.
        var atHub = JsonSerializer.Deserialize<Me>(await page.EvaluateAsync<string>("fetch('/v1/me').then(answer => answer.text())"), JsonSerializerOptions.Web)!;
        Assert.Equal(("recognised", "hal", "sign-in", 3m, null), (atHub.Outcome, atHub.Account, atHub.RecognisedBy, atHub.Quota!.LeftSeconds, atHub.Quota.ResetsAt));
        await AssertGoesOnDirectlyAsync(page);
    }

    /// <summary>Straight at the Space the same browser is asked once, and comes in although it cannot keep that it was asked.</summary>
    private async Task AssertGoesOnDirectlyAsync(IPage page)
    {
        await page.GotoAsync(Seed.Space.AbsoluteUri);
        await page.GetByRole(AriaRole.Link, new() { Name = "Go on without signing in" }).ClickAsync();
        await Assertions.Expect(page.Locator("#render")).ToBeVisibleAsync();
        AssertAnonymous(await Visiting.MeAsync(page), Stranger);
    }

    private static async Task SpendAsync(ILocator app)
    {
        await app.Locator("#seconds").FillAsync(SeedHub.SpendingSeconds.ToString(System.Globalization.CultureInfo.InvariantCulture));
        await Visiting.RunAsync(app);
        await app.Locator("#seconds").FillAsync("1");
    }
}
