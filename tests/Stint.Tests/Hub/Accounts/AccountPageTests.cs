using System.Net;
using System.Text.RegularExpressions;
using Stint.Hub.Accounts;
using Xunit;

namespace Stint.Tests.Hub.Accounts;

public sealed partial class AccountPageTests : IDisposable
{
    private const string Path = "/settings/account";
    private const string Fresh = "another long password";
    private readonly WebHub hub = new();

    public void Dispose() => hub.Dispose();

    [Fact]
    [Trait("Behaviour", "B41")]
    public async Task Page_OfAnAccount_SaysWhoItIsAndWhatItsPlanGrantsNow()
    {
        hub.Start();
        hub.Ledger.SetPlan("free", 9);
        var page = await ReadAsync(await hub.SignedInAsync("ada"));
        Assert.Contains("<dd>ada</dd>", page, StringComparison.Ordinal);
        Assert.Contains("<dd>member</dd>", page, StringComparison.Ordinal);
        Assert.Contains("grants 540 s of GPU time", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Password_ChangedHere_KeepsThisBrowserAndEndsEveryOther()
    {
        hub.Start();
        var (here, elsewhere, bob) = (await hub.SignedInAsync("ada"), await hub.SignedInAsync("ada"), await hub.SignedInAsync("bob"));
        using var changed = await ChangeAsync(here, WebHub.Password, Fresh, Fresh);
        Assert.Equal("/settings/account?done=password", changed.Headers.Location!.OriginalString);
        Assert.Contains("Your password is changed.", await here.GetStringAsync(changed.Headers.Location), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Redirect, (await elsewhere.GetAsync(new Uri(Path, UriKind.Relative))).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await bob.GetAsync(new Uri(Path, UriKind.Relative))).StatusCode);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await WebHub.SignInAsync(hub.Browser(), "ada", WebHub.Password)).StatusCode);
        Assert.Equal(HttpStatusCode.Redirect, (await WebHub.SignInAsync(hub.Browser(), "ada", Fresh)).StatusCode);
    }

    [Fact]
    public async Task Password_ThatIsRefused_StaysAndEndsNothing()
    {
        hub.Start();
        var (here, elsewhere) = (await hub.SignedInAsync("ada"), await hub.SignedInAsync("ada"));
        foreach (var (present, fresh, again, says) in new[]
        {
            ("not the password", Fresh, Fresh, "This is not your present password"), ("", Fresh, Fresh, "This is not your present password"),
            (WebHub.Password, Fresh, "another long passwort", "The two new passwords differ"), (WebHub.Password, "short", "short", "A password has at least 10 characters"),
        })
        {
            using var answer = await ChangeAsync(here, present, fresh, again);
            Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
            Assert.Contains(says, await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }

        Assert.Equal(HttpStatusCode.OK, (await elsewhere.GetAsync(new Uri(Path, UriKind.Relative))).StatusCode);
        Assert.NotNull(new Passwords(hub.Catalogue).Verify("ada", WebHub.Password));
    }

    [Fact]
    public async Task Password_GuessedFromAnOpenBrowser_IsSoonTriedTooOften()
    {
        hub.Start();
        var here = await hub.SignedInAsync("ada");
        for (var guess = 0; guess < SignInThrottle.TriesOfAccount; guess++)
            using (var answer = await ChangeAsync(here, $"guess number {guess}", Fresh, Fresh))
                Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
        using var late = await ChangeAsync(here, WebHub.Password, Fresh, Fresh);
        Assert.Equal(HttpStatusCode.TooManyRequests, late.StatusCode);
        Assert.NotNull(late.Headers.RetryAfter);
    }

    [Fact]
    public async Task SignOut_Everywhere_EndsEveryBrowserOfThatAccountAndNoOthers()
    {
        hub.Start();
        var (here, elsewhere, bob) = (await hub.SignedInAsync("ada"), await hub.SignedInAsync("ada"), await hub.SignedInAsync("bob"));
        var token = hub.Ledger.NewToken("ada").Text;
        using var answer = await WebHub.PostAsync(here, Path + "/sign-out-everywhere", await ReadAsync(here));
        Assert.Equal("/sign-in?cause=sign-in-ended", answer.Headers.Location!.OriginalString);
        foreach (var browser in new[] { here, elsewhere }) Assert.Equal(HttpStatusCode.Redirect, (await browser.GetAsync(new Uri(Path, UriKind.Relative))).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await bob.GetAsync(new Uri(Path, UriKind.Relative))).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await hub.ApiAsync("/v1/quota", token)).StatusCode);
    }

    [Fact]
    public async Task Form_OfAnotherPage_ChangesNothing()
    {
        hub.Start();
        var (root, nobody) = (await hub.SignedInAsync("root"), hub.Browser());
        using var form = new FormUrlEncodedContent([new("present", WebHub.Password), new("password", Fresh), new("again", Fresh)]);
        foreach (var path in new[] { Path + "/password", Path + "/sign-out-everywhere", "/accounts/bob/set-up-link" })
        {
            using var answer = await root.PostAsync(new Uri(path, UriKind.Relative), form);
            Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
            Assert.DoesNotContain("/set-up/", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
            using var stranger = await nobody.PostAsync(new Uri(path, UriKind.Relative), form);
            Assert.Equal(HttpStatusCode.Redirect, stranger.StatusCode);
        }

        Assert.Equal(HttpStatusCode.OK, (await root.GetAsync(new Uri(Path, UriKind.Relative))).StatusCode);
    }

    [Fact]
    public async Task SetUpLink_MadeByAnAdministrator_LetsSomeoneChooseAPasswordOnce()
    {
        hub.Start();
        var (root, ada) = (await hub.SignedInAsync("root"), await hub.SignedInAsync("ada"));
        using var answer = await WebHub.PostAsync(root, "/accounts/ADA/set-up-link", await ReadAsync(root));
        var page = WebUtility.HtmlDecode(await answer.Content.ReadAsStringAsync());
        var link = new Uri(LinkIn().Match(page).Value).AbsolutePath;
        Assert.Contains("A link for ada", page, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await ada.GetAsync(new Uri(Path, UriKind.Relative))).StatusCode);

        using var form = new FormUrlEncodedContent([new("password", Fresh)]);
        var done = await (await hub.Browser().PostAsync(new Uri(link, UriKind.Relative), form)).Content.ReadAsStringAsync();
        Assert.Contains("Your password is set, ada.", done, StringComparison.Ordinal);
        Assert.Contains("<a class=\"button\" href=\"/sign-in\">Sign in</a>", done, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Redirect, (await ada.GetAsync(new Uri(Path, UriKind.Relative))).StatusCode);
        Assert.NotNull(new Passwords(hub.Catalogue).Verify("ada", Fresh));
        Assert.Equal(HttpStatusCode.Gone, (await hub.Browser().GetAsync(new Uri(link, UriKind.Relative))).StatusCode);
    }

    [Fact]
    public async Task SetUpLink_AskedForByAMember_IsRefusedWhetherOrNotThereIsSuchAnAccount()
    {
        hub.Start();
        var (ada, root) = (await hub.SignedInAsync("ada"), await hub.SignedInAsync("root"));
        foreach (var name in new[] { "bob", "ada", "nobody" })
        {
            Assert.Equal(HttpStatusCode.Forbidden, (await ada.GetAsync(new Uri($"/accounts/{name}/set-up-link", UriKind.Relative))).StatusCode);
            using var answer = await WebHub.PostAsync(ada, $"/accounts/{name}/set-up-link", await ReadAsync(ada));
            Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        }

        foreach (var name in new[] { "nobody", "%3Cscript%3E", new string('a', 3000) })
        {
            using var answer = await WebHub.PostAsync(root, $"/accounts/{name}/set-up-link", await ReadAsync(root));
            Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        }
    }

    private static Task<string> ReadAsync(HttpClient browser) => browser.GetStringAsync(new Uri(Path, UriKind.Relative));

    private static async Task<HttpResponseMessage> ChangeAsync(HttpClient browser, string present, string fresh, string again) =>
        await WebHub.PostAsync(browser, Path + "/password", await ReadAsync(browser), ("present", present), ("password", fresh), ("again", again));

    [GeneratedRegex("http://[^\"<]+/set-up/[A-Za-z0-9_-]+")]
    private static partial Regex LinkIn();
}
