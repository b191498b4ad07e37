using System.Net;
using Xunit;

namespace Stint.EndToEnd.Seed;

/// <summary>The seed's causes where somebody sits before a browser.</summary>
public sealed class SeedTests(SeedHub seed) : SeedTest(seed), IClassFixture<SeedHub>
{
    [Fact]
    [Trait("Behaviour", "B17")]
    public async Task SignedOutInAFrame_IsCountedAsAStrangerAndToldSo()
    {
        using var browser = Seed.Visitor();
        var (at, _) = await browser.OpenAsync(Seed.Space, "iframe");
        Assert.Equal(Seed.Space, at);

        AssertAnonymous(await browser.MeAsync(), browser.Address);
        await AssertRefusalExplainedAsync(browser);
    }

    [Fact]
    [Trait("Behaviour", "B14")]
    public async Task DirectAddress_OffersToSignInAndThenCountsWhoDid()
    {
        var fay = await Seed.SomeoneAsync("fay");
        using var browser = Seed.Visitor();
        var (at, html) = await browser.OpenAsync(Seed.Space);
        Assert.Equal("/.stint/welcome", at.AbsolutePath);
        Assert.Contains("/visit/demo/mandelbrot", WebUtility.HtmlDecode(html), StringComparison.Ordinal);
        await browser.OpenAsync(new Uri(Seed.Space, "/.stint/visitor?path=/"));
        AssertAnonymous(await browser.MeAsync(), browser.Address);
        await AssertRefusalExplainedAsync(browser);

        await browser.SignInAsync(fay);

        var me = await browser.MeAsync();
        AssertRecognised(me, fay, "sign-in");
        Assert.Equal((await fay.PurseAsync()).LeftMilliseconds / 1000m, me.Quota!.LeftSeconds);
        await AssertRefusalExplainedAsync(browser);
    }

    [Fact]
    public async Task PrivateWindow_IsAStrangerBesideTheSamePersonSignedIn()
    {
        var gil = await Seed.SomeoneAsync("gil");
        using var window = Seed.Visitor();
        await window.SignInAsync(gil);
        AssertRecognised(await window.MeAsync(), gil, "sign-in");
        using var privateWindow = Seed.Visitor(window.Address);
        var before = await gil.PurseAsync();

        AssertAnonymous(await privateWindow.MeAsync(), window.Address);
        await AssertRefusalExplainedAsync(privateWindow);

        Assert.Equal(before, await gil.PurseAsync());
        Assert.True((await window.RunAsync(1)).Succeeded);
    }

    [Fact]
    public async Task UpgradeWithThePageOpen_CountsFromTheNextClick()
    {
        var ivy = await Seed.SomeoneAsync("ivy");
        using var browser = Seed.Visitor();
        await browser.SignInAsync(ivy);
        await AssertRefusalExplainedAsync(browser);
        var before = await browser.MeAsync();

        await Seed.Hub.Cli.JsonAsync("account", "plan", "ivy", "pro");

        var me = await browser.MeAsync();
        Assert.Equal(("pro", 1500m, before.Quota!.SpentSeconds, before.Quota.ResetsAt), (me.Plan, me.Quota!.AllowanceSeconds, me.Quota.SpentSeconds, me.Quota.ResetsAt));
        Assert.True((await browser.RunAsync(1)).Succeeded);
        AssertRecognised(await browser.MeAsync(), ivy, "sign-in");
        await AssertSameAtTheHubAsync(browser, await browser.MeAsync());
    }

    [Fact]
    [Trait("Behaviour", "B16")]
    public async Task SharedAddress_KeepsPeopleApartFromEachOtherAndFromStrangers()
    {
        var (kim, lee) = (await Seed.SomeoneAsync("kim"), await Seed.SomeoneAsync("lee"));
        using var stranger = Seed.Visitor();
        using var other = Seed.Visitor(stranger.Address);
        await AssertRefusalExplainedAsync(stranger);
        // The same address and another browser: the purse is the address's, and says so.
        AssertExplained(await other.RunAsync(1), await other.MeAsync());

        await other.SignInAsync(kim);
        await AssertRefusalExplainedAsync(other);

        using var third = Seed.Visitor(stranger.Address);
        await third.SignInAsync(lee);
        Assert.True((await third.RunAsync(1)).Succeeded);
        AssertRecognised(await third.MeAsync(), lee, "sign-in");
        AssertAnonymous(await stranger.MeAsync(), stranger.Address);
    }
}
