using System.Net;
using System.Text.RegularExpressions;
using Stint.Core.Identities;
using Stint.Core.Spaces;
using Stint.Hub.Accounts.Holding;
using Stint.Hub.Tokens;
using Xunit;

namespace Stint.Tests.Hub.Accounts;

public sealed partial class TokensPageTests : IDisposable
{
    private const string Path = "/settings/tokens";
    private readonly WebHub hub = new();

    public void Dispose() => hub.Dispose();

    [Fact]
    public async Task Token_MadeHere_IsShownOnceAndWorksUntilItIsRevokedHere()
    {
        hub.Start();
        var ada = await hub.SignedInAsync("ada");
        var (status, made) = await SendAsync(ada, Path, ("name", "laptop"), ("role", "read"), ("days", "30"));
        var text = TokenIn().Match(made).Value;
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal(1, TokenIn().Count(made));
        Assert.Equal(HttpStatusCode.OK, (await hub.ApiAsync("/v1/quota", text)).StatusCode);
        var list = await ReadAsync(ada);
        Assert.DoesNotContain(text, list, StringComparison.Ordinal);
        var held = Assert.Single(Held("ada"), token => token.Name == "laptop");
        Assert.Equal(held.CreatedAt + TimeSpan.FromDays(30), held.ExpiresAt);

        using var revoked = await WebHub.PostAsync(ada, $"{Path}/{held.Id}/revoke", list);
        Assert.Equal("/settings/tokens?done=revoked", revoked.Headers.Location!.OriginalString);
        Assert.Equal(HttpStatusCode.Unauthorized, (await hub.ApiAsync("/v1/quota", text)).StatusCode);
        Assert.Contains("The latest that work no more", await ReadAsync(ada), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Token_FineGrained_MayWhatWasTickedAtTheSpacesThatWereNamed()
    {
        hub.Start();
        var ada = await hub.SignedInAsync("ada");
        var (_, page) = await SendAsync(ada, Path, ("name", "ci"), ("role", "fineGrained"), ("permit", "spaces.use"), ("permit", "quota.read"), ("spaces", "ADA/paint, ada/paint"), ("days", "0"));
        var held = Assert.Single(Held("ada"), token => token.Name == "ci");
        Assert.Equal([AccessTokenPermission.UseSpaces, AccessTokenPermission.ReadQuota], held.Grant.Permissions);
        Assert.Equal([new SpaceId("ada", "paint")], held.Grant.Spaces!);
        Assert.Null(held.ExpiresAt);
        Assert.Contains(">only ada/paint<", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Form_ThatAsksForNothingThereIs_MakesNoTokenAndKeepsWhatWasWritten()
    {
        hub.Start();
        var ada = await hub.SignedInAsync("ada");
        foreach (var (name, role, permit, spaces, days) in new[]
        {
            ("", "read", "", "", "30"), ("two\nlines", "read", "", "", "30"), (new string('n', AccessTokens.LongestName + 1), "read", "", "", "30"),
            ("n", "administrator", "", "", "30"), ("n", "fineGrained", "", "", "30"), ("n", "fineGrained", "everything", "", "30"),
            // Whoever ticked one thing and left the role gets no wider token than was meant.
            ("n", "read", "spaces.use", "", "30"),
            ("n", "read", "", "ada/none", "30"), ("n", "read", "", "bob/sing", "30"), ("n", "read", "", "<script>alert(1)</script>", "30"), ("n", "read", "", "", "31"), ("n", "read", "", "", ""),
        })
        {
            var before = Held("ada").Count;
            var (status, page) = await SendAsync(
                ada, Path, [("name", name), ("role", role), .. permit is "" ? Array.Empty<(string, string)>() : [("permit", permit)], ("spaces", spaces), ("days", days)]);
            Assert.Equal((HttpStatusCode.UnprocessableEntity, before), (status, Held("ada").Count));
            Assert.Contains("role=\"alert\"", page, StringComparison.Ordinal);
            Assert.DoesNotContain("<script>", page, StringComparison.Ordinal);
            if (name == "n") Assert.Contains("name=\"name\" value=\"n\"", page, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Revoke_OfSomeoneElsesToken_IsAnsweredLikeOneThatNeverWas()
    {
        hub.Start();
        var bobs = hub.Ledger.NewToken("bob");
        var ada = await hub.SignedInAsync("ada");
        var page = await ReadAsync(ada);
        using var foreign = await WebHub.PostAsync(ada, $"{Path}/{bobs.Token.Id}/revoke", page);
        using var never = await WebHub.PostAsync(ada, $"{Path}/0123456789abcdef/revoke", page);
        Assert.Equal((HttpStatusCode.NotFound, HttpStatusCode.NotFound), (foreign.StatusCode, never.StatusCode));
        Assert.Equal(HttpStatusCode.OK, (await hub.ApiAsync("/v1/quota", bobs.Text)).StatusCode);
        Assert.DoesNotContain(bobs.Token.Id, page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Form_OfAnotherPage_MakesAndRevokesNothing()
    {
        hub.Start();
        var ada = await hub.SignedInAsync("ada");
        var formToken = FormTokenIn().Match(await ReadAsync(ada)).Groups[1].Value;
        var own = hub.Ledger.NewToken("ada");
        foreach (var (origin, given) in new[] { (null, ""), ("http://evil.example", formToken), ("null", formToken) })
            foreach (var path in new[] { Path, $"{Path}/{own.Token.Id}/revoke" })
            {
                using var form = new FormUrlEncodedContent([new("name", "stolen"), new("role", "write"), new("days", "0"), new("__RequestVerificationToken", given)]);
                using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = form };
                if (origin is not null) request.Headers.Add("Origin", origin);
                using var answer = await ada.SendAsync(request);
                Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
            }

        Assert.DoesNotContain(Held("ada"), token => token.Name == "stolen");
        Assert.Equal(HttpStatusCode.OK, (await hub.ApiAsync("/v1/quota", own.Text)).StatusCode);
    }

    [Fact]
    public async Task Page_ByATokenAlone_IsNotOpened()
    {
        hub.Start();
        using var answer = await hub.ApiAsync(Path, hub.Ledger.NewToken("ada", AccessTokenRole.FineGrained, null, AccessTokenPermission.ManageTokens).Text);
        Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
        Assert.True((await (await hub.SignedInAsync("ada")).GetAsync(new Uri(Path, UriKind.Relative))).Headers.CacheControl!.NoStore);
    }

    [Fact]
    public void Lifetimes_EachOne_IsTakenByTheForm() => Assert.All(
        TokenForm.Lifetimes, each => Assert.Null((TokenForm.Empty with { Name = "n", Days = each.Days }).Read(hub.Catalogue.FindAccount("ada")!, hub.Catalogue).Problem));

    private IReadOnlyList<HeldToken> Held(string account) => hub.Get<AccessTokens>().List(new AccountId(account));

    private static Task<string> ReadAsync(HttpClient browser) => browser.GetStringAsync(new Uri(Path, UriKind.Relative));

    private static async Task<(HttpStatusCode Status, string Page)> SendAsync(HttpClient browser, string path, params (string Name, string Value)[] fields)
    {
        using var answer = await WebHub.PostAsync(browser, path, await ReadAsync(browser), fields);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    [GeneratedRegex("hf_[A-Za-z]{34}")]
    private static partial Regex TokenIn();

    [GeneratedRegex("name=\"__RequestVerificationToken\" value=\"([^\"]+)\"")]
    private static partial Regex FormTokenIn();
}
