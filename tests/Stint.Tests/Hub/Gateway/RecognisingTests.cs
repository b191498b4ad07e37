using System.Net;
using System.Text.Json;
using Stint.Core.Identities;
using Stint.Core.Quota;
using Stint.Core.Spaces;
using Stint.Hub.Tokens;
using Xunit;

namespace Stint.Tests.Hub.Gateway;

public sealed class RecognisingTests : GatewayTest
{
    [Fact]
    [Trait("Behaviour", "B2")]
    public async Task Me_NothingSent_IsAnonymousAndSaysWhatIsMissing()
    {
        var me = await MeAsync();

        Assert.Equal(("anonymous", "anonymous:127.0.0.1", "network"), (Text(me, "outcome"), Text(me, "identity"), Text(me, "recognisedBy")));
        Assert.Equal(120m, me.GetProperty("quota").GetProperty("leftSeconds").GetDecimal());
        Assert.Equal(5, me.GetProperty("evidence").EnumerateArray().Count(evidence => Text(evidence, "standing") == "missing"));
        Assert.Contains("no sign-in reached this Space", Text(me, "because"), StringComparison.Ordinal);
        Assert.NotNull(Text(me, "howToBeRecognised"));
    }

    [Theory]
    [InlineData("Authorization: Bearer {0}")]
    [InlineData("X-HF-Authorization: Bearer {0}")]
    [InlineData("authorization: bearer {0}")]
    public async Task Me_AccessTokenInAnyOfItsHeaders_IsThatAccount(string header)
    {
        var me = await MeAsync(null, string.Format(header, Hub.AccessToken("ada")));

        Assert.Equal(("recognised", "ada", "pro", "access-token"), (Text(me, "outcome"), Text(me, "account"), Text(me, "plan"), Text(me, "recognisedBy")));
    }

    [Fact]
    public async Task Me_SpaceTokenAsHeaderOrSign_IsThatAccount()
    {
        var token = Hub.SpaceTokens.Issue(new AccountId("id-ada"), GatewayHub.Squares, Hub.Clock.Now, TimeSpan.FromMinutes(5)).Text;

        Assert.Equal("ada", Text(await MeAsync(null, "x-zerogpu-token: " + token), "account"));
        Assert.Equal("ada", Text(await MeAsync(null, "Authorization: Bearer " + token), "account"));
        using var signed = await GetAsync("/.stint/me?__sign=" + token);
        Assert.Equal("ada", Text(JsonDocument.Parse(await signed.Content.ReadAsStringAsync()).RootElement, "account"));
    }

    [Fact]
    public async Task Me_CookieOfThisAddress_IsThatAccount()
    {
        var me = await MeAsync(null, "Cookie: " + await Hub.SignInAsync("bob", GatewayHub.Squares));

        Assert.Equal(("bob", "sign-in"), (Text(me, "account"), Text(me, "recognisedBy")));
    }

    [Fact]
    [Trait("Behaviour", "B7")]
    public async Task Me_OnePersonThroughEveryDoor_IsOnePurse()
    {
        var access = Hub.AccessToken("ada");
        var space = Hub.SpaceTokens.Issue(new AccountId("id-ada"), GatewayHub.Squares, Hub.Clock.Now, TimeSpan.FromMinutes(5)).Text;
        var purses = new[]
        {
            await MeAsync(null, "Authorization: Bearer " + access), await MeAsync(null, "x-zerogpu-token: " + space),
            await MeAsync(null, "Cookie: " + await Hub.SignInAsync("ada", GatewayHub.Squares)), await MeAsync(GatewayHub.Faces, "X-HF-Authorization: Bearer " + access),
        }.Select(me => Text(me.GetProperty("quota"), "purse"));

        Assert.Single(purses.Distinct());
    }

    public static TheoryData<string, string> Faults() => new()
    {
        { "malformed", "access-token-malformed" }, { "foreign", "access-token-of-another-hub" }, { "revoked", "access-token-revoked" },
        { "expired", "access-token-expired" }, { "blocked", "account-blocked" }, { "elsewhere", "access-token-not-permitted" },
        { "basic", "authorization-foreign" }, { "folded", "access-token-malformed" }, { "empty", "authorization-foreign" },
        { "ip-garbage", "identity-token-malformed" }, { "ip-forged", "identity-token-forged" }, { "ip-over", "identity-token-event-over" },
        { "sign-garbage", "space-token-malformed" }, { "sign-elsewhere", "space-token-of-another-space" },
        { "sign-expired", "space-token-expired" }, { "cookie-unknown", "sign-in-unknown" }, { "cookie-ended", "sign-in-ended" },
        { "cookie-elsewhere", "sign-in-of-another-space" }, { "cookie-twice", "sign-in-repeated" }, { "cookie-blocked", "account-blocked" },
        { "ip-blocked", "account-blocked" },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    [Trait("Behaviour", "B1")]
    public async Task Call_EvidenceThatDoesNotHold_IsRefusedByNameAndNobodyIsCharged(string what, string cause)
    {
        var space = await ServeOkAsync();
        var headers = await HeadersAsync(what);

        using var response = await SendAsync(HttpMethod.Get, "/config", null, null, headers);

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        var detail = JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement.GetProperty("detail");
        Assert.Equal(cause, Text(detail, "code"));
        Assert.NotEmpty(Text(detail, "auth_message")!);
        Assert.Empty(space.Seen);
        var me = await MeAsync(null, headers);
        Assert.Equal(("refused", null), (Text(me, "outcome"), Text(me, "identity")));
        Assert.Contains(me.GetProperty("evidence").EnumerateArray(), evidence => Text(evidence, "cause") == cause);
    }

    private async Task<string[]> HeadersAsync(string what)
    {
        var (now, ada) = (Hub.Clock.Now, new AccountId("id-ada"));
        var grant = new AccessTokenGrant(AccessTokenRole.Read, []);
        string Identity(string @event) => Hub.Tokens.Issue(GatewayHub.IdentityOf("ada"), GatewayHub.Squares, @event, "/square", TimeSpan.FromHours(1));
        string Sign(SpaceId space, Instant at) => Hub.SpaceTokens.Issue(ada, space, at, TimeSpan.FromMinutes(5)).Text;
        switch (what)
        {
            case "malformed": return ["Authorization: Bearer " + Hub.AccessToken("ada")[..^1]];
            case "foreign": return ["Authorization: Bearer hf_" + new string('x', 34)];
            case "revoked":
                var revoked = Hub.AccessTokens.Create(ada, "gone", grant, now);
                Hub.AccessTokens.Revoke(revoked.Token!.Id, now);
                return ["Authorization: Bearer " + revoked.Text];
            case "expired": return ["X-HF-Authorization: Bearer " + Hub.AccessTokens.Create(ada, "old", grant, now, now).Text];
            case "elsewhere": return ["Authorization: Bearer " + Hub.AccessTokens.Create(ada, "faces", grant with { Spaces = [GatewayHub.Faces] }, now).Text];
            case "basic": return ["Authorization: Basic YWRhOmFkYQ=="];
            case "empty": return ["Authorization: Bearer x"];
            case "folded": return [$"Authorization: Bearer {Hub.AccessToken("ada")}, Bearer {Hub.AccessToken("bob")}"];
            case "ip-garbage": return ["X-IP-Token: garbage"];
            case "ip-forged": return ["X-IP-Token: " + Identity("e_1")[..^8] + "AAAAAAAA"];
            case "ip-over": return ["X-IP-Token: " + Identity(Hub.Events.Begin(GatewayHub.Squares, GatewayHub.IdentityOf("ada")).Id[..^1] + "ffff")];
            case "ip-blocked":
                Hub.Catalogue.SetBlocked(ada, true);
                return ["X-IP-Token: " + Identity("e_1")];
            case "sign-garbage": return ["x-zerogpu-token: 1234567890:abcdef"];
            case "sign-elsewhere": return ["x-zerogpu-token: " + Sign(GatewayHub.Faces, now)];
            case "sign-expired": return ["x-zerogpu-token: " + Sign(GatewayHub.Squares, now - TimeSpan.FromMinutes(6))];
            case "blocked":
                var held = Hub.AccessToken("ada");
                Hub.Catalogue.SetBlocked(ada, true);
                return ["Authorization: Bearer " + held];
            default: return await CookiesAsync(what);
        }
    }

    private async Task<string[]> CookiesAsync(string what)
    {
        var cookie = await Hub.SignInAsync("ada", GatewayHub.Squares);
        var (name, secret) = (cookie.Split('=')[0], cookie.Split('=')[1]);
        switch (what)
        {
            case "cookie-unknown": return [$"Cookie: {name}=abc"];
            case "cookie-twice": return [$"Cookie: {cookie}; {cookie}"];
            case "cookie-ended":
                Hub.Sessions.EndSpaceSession(secret, Hub.Clock.Now);
                return ["Cookie: " + cookie];
            case "cookie-blocked":
                Hub.Catalogue.SetBlocked(new AccountId("id-ada"), true);
                return ["Cookie: " + cookie];
            case "cookie-elsewhere": return [$"Cookie: {name}={(await Hub.SignInAsync("ada", GatewayHub.Faces)).Split('=')[1]}"];
            default: throw new ArgumentOutOfRangeException(nameof(what), what, null);
        }
    }

    [Theory]
    [InlineData("POST", null, HttpStatusCode.Unauthorized)]
    [InlineData("POST", "https://evil.example", HttpStatusCode.Unauthorized)]
    [InlineData("POST", "null", HttpStatusCode.Unauthorized)]
    [InlineData("POST", "own", HttpStatusCode.OK)]
    [InlineData("DELETE", "https://evil.example", HttpStatusCode.Unauthorized)]
    [InlineData("GET", null, HttpStatusCode.OK)]
    [InlineData("GET", "https://evil.example", HttpStatusCode.OK)]
    public async Task Call_WithACookie_ChangesSomethingOnlyForAPageOfThisAddress(string method, string? origin, HttpStatusCode status)
    {
        await ServeOkAsync();
        var cookie = await Hub.SignInAsync("ada", GatewayHub.Squares);
        string[] from = origin is null ? [] : ["Origin: " + (origin == "own" ? Hub.Address.GetLeftPart(UriPartial.Authority) : origin)];

        using var response = await SendAsync(new HttpMethod(method), "/run/x", null, method == "GET" ? null : "{}", ["Cookie: " + cookie, .. from]);

        Assert.Equal(status, response.StatusCode);
    }

    [Fact]
    [Trait("Behaviour", "B10")]
    public async Task Call_APageOfAnotherSiteWithABearerToken_IsThatAccountWhateverTheCookie()
    {
        var space = await ServeOkAsync();
        var cookie = await Hub.SignInAsync("bob", GatewayHub.Squares);

        using var response = await SendAsync(
            HttpMethod.Post, "/run/x", null, "{}", "Cookie: " + cookie, "Origin: https://mine.example", "Authorization: Bearer " + Hub.AccessToken("ada"));

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(GatewayHub.IdentityOf("ada"), Facts(space).Identity);
    }

    [Fact]
    public async Task Call_StaticFileWithEvidenceThatDoesNotHold_IsServed()
    {
        await ServeOkAsync();

        using var file = await GetAsync("/assets/index.js", "Authorization: Bearer hf_bad");

        Assert.Equal(HttpStatusCode.OK, file.StatusCode);
    }

    [Theory]
    [InlineData(SpaceVisibility.Members, null, HttpStatusCode.Unauthorized)]
    [InlineData(SpaceVisibility.Members, "bob", HttpStatusCode.OK)]
    [InlineData(SpaceVisibility.Private, null, HttpStatusCode.Unauthorized)]
    [InlineData(SpaceVisibility.Private, "bob", HttpStatusCode.Forbidden)]
    [InlineData(SpaceVisibility.Private, "ada", HttpStatusCode.OK)]
    public async Task Call_ASpaceThatIsNotPublic_LetsInWhoMay(SpaceVisibility visibility, string? account, HttpStatusCode status)
    {
        await ServeOkAsync();
        Hub.Change(GatewayHub.Squares, space => space with { Visibility = visibility });

        using var response = await GetAsync("/assets/x.js", account is null ? [] : ["Authorization: Bearer " + Hub.AccessToken(account)]);

        Assert.Equal(status, response.StatusCode);
    }

    internal static TokenFacts Facts(FakeSpace space, GatewayHub hub, SpaceId? at = null) =>
        hub.Tokens.Check(space.Seen.Last(seen => seen.Headers.ContainsKey("X-IP-Token")).Headers["X-IP-Token"], at ?? GatewayHub.Squares, hub.Clock.Now).Facts!;

    private TokenFacts Facts(FakeSpace space) => Facts(space, Hub);

    private static string? Text(JsonElement json, string name) => json.TryGetProperty(name, out var value) ? value.GetString() : null;
}
