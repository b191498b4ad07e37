using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Stint.Core.Identities;
using Stint.Tests.Fakes;
using Xunit;

namespace Stint.Tests.Hub.Billing;

/// <summary>The ledger's API by the hub's own sign-in: for pages of the hub, and for nobody else.</summary>
[Trait("Behaviour", "B7")]
public sealed class SessionTests : IDisposable
{
    private readonly WebHub hub = new();

    public void Dispose() => hub.Dispose();

    [Theory]
    [InlineData("GET", null, null)]
    [InlineData("GET", "here", null)]
    [InlineData("GET", "http://127.0.0.1:19999", "sign-in-cross-site")]
    [InlineData("GET", "null", "sign-in-cross-site")]
    [InlineData("POST", "here", null)]
    [InlineData("POST", null, "sign-in-cross-site")]
    [InlineData("POST", "http://127.0.0.1:19999", "sign-in-cross-site")]
    [InlineData("POST", "null", "sign-in-cross-site")]
    [Trait("Behaviour", "B10")]
    public async Task Session_AskedByAPage_CountsForThisAddressAlone(string method, string? origin, string? refused)
    {
        hub.Start();
        var browser = await hub.SignedInAsync("ada");
        using var request = new HttpRequestMessage(new HttpMethod(method), method == "GET" ? "/v1/quota" : "/v1/quote");
        if (method == "POST") request.Content = JsonContent.Create(new { space = "ada/paint", durationSeconds = 10 });
        if (origin is not null) request.Headers.Add("Origin", origin == "here" ? hub.Url.GetLeftPart(UriPartial.Authority) : origin);

        using var answer = await browser.SendAsync(request);

        Assert.False(answer.Headers.Contains("Access-Control-Allow-Credentials"));
        if (refused is null)
        {
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            return;
        }

        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.Equal(refused, (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("code").GetString());
    }

    [Fact]
    [Trait("Behaviour", "B3")]
    public async Task Session_AndTokenOfTheSameAccount_ReadTheSameQuota()
    {
        hub.Start();
        hub.Ledger.Run(Samples.Ada, 12);
        var browser = await hub.SignedInAsync("ada");

        var bySession = await QuotaAsync(await browser.GetAsync(new Uri("/v1/quota", UriKind.Relative)));
        var byToken = await QuotaAsync(await hub.ApiAsync("/v1/quota", hub.Ledger.NewToken("ada").Text));

        Assert.Equal(("sign-in", "access token"), (bySession.GetProperty("recognisedBy").GetString(), byToken.GetProperty("recognisedBy").GetString()));
        Assert.Equal("ada", bySession.GetProperty("account").GetString());
        Assert.Equal(byToken.GetProperty("purses").GetRawText(), bySession.GetProperty("purses").GetRawText());
    }

    [Theory]
    [InlineData("ended", "sign-in-ended", "Sign in again.")]
    [InlineData("unknown", "sign-in-unknown", "Sign in again.")]
    [InlineData("blocked", "account-blocked", "Ask an administrator")]
    [Trait("Behaviour", "B1")]
    [Trait("Behaviour", "B17")]
    public async Task Session_ThatDoesNotHold_IsRefusedByName(string what, string code, string advice)
    {
        hub.Start();
        var secret = hub.Sessions.CreateHubSession(new AccountId("ada"), hub.Ledger.Clock.Now)!;
        if (what == "ended") hub.Sessions.EndHubSession(secret, hub.Ledger.Clock.Now);
        if (what == "unknown") secret = "made-up";
        if (what == "blocked") hub.Catalogue.SetBlocked(new AccountId("ada"), true);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/quota");
        request.Headers.Add("Cookie", $"stint-hub.7860={secret}");

        using var answer = await hub.Browser().SendAsync(request);

        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        var problem = await answer.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal(code, problem.GetProperty("code").GetString());
        Assert.Contains(advice, problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        using var explained = await hub.ApiAsync(problem.GetProperty("type").GetString()!);
        Assert.Equal(HttpStatusCode.OK, explained.StatusCode);
    }

    [Fact]
    [Trait("Behaviour", "B1")]
    public async Task Token_ThatDoesNotHold_IsNotReplacedByTheSession()
    {
        hub.Start();
        var browser = await hub.SignedInAsync("ada");
        browser.DefaultRequestHeaders.Authorization = new("Bearer", "hf_short");

        using var answer = await browser.GetAsync(new Uri("/v1/quota", UriKind.Relative));

        Assert.Equal("access-token-malformed", (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("code").GetString());
    }

    private static async Task<JsonElement> QuotaAsync(HttpResponseMessage answer)
    {
        using var sent = answer;
        Assert.Equal(HttpStatusCode.OK, sent.StatusCode);
        return await sent.Content.ReadFromJsonAsync<JsonElement>();
    }
}
