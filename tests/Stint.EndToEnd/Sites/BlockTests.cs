using Microsoft.Playwright;
using Stint.EndToEnd.Browser;
using Stint.EndToEnd.Harness;
using Xunit;

namespace Stint.EndToEnd.Sites;

/// <summary>That the browser of these tests blocks what they say it blocks: without this the others would prove nothing.</summary>
[Collection(OneHubAtATimeCollection.Name)]
public sealed class BlockTests : IAsyncLifetime
{
    /// <summary>The settings by which somebody blocks third-party cookies, or allows them. No flag of the command line does either.</summary>
    private const string Strict = """{"profile":{"cookie_controls_mode":1,"block_third_party_cookies":true}}""";
    private const string Lenient = """{"profile":{"cookie_controls_mode":0,"block_third_party_cookies":false}}""";

    private SiteNames Names { get; } = new();

    private CookieCounter Counter { get; set; } = null!;

    public Task InitializeAsync() => (Counter = new CookieCounter(Names)).StartAsync();

    public async Task DisposeAsync()
    {
        await Counter.DisposeAsync();
        Names.Dispose();
    }

    [BrowserFact]
    public async Task ThirdPartyCookie_InAPrivateWindow_IsNotSent()
    {
        var chromium = new Chromium();
        await chromium.StartAsync(Names.BrowserArguments);
        try
        {
            await using var window = await chromium.OpenAsync();
            Assert.Equal(("apart=1", "apart=1 plain=1", "apart=1"), await CountAsync(window.Page));
        }
        finally
        {
            await chromium.DisposeAsync();
        }
    }

    [BrowserTheory]
    [InlineData(true, "apart=1", "apart=1")]
    [InlineData(false, "apart=1 plain=1", "apart=1 plain=1")]
    public async Task ThirdPartyCookie_InAnOrdinaryWindow_IsNotSentBecauseOfTheBlock(bool blocks, string framed, string framedAgain)
    {
        await using var profile = await Profile.OpenAsync(blocks ? Strict : Lenient, Names.BrowserArguments);

        Assert.Equal((framed, "apart=1 plain=1", framedAgain), await CountAsync(profile.Window.Page));
    }

    [BrowserFact]
    public async Task Cookies_OfASiteThatSomebodyBlocks_AreNotSentAtAll()
    {
        await using var profile = await Profile.OpenAsync(BlockedCookies.Of($"https://{SiteNames.Framed}"), Names.BrowserArguments);

        Assert.Equal(("", "", ""), await CountAsync(profile.Window.Page));
    }

    /// <summary>The cookies that the framed page is sent, then the same page by itself, then framed again.</summary>
    private async Task<(string Framed, string Alone, string FramedAgain)> CountAsync(IPage page)
    {
        await page.GotoAsync(Counter.Outer);
        var framed = await SentAsync(page.FrameLocator("iframe").Locator("body"));
        await page.GotoAsync(Counter.Framed);
        var alone = await SentAsync(page.Locator("body"));
        await page.GotoAsync(Counter.Outer);
        return (framed, alone, await SentAsync(page.FrameLocator("iframe").Locator("body")));
    }

    private static async Task<string> SentAsync(ILocator inPage) =>
        string.Join(' ', (await inPage.EvaluateAsync<string>("() => fetch('/sent').then(answer => answer.text())")).Split("; ").Distinct().Order(StringComparer.Ordinal));
}
