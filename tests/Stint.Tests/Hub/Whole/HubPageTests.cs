using System.Net;
using System.Net.Http.Headers;
using Stint.Hub.Tokens;
using Stint.Tests.Hub.Gateway;
using Xunit;

namespace Stint.Tests.Hub.Whole;

/// <summary>The hub's own address against other sites, and against the Spaces of the same machine, which share its cookies.</summary>
public sealed class HubPageTests(SharedWholeHub shared) : IClassFixture<SharedWholeHub>, IDisposable
{
    private readonly FakeSpace space = shared.Space;
    private readonly WholeHub hub = shared.Hub;
    private readonly HttpClient client = GatewayHub.NewClient();

    public void Dispose() => client.Dispose();

    [Fact]
    public async Task Answer_OfAnyKindErrorsToo_IsFramedByNobodyAndIsWhatItIsSaidToBe()
    {
        (string Method, string Path, int Status)[] asked =
        [
            ("GET", "/", 200), ("GET", "/sign-in", 200), ("GET", "/spaces/ada/app", 200), ("GET", "/spaces/no/such", 404), ("GET", "/refusals/x", 404), ("GET", "/set-up/x", 410), ("POST", "/set-up/x", 400),
            ("POST", "/sign-in", 400), ("POST", "/sign-out", 400), ("GET", "/nothing/here", 404), ("DELETE", "/sign-in", 405), ("GET", "/problems/quota-exceeded", 200), ("GET", "/problems/x", 404),
            ("GET", "/openapi/v1.json", 200), ("GET", "/spaces/ada/app/agents.md", 200), ("GET", "/v1/quota", 401), ("GET", "/v1/nothing", 401), ("GET", "/api/whoami-v2", 401), ("GET", "/api/nothing", 404), ("GET", "/settings/billing", 302),
        ];
        foreach (var (method, path, status) in asked)
        {
            using var request = new HttpRequestMessage(new HttpMethod(method), new Uri(hub.Url, path));
            using var answer = await client.SendAsync(request);

            Assert.Equal((path, status), (path, (int)answer.StatusCode));
            Assert.True(answer.Headers.TryGetValues("Content-Security-Policy", out var policies) && policies.Single().Contains("frame-ancestors 'none'", StringComparison.Ordinal), $"{method} {path} may be framed");
            Assert.Equal("nosniff", answer.Headers.GetValues("X-Content-Type-Options").Single());
        }
    }

    /// <summary>A page of a Space signs its reader in at the hub as somebody else, so that what they do there is the other's. It has a form of the hub's, its token and its cookie: all of them another's.</summary>
    [Theory]
    [InlineData("space")]
    [InlineData("https://evil.example")]
    [InlineData("null")]
    [InlineData("own, own")]
    public async Task SignIn_ByAFormOfAnotherOrigin_SignsNobodyInOrOut(string origin)
    {
        using var page = await client.GetAsync(new Uri(hub.Url, "/sign-in"));
        var cookie = page.Headers.GetValues("Set-Cookie").Single().Split(';')[0];
        var token = System.Text.RegularExpressions.Regex.Match(await page.Content.ReadAsStringAsync(), "name=\"__RequestVerificationToken\" value=\"([^\"]+)\"").Groups[1].Value;
        var victim = hub.SessionOf("ada");
        string[] origins = origin == "own, own" ? [hub.Url.GetLeftPart(UriPartial.Authority), hub.Url.GetLeftPart(UriPartial.Authority)] : [origin == "space" ? hub.Space.GetLeftPart(UriPartial.Authority) : origin];
        foreach (var path in new[] { "/sign-in", "/sign-out" })
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(hub.Url, path))
            {
                Content = new FormUrlEncodedContent([new("username", "bob"), new("password", WholeHub.Password), new("next", "/"), new("__RequestVerificationToken", token)]),
            };
            request.Headers.Add("Cookie", $"{cookie}; stint-hub.{hub.Port}={victim}");
            foreach (var each in origins) request.Headers.TryAddWithoutValidation("Origin", each);
            using var answer = await client.SendAsync(request);

            Assert.Equal((path, HttpStatusCode.BadRequest), (path, answer.StatusCode));
            Assert.DoesNotContain(answer.Headers.TryGetValues("Set-Cookie", out var set) ? set : [], line => line.StartsWith("stint-hub", StringComparison.Ordinal));
        }

        Assert.Equal(SessionOutcome.Valid, hub.Sessions.FindHubSession(victim, hub.Clock.Now).Outcome);
    }

    [Fact]
    public async Task Cookie_OfTheHub_IsNoEvidenceAtASpaceAndASpacesNoneAtTheHub()
    {
        var atHub = $"stint-hub.{hub.Port}={hub.SessionOf("ada")}";
        using var me = await GetAsync(new Uri(hub.Space, "/.stint/me"), ("Cookie", atHub));
        Assert.Contains("\"outcome\":\"anonymous\"", await me.Content.ReadAsStringAsync(), StringComparison.Ordinal);

        var secret = Sessions.NewBrowserSecret();
        var code = hub.Sessions.CreateCode(hub.SessionOf("ada"), WholeHub.App, Sessions.MarkOf(secret), hub.Clock.Now)!;
        var atSpace = hub.Sessions.RedeemCode(code, WholeHub.App, secret, hub.Clock.Now).Secret!;
        using var billing = await GetAsync(new Uri(hub.Url, "/settings/billing"), ("Cookie", $"stint-hub.{hub.Port}={atSpace}; stint-space.ada-app={atSpace}"));
        Assert.StartsWith("/sign-in", billing.Headers.Location!.OriginalString, StringComparison.Ordinal);
    }

    /// <summary>The whole way of a browser: from the hub's page to the Space, which gives it a secret, back to the hub for a code, and in.</summary>
    [Fact]
    [Trait("Behaviour", "B14")]
    public async Task Visit_OfABrowserThatIsSignedIn_LeadsInByThreeRedirects()
    {
        var session = $"stint-hub.{hub.Port}={hub.SessionOf("ada")}";
        using var atHub = await GetAsync(new Uri(hub.Url, "/visit/ada/app?path=%2Fdeep"), ("Cookie", session));
        using var atSpace = await GetAsync(atHub.Headers.Location!, ("Cookie", session));
        var way = atSpace.Headers.GetValues("Set-Cookie").Single().Split(';')[0];
        using var again = await GetAsync(atSpace.Headers.Location!, ("Cookie", session));
        using var entered = await GetAsync(again.Headers.Location!, ("Cookie", $"{session}; {way}"));

        Assert.Equal("/deep", entered.Headers.Location!.OriginalString);
        using var me = await GetAsync(new Uri(hub.Space, "/.stint/me"), ("Cookie", entered.Headers.GetValues("Set-Cookie").Single().Split(';')[0]));
        Assert.Contains("\"account\":\"ada\"", await me.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.DoesNotContain(space.Seen, seen => seen.Target.Contains(".stint", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("127.0.0.1(:80")]
    [InlineData("a b")]
    [InlineData("user@127.0.0.1")]
    [InlineData("127.0.0.1/x")]
    public async Task Request_AtAHostThatIsNoAddress_IsRefusedAtTheHubAndAtASpace(string host)
    {
        foreach (var at in new[] { hub.Url, hub.Space })
            Assert.StartsWith("HTTP/1.1 400", await RawClient.SendAsync(at, $"GET /sign-in HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"), StringComparison.Ordinal);
    }

    private async Task<HttpResponseMessage> GetAsync(Uri address, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/html"));
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        return await client.SendAsync(request);
    }
}
