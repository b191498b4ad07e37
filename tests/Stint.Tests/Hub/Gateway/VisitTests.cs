using System.Net;
using System.Text.Json;
using Stint.Core.Identities;
using Stint.Core.Spaces;
using Stint.Hub;
using Stint.Hub.Tokens;
using Xunit;

namespace Stint.Tests.Hub.Gateway;

public sealed class VisitTests : GatewayTest
{
    private const string Page = "Accept: text/html";

    [Fact]
    [Trait("Behaviour", "B14")]
    public async Task Visit_AStrangerWhoComesDirectly_IsOfferedToSignInAndMayGoOn()
    {
        await ServeOkAsync();

        using var first = await GetAsync("/app?x=1", Page, "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: document");
        Assert.Equal("/.stint/welcome?path=%2Fapp%3Fx%3D1", first.Headers.Location!.ToString());
        using var welcome = await GetAsync(first.Headers.Location.ToString(), Page);
        var html = await welcome.Content.ReadAsStringAsync();
        Assert.Contains("/visit/ada/squares?path=%2Fapp%3Fx%3D1", html, StringComparison.Ordinal);
        using var on = await GetAsync("/.stint/visitor?path=%2Fapp%3Fx%3D1", Page);
        var mark = on.Headers.GetValues("Set-Cookie").Single().Split(';')[0];
        using var second = await GetAsync("/app?x=1", Page, "Cookie: " + mark);

        Assert.Equal("/app?x=1", on.Headers.Location!.ToString());
        Assert.Equal("ok", await second.Content.ReadAsStringAsync());
        Assert.Equal(mark.Split('=')[1], (await MeAsync(null, "Cookie: " + mark)).GetProperty("visitor").GetString());
    }

    [Theory]
    [InlineData("Sec-Fetch-Dest: iframe")]
    [InlineData("Sec-Fetch-Mode: cors")]
    public async Task Visit_WhatIsNoPageOfItsOwn_IsNotAskedAnything(string fetch)
    {
        await ServeOkAsync();

        using var response = await GetAsync("/", fetch.Contains("Mode", StringComparison.Ordinal) ? [Page, fetch] : [Page, "Sec-Fetch-Mode: navigate", fetch]);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Fact]
    public async Task Session_ACodeOfTheHub_SignsInAtThisAddressOnce()
    {
        var (way, code) = await Hub.OnTheWayAsync("ada", GatewayHub.Squares);

        using var opened = await GetAsync(Visit.AtSpace(code, "/app?x=1"), "Cookie: " + way);
        using var again = await GetAsync(Visit.AtSpace(code, "/app?x=1"), "Cookie: " + way);

        Assert.Equal("/app?x=1", opened.Headers.Location!.ToString());
        var cookie = opened.Headers.GetValues("Set-Cookie").Single();
        Assert.Matches("^stint-space\\.ada-squares=[\\w-]{43}; Path=/; Max-Age=\\d+; HttpOnly; SameSite=Lax$", cookie);
        Assert.Equal("ada", (await MeAsync(null, "Cookie: " + cookie.Split(';')[0])).GetProperty("account").GetString());
        Assert.Equal(HttpStatusCode.Forbidden, again.StatusCode);
    }

    [Theory]
    [InlineData("//evil.example")]
    [InlineData("https://evil.example")]
    [InlineData("/\\evil.example")]
    [InlineData("/%0d%0aSet-Cookie:x=1")]
    public async Task Session_ThatShouldGoOnToAnotherSite_StaysHere(string path)
    {
        var (way, code) = await Hub.OnTheWayAsync("ada", GatewayHub.Squares);

        using var opened = await GetAsync($"/.stint/session?code={code}&path={(path.Contains('%', StringComparison.Ordinal) ? path : Uri.EscapeDataString(path))}", "Cookie: " + way);

        Assert.Equal("/", opened.Headers.Location!.ToString());
    }

    [Fact]
    [Trait("Behaviour", "B1")]
    public async Task Session_WhereTheBrowserKeepsNoCookies_IsSaidToBeLostAndNotMadeNobodys()
    {
        await ServeOkAsync();
        var (_, code) = await Hub.OnTheWayAsync("ada", GatewayHub.Squares);

        using var lost = await GetAsync(Visit.AtSpace(code, "/app"), Page, "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: iframe");

        Assert.Equal(HttpStatusCode.Forbidden, lost.StatusCode);
        var html = WebUtility.HtmlDecode(await lost.Content.ReadAsStringAsync());
        Assert.Contains($"brought no cookie of {Hub.Address.GetLeftPart(UriPartial.Authority)}", html, StringComparison.Ordinal);
        Assert.Contains($"href=\"{Hub.Options.Url}visit/ada/squares?path=%2Fapp\" target=\"_blank\"", html, StringComparison.Ordinal);
        Assert.Contains("href=\"/.stint/visitor?path=%2Fapp\">", html, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("none", false)]
    [InlineData("cross-site", false)]
    [InlineData("same-site", false)]
    [InlineData("same-origin", true)]
    public async Task Visit_AStrangerWhoWentOn_ComesInEvenWhereTheBrowserKeepsNoCookies(string from, bool comesIn)
    {
        await ServeOkAsync();

        using var response = await GetAsync("/", Page, "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: document", "Sec-Fetch-Site: " + from);

        Assert.Equal(comesIn ? HttpStatusCode.OK : HttpStatusCode.Found, response.StatusCode);
    }

    [Fact]
    public async Task Visit_WithASessionThatEnded_IsClearedAndSentToSignInWithTheCause()
    {
        await ServeOkAsync();
        var cookie = await Hub.SignInAsync("ada", GatewayHub.Squares);
        Hub.Sessions.EndAll(new AccountId("id-ada"), Hub.Clock.Now);

        using var response = await GetAsync("/app", Page, "Cookie: " + cookie);

        Assert.Equal($"{Hub.Options.Url}visit/ada/squares?path=%2Fapp&cause=sign-in-ended", response.Headers.Location!.ToString());
        Assert.Contains("Max-Age=0", response.Headers.GetValues("Set-Cookie").Single(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Visit_AMembersSpace_SendsAStrangerToSignIn()
    {
        await ServeOkAsync();
        Hub.Change(GatewayHub.Squares, space => space with { Visibility = SpaceVisibility.Members });

        using var response = await GetAsync("/", Page);

        Assert.EndsWith("/visit/ada/squares?path=%2F&cause=sign-in-needed", response.Headers.Location!.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, HttpStatusCode.Forbidden)]
    [InlineData("https://evil.example", HttpStatusCode.Forbidden)]
    [InlineData("own", HttpStatusCode.Found)]
    public async Task SignOut_FromAPage_EndsTheSessionOnlyForThisAddress(string? origin, HttpStatusCode status)
    {
        var cookie = await Hub.SignInAsync("ada", GatewayHub.Squares);
        string[] from = origin is null ? [] : ["Origin: " + (origin == "own" ? Hub.Address.GetLeftPart(UriPartial.Authority) : origin)];

        using var response = await SendAsync(HttpMethod.Post, "/.stint/sign-out", null, "", ["Cookie: " + cookie, .. from]);

        Assert.Equal(status, response.StatusCode);
        var outcome = Hub.Sessions.FindSpaceSession(cookie.Split('=')[1], GatewayHub.Squares, Hub.Clock.Now).Outcome;
        Assert.Equal(status == HttpStatusCode.Found ? SessionOutcome.Ended : SessionOutcome.Valid, outcome);
    }

    [Fact]
    public async Task Hosts_AHostName_LeadsToItsSpaceAndAnUnknownOneToNothing()
    {
        var directory = Directory.CreateTempSubdirectory("stint-test-").FullName;
        await using var hub = await GatewayHub.StartAsync(
            directory, options => options with { SpacesDomain = "spaces.test", PublicUrl = new Uri($"http://hub.test:{options.Port}") });
        var space = await ServeOkAsync();
        hub.Serve(GatewayHub.Squares, space.Url);

        Assert.Equal(new Uri($"http://ada-squares.spaces.test:{hub.Options.Port}/"), hub.Address);
        Assert.Equal("ok", await AskAsync(hub, "Ada-Squares.spaces.test"));
        Assert.Contains("space-unknown", await AskAsync(hub, "nobody.spaces.test"), StringComparison.Ordinal);
        Assert.Equal("the hub", await AskAsync(hub, "hub.test"));
        Assert.Equal("the hub", await AskAsync(hub, "127.0.0.1"));
    }

    [Fact]
    public async Task Hosts_AfterARestart_AreTheSame()
    {
        var directory = Directory.CreateTempSubdirectory("stint-test-").FullName;
        Uri before;
        int port;
        await using (var first = await GatewayHub.StartAsync(directory)) (before, port) = (first.AddressOf(GatewayHub.Faces)!, first.Options.Port);
        await using var second = await GatewayHub.StartAsync(directory, options => options with { Port = port });

        Assert.Equal(before, second.AddressOf(GatewayHub.Faces));
    }

    [Fact]
    public async Task Me_AtTheHub_IsWhoTheAccessTokenNames()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(Hub.Options.Url, "/v1/me"));
        request.Headers.TryAddWithoutValidation("Authorization", "Bearer " + Hub.AccessToken("bob"));

        using var response = await Hub.Client.SendAsync(request);

        using var me = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        Assert.Equal(("bob", "access-token"), (me.RootElement.GetProperty("account").GetString(), me.RootElement.GetProperty("recognisedBy").GetString()));
    }

    private static async Task<string> AskAsync(GatewayHub hub, string host)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri($"http://127.0.0.1:{hub.Options.Port}/"));
        request.Headers.Host = $"{host}:{hub.Options.Port}";
        using var response = await hub.Client.SendAsync(request);
        return await response.Content.ReadAsStringAsync();
    }
}
