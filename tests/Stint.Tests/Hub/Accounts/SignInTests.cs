using System.Net;
using Stint.Core.Identities;
using Stint.Hub.Accounts;
using Stint.Hub.Layout;
using Stint.Hub.Texts;
using Stint.Hub.Tokens;
using Xunit;

namespace Stint.Tests.Hub.Accounts;

public sealed class SignInTests : IDisposable
{
    private readonly WebHub hub = new();

    public void Dispose() => hub.Dispose();

    [Fact]
    public async Task SignIn_WithTheRightPassword_SetsACookieOutOfReachAndGoesOn()
    {
        hub.Start();
        using var answer = await WebHub.SignInAsync(hub.Browser(), "ADA", WebHub.Password, "/settings/billing");
        Assert.Equal((HttpStatusCode.Redirect, "/settings/billing"), (answer.StatusCode, answer.Headers.Location!.OriginalString));
        var cookie = Assert.Single(answer.Headers.GetValues("Set-Cookie"), line => line.StartsWith("stint-hub.7860=", StringComparison.Ordinal));
        Assert.Contains("; httponly", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("; samesite=lax", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("; path=/", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("domain=", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("; secure", cookie, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task SignIn_BehindHttps_BindsTheCookieToTheHost()
    {
        using var secure = new WebHub { PublicUrl = new Uri("https://hub.example") };
        secure.Start();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/sign-in");
        using var page = await secure.Browser().SendAsync(request);
        // The form's cookie is refused over plain http here, so the form cannot be sent; the hub's own is written all the same.
        var context = new Microsoft.AspNetCore.Http.DefaultHttpContext();
        new HubCookie(secure.Sessions, secure.Ledger.Clock, new Stint.Hub.Telemetry.NetworkSightings(), new Stint.Hub.HubOptions { PublicUrl = secure.PublicUrl }).SignIn(context, new AccountId("ada"));
        var cookie = context.Response.Headers.SetCookie.ToString();
        Assert.StartsWith("__Host-stint-hub=", cookie, StringComparison.Ordinal);
        Assert.Contains("; secure", cookie, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task SignIn_UnknownAccountOrWrongPassword_ReadsAlike()
    {
        hub.Start();
        var texts = new List<string>();
        foreach (var (name, password) in new[] { ("ada", "wrong password"), ("nobody", "wrong password"), ("nobody", WebHub.Password) })
        {
            using var answer = await WebHub.SignInAsync(hub.Browser(), name, password);
            Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
            Assert.False(answer.Headers.TryGetValues("Set-Cookie", out var cookies) && cookies.Any(line => line.StartsWith("stint-hub", StringComparison.Ordinal)));
            var page = await answer.Content.ReadAsStringAsync();
            texts.Add(page[page.IndexOf("<p class=\"problem\"", StringComparison.Ordinal)..page.IndexOf("<form method=\"post\" action=\"/sign-in\"", StringComparison.Ordinal)]);
        }

        Assert.Contains(SignInTexts.Wrong, texts[0], StringComparison.Ordinal);
        Assert.Single(texts.Distinct());
    }

    [Fact]
    public async Task SignIn_AgainInTheSameBrowser_RenewsTheSessionAndEndsTheOld()
    {
        hub.Start();
        var browser = hub.Browser();
        using var first = await WebHub.SignInAsync(browser, "ada", WebHub.Password);
        using var second = await WebHub.SignInAsync(browser, "ada", WebHub.Password);
        var (before, after) = (Secret(first), Secret(second));
        Assert.NotEqual(before, after);
        Assert.Equal(SessionOutcome.Ended, hub.Sessions.FindHubSession(before, hub.Ledger.Clock.Now).Outcome);
        Assert.Equal(SessionOutcome.Valid, hub.Sessions.FindHubSession(after, hub.Ledger.Clock.Now).Outcome);
    }

    [Fact]
    public async Task SignIn_WithACookieSomeoneChose_GivesAnotherOne()
    {
        hub.Start();
        var browser = hub.Browser();
        browser.DefaultRequestHeaders.Add("Cookie", "stint-hub.7860=chosen");
        using var answer = await WebHub.SignInAsync(browser, "ada", WebHub.Password);
        Assert.NotEqual("chosen", Secret(answer));
    }

    [Fact]
    public async Task SignOut_FromAnyPage_EndsTheSession()
    {
        hub.Start();
        var browser = hub.Browser();
        using var signedIn = await WebHub.SignInAsync(browser, "ada", WebHub.Password);
        var page = await browser.GetStringAsync(new Uri("/", UriKind.Relative));
        Assert.Contains(">ada</a>", page, StringComparison.Ordinal);
        using var answer = await WebHub.PostAsync(browser, "/sign-out", page);
        Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
        Assert.Equal(SessionOutcome.Ended, hub.Sessions.FindHubSession(Secret(signedIn), hub.Ledger.Clock.Now).Outcome);
        Assert.Contains(">Sign in</a>", await browser.GetStringAsync(new Uri("/", UriKind.Relative)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("http://127.0.0.1:19999")]
    [InlineData("null")]
    public async Task Post_ThatNoPageOfOursSent_ChangesNothing(string? origin)
    {
        hub.Start();
        var browser = await hub.SignedInAsync("ada");
        var page = await browser.GetStringAsync(new Uri("/", UriKind.Relative));
        if (origin is not null) browser.DefaultRequestHeaders.Add("Origin", origin);
        using var answer = await WebHub.PostAsync(browser, "/sign-out", origin is null ? "" : page);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        browser.DefaultRequestHeaders.Remove("Origin");
        Assert.Contains(">ada</a>", await browser.GetStringAsync(new Uri("/", UriKind.Relative)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/spaces/ada/paint", "/spaces/ada/paint")]
    [InlineData("/a?b=c&d=/e", "/a?b=c&d=/e")]
    [InlineData("", "/")]
    [InlineData("//evil.example", "/")]
    [InlineData("/\\evil.example", "/")]
    [InlineData("https://evil.example/", "/")]
    [InlineData("javascript:alert(1)", "/")]
    [InlineData("/a\\..\\b", "/")]
    [InlineData("/a\tb", "/")]
    [InlineData("/a\r\nSet-Cookie: x=y", "/")]
    [InlineData("/ä", "/")]
    [InlineData("evil.example", "/")]
    [InlineData("////evil.example", "/")]
    [InlineData("/\t/evil.example", "/")]
    [InlineData("\\\\evil.example", "/")]
    [InlineData("data:text/html,x", "/")]
    [InlineData("http:evil.example", "/")]
    [InlineData("/%2f%2fevil.example", "/%2f%2fevil.example")]
    [InlineData("/ /evil.example", "/")]
    [InlineData("/a\u0000b", "/")]
    public async Task Next_WhateverItSays_StaysHere(string next, string expected)
    {
        hub.Start();
        using var answer = await WebHub.SignInAsync(hub.Browser(), "ada", WebHub.Password, next);
        Assert.Equal(expected, WebUtility.HtmlDecode(answer.Headers.Location!.OriginalString));
    }

    [Fact]
    public async Task SignIn_TriedTooOften_IsToldWhenTheNextTryIsPossible()
    {
        hub.Start();
        var browser = hub.Browser();
        for (var i = 0; i < SignInThrottle.TriesOfAccount; i++)
        {
            using var tried = await WebHub.SignInAsync(browser, "ada", "wrong password");
            Assert.Equal(HttpStatusCode.UnprocessableEntity, tried.StatusCode);
        }

        using var refused = await WebHub.SignInAsync(browser, "ada", WebHub.Password);
        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        Assert.Equal(TimeSpan.FromMinutes(1), refused.Headers.RetryAfter!.Delta);
        using var other = await WebHub.SignInAsync(hub.Browser(), "bob", WebHub.Password);
        Assert.Equal(HttpStatusCode.Redirect, other.StatusCode);
        hub.Time.Advance(TimeSpan.FromMinutes(1));
        using var again = await WebHub.SignInAsync(browser, "ada", WebHub.Password);
        Assert.Equal(HttpStatusCode.Redirect, again.StatusCode);
    }

    [Fact]
    public async Task Page_OfAnyKind_IsFramedByNobodyAndRunsNoForeignScript()
    {
        hub.Start();
        using var answer = await hub.Browser().GetAsync(new Uri("/sign-in?next=/visit/ada/paint&cause=sign-in-expired", UriKind.Relative));
        var policy = answer.Headers.GetValues("Content-Security-Policy").Single();
        Assert.Contains("frame-ancestors 'none'", policy, StringComparison.Ordinal);
        Assert.Contains("default-src 'self'", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
        // Whoever signs in on the way to a Space is led on to its address, and to no other.
        Assert.Contains("form-action 'self' http://127.0.0.1:19999;", policy, StringComparison.Ordinal);
        var page = await answer.Content.ReadAsStringAsync();
        Assert.Contains("has passed its time", page, StringComparison.Ordinal);
        Assert.All(page.Split("<script").Skip(1), script => Assert.Matches("^ src=\"/assets/[^\"]+\"( defer)?></script>", script));
    }

    private static string Secret(HttpResponseMessage answer) =>
        answer.Headers.GetValues("Set-Cookie").Single(line => line.StartsWith("stint-hub.7860=", StringComparison.Ordinal)).Split(';')[0].Split('=', 2)[1];
}
