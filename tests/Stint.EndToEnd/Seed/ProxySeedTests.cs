using System.Net;
using Xunit;

namespace Stint.EndToEnd.Seed;

/// <summary>The seed's causes where a proxy that somebody else runs stands between: a real nginx, and what it does to headers.</summary>
public sealed class ProxySeedTests(SeedHub seed) : SeedTest(seed), IClassFixture<SeedHub>
{
    [NginxFact]
    public async Task ProxyThatDropsTheToken_LeavesAStrangerAndSaysWhatIsMissing()
    {
        var max = await Seed.SomeoneAsync("max");
        var token = Bearer((await max.TokenAsync("--role", "read")).Text);
        using var program = Seed.Visitor();
        await using var passing = await Nginx.StartAsync(Seed.Space);
        await using var dropping = await Nginx.StartAsync(Seed.Space, ("Authorization", ""), ("X-HF-Authorization", ""));
        await using var droppingAtHub = await Nginx.StartAsync(Seed.Hub.Url, ("Authorization", ""));
        AssertRecognised(await program.MeAsync(passing.Address, token), max, "access-token");

        var refused = await SpendAndFailAsync(program, dropping.Address, token);

        var me = await program.MeAsync(dropping.Address, token);
        AssertAnonymous(me, program.Address);
        AssertExplained(refused, me);
        Assert.Contains("Authorization: Bearer hf_", me.HowToBeRecognised, StringComparison.Ordinal);
        Assert.Contains("evidence-missing", await program.AnswerAsync(new Uri(droppingAtHub.Address, "/v1/me"), token), StringComparison.Ordinal);
        // Nothing of his was touched, and past the proxy he is himself.
        Assert.Equal(0, (await max.PurseAsync()).SpentMilliseconds);
        await AssertRefusalExplainedAsync(program, token);
    }

    [NginxFact]
    public async Task ProxyThatDropsCookies_LeavesAStrangerAndSaysWhatIsMissing()
    {
        var mia = await Seed.SomeoneAsync("mia");
        using var browser = Seed.Visitor();
        await browser.SignInAsync(mia);
        await using var passing = await Nginx.StartAsync(Seed.Space);
        await using var dropping = await Nginx.StartAsync(Seed.Space, ("Cookie", ""));
        AssertRecognised(await browser.MeAsync(passing.Address), mia, "sign-in");

        var refused = await SpendAndFailAsync(browser, dropping.Address);

        var me = await browser.MeAsync(dropping.Address);
        AssertAnonymous(me, browser.Address);
        AssertExplained(refused, me);
        Assert.Equal(0, (await mia.PurseAsync()).SpentMilliseconds);
        await AssertSameAtTheHubAsync(browser, await browser.MeAsync());
    }

    [NginxFact]
    public async Task ProxyThatRewritesOrigin_IsRefusedByNameNotBookedToTheAddress()
    {
        var ned = await Seed.SomeoneAsync("ned");
        using var browser = Seed.Visitor();
        await browser.SignInAsync(ned);
        await using var rewriting = await Nginx.StartAsync(Seed.Space, ("Origin", "https://proxy.example"));

        var refused = await browser.RunAsync(rewriting.Address, 1);

        Assert.Equal((HttpStatusCode.Unauthorized, "sign-in-cross-site"), (refused.Status, refused.Code));
        Assert.Equal(0, (await ned.PurseAsync()).SpentMilliseconds);
        Assert.True((await browser.RunAsync(1)).Succeeded);
        await AssertSameAtTheHubAsync(browser, await browser.MeAsync());
    }

    /// <summary>Runs once by way of the proxy, which leaves too little for another, and again.</summary>
    private static async Task<CallEnd> SpendAndFailAsync(Caller caller, Uri proxy, params (string Name, string Value)[] headers)
    {
        await caller.RunAsync(proxy, SeedHub.SpendingSeconds, headers);
        return await caller.RunAsync(proxy, 1, headers);
    }
}
