using System.Net;
using System.Text.Json;
using Stint.Core.Identities;
using Stint.Core.Quota;
using Stint.Core.Spaces;
using Stint.Hub.Tokens;
using Stint.Tests.Fakes;
using Xunit;

namespace Stint.Tests.Hub.HubApi;

public sealed class HubApiTests : IDisposable
{
    private readonly WebHub hub = new();

    public void Dispose() => hub.Dispose();

    [Theory]
    [InlineData(null, "ada/paint", 200)]
    [InlineData(null, "ADA/Paint", 200)]
    [InlineData(null, "bob/sing", 404)]
    [InlineData("ada", "bob/sing", 404)]
    [InlineData("bob", "bob/sing", 200)]
    [InlineData("root", "bob/sing", 200)]
    [InlineData("root", "no/such", 404)]
    [InlineData(null, "not a name/at all", 404)]
    public async Task Space_ForWhoeverAsks_IsThereOnlyWhereTheyMayOpenIt(string? account, string space, int status)
    {
        hub.Start();
        var token = account is null ? null : hub.Ledger.NewToken(account).Text;
        foreach (var path in new[] { "", "/runtime", "/host" })
        {
            using var answer = await hub.ApiAsync($"/api/spaces/{space}{path}", token);
            Assert.Equal(status, (int)answer.StatusCode);
            Assert.Equal(status == 404, answer.Headers.TryGetValues("X-Error-Code", out var codes) && codes.Single() == "RepoNotFound");
            Assert.Equal("*", answer.Headers.GetValues("Access-Control-Allow-Origin").Single());
            Assert.Equal(32, answer.Headers.GetValues("X-Request-Id").Single().Length);
        }

        using var head = await hub.ApiAsync($"/api/spaces/{space}/discussions", token, HttpMethod.Head);
        Assert.Equal(status, (int)head.StatusCode);
    }

    [Theory]
    [InlineData(SpaceStage.Running, "RUNNING")]
    [InlineData(SpaceStage.Stopped, "STOPPED")]
    [InlineData(SpaceStage.RuntimeError, "RUNTIME_ERROR")]
    public async Task Status_ByLabel_SaysTheStage(SpaceStage stage, string expected)
    {
        hub.Stage = stage;
        hub.Start();
        var answer = await JsonAsync("/api/spaces/by-subdomain/ada-paint");
        Assert.Equal(("ada/paint", expected), (answer.GetProperty("id").GetString(), answer.GetProperty("runtime").GetProperty("stage").GetString()));
        using var hidden = await hub.ApiAsync("/api/spaces/by-subdomain/bob-sing");
        Assert.Equal(HttpStatusCode.NotFound, hidden.StatusCode);
    }

    [Fact]
    [Trait("Behaviour", "B1")]
    public async Task Token_ThatDoesNotHold_IsRefusedByNameAndNeverTakenForNobodys()
    {
        hub.Start();
        var (revoked, text) = hub.Ledger.NewToken("ada");
        hub.Ledger.Revoke(revoked.Id);
        var expired = hub.Ledger.NewToken("ada", expiresAt: hub.Ledger.Clock.Now).Text;
        var foreign = AccessToken.Create(new byte[AccessToken.RandomBytes], Enumerable.Repeat((byte)1, 32).ToArray());
        foreach (var (token, cause) in new[] { (text, "revoked"), (expired, "expired"), (foreign, "of-another-hub"), ("hf_short", "malformed") })
            foreach (var path in new[] { "/api/whoami-v2", "/api/spaces/ada/paint", "/api/spaces/ada/paint/jwt", "/api/spaces/zero-gpu/quota" })
            {
                using var answer = await hub.ApiAsync(path, token);
                Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
                var body = JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;
                Assert.Equal("access-token-" + cause, body.GetProperty("cause").GetString());
                Assert.StartsWith("Invalid user token. ", body.GetProperty("error").GetString(), StringComparison.Ordinal);
                // huggingface_hub takes any other message about a Space for a Space that is not there.
                var message = answer.Headers.GetValues("X-Error-Message").Single();
                Assert.StartsWith(path.StartsWith("/api/spaces", StringComparison.Ordinal) ? "Invalid credentials in Authorization header" : "Invalid user token.", message, StringComparison.Ordinal);
                Assert.DoesNotContain(token, body.GetRawText() + message, StringComparison.Ordinal);
            }
    }

    [Theory]
    [InlineData("ada/paint", HttpStatusCode.OK)]
    [InlineData("bob/sing", HttpStatusCode.Unauthorized)]
    [InlineData("no/such", HttpStatusCode.Unauthorized)]
    [Trait("Behaviour", "B1")]
    public async Task Host_AskedWithADeadToken_IsShownWhereItIsEveryones_ElseTheTokenIsNamed(string space, HttpStatusCode expected)
    {
        hub.Start();
        var (held, text) = hub.Ledger.NewToken("bob");
        hub.Ledger.Revoke(held.Id);

        using var answer = await hub.ApiAsync($"/api/spaces/{space}/host", text);

        Assert.Equal(expected, answer.StatusCode);
        if (expected == HttpStatusCode.OK) return;
        var body = JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;
        Assert.Equal("access-token-revoked", body.GetProperty("cause").GetString());
        Assert.False(answer.Headers.Contains("X-Error-Code"));
    }

    [Theory]
    [InlineData("/api/whoami-v2")]
    [InlineData("/api/spaces/zero-gpu/quota")]
    [InlineData("/api/settings/billing/usage")]
    [InlineData("/api/spaces/ada/paint/jwt")]
    public async Task Path_ThatIsAboutSomeone_NeedsAToken(string path)
    {
        hub.Start();
        using var answer = await hub.ApiAsync(path);
        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.Contains("Bearer", answer.Headers.WwwAuthenticate.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(AccessTokenPermission.ReadBilling, "/api/spaces/zero-gpu/quota", "quota.read")]
    [InlineData(AccessTokenPermission.ReadQuota, "/api/settings/billing/usage", "billing.read")]
    [InlineData(AccessTokenPermission.ReadQuota, "/api/spaces/ada/paint/jwt", "spaces.use")]
    [InlineData(AccessTokenPermission.ReadQuota, "/api/whoami-v2", null)]
    public async Task FineGrainedToken_WithoutThePermission_IsToldItsName(AccessTokenPermission given, string path, string? lacking)
    {
        hub.Start();
        using var answer = await hub.ApiAsync(path, hub.Ledger.NewToken("ada", AccessTokenRole.FineGrained, null, given).Text);
        Assert.Equal(lacking is null ? HttpStatusCode.OK : HttpStatusCode.Forbidden, answer.StatusCode);
        if (lacking is not null) Assert.Contains($"'{lacking}'", answer.Headers.GetValues("X-Error-Message").Single(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task WhoAmI_OfAFineGrainedToken_NamesWhatItPermits()
    {
        hub.Start();
        var token = hub.Ledger.NewToken("ada", AccessTokenRole.FineGrained, null, AccessTokenPermission.UseSpaces).Text;
        var answer = await JsonAsync("/api/whoami-v2", token);
        Assert.Equal(("user", "ada", false), (answer.GetProperty("type").GetString(), answer.GetProperty("name").GetString(), answer.GetProperty("isPro").GetBoolean()));
        var held = answer.GetProperty("auth").GetProperty("accessToken");
        Assert.Equal("fineGrained", held.GetProperty("role").GetString());
        Assert.Equal("spaces.use", held.GetProperty("fineGrained").GetProperty("scoped")[0].GetProperty("permissions")[0].GetString());
        Assert.DoesNotContain(token, answer.GetRawText(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", 600)]
    [InlineData("?expires_in=30", 30)]
    [InlineData("?expires_in=99999", 600)]
    [InlineData("?expires_in=0", null)]
    [InlineData("?expires_in=soon", null)]
    [InlineData("?expiration=2001-01-01T00:00:00Z", null)]
    public async Task SpaceToken_ForATime_HoldsAtThatSpaceForAtMostTenMinutes(string query, int? seconds)
    {
        hub.Start();
        using var answer = await hub.ApiAsync("/api/spaces/ada/paint/jwt" + query, hub.Ledger.NewToken("bob").Text);
        Assert.Equal(seconds is null ? HttpStatusCode.BadRequest : HttpStatusCode.OK, answer.StatusCode);
        if (seconds is null) return;
        var body = JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;
        var text = body.GetProperty("token").GetString()!;
        Assert.Equal($"Bearer {text}", body.GetProperty("accessToken").GetString());
        Assert.Equal((hub.Ledger.Clock.Now.UnixMilliseconds / 1000) + seconds.Value, body.GetProperty("exp").GetInt64());
        var check = new SpaceTokens(HubKeys.Open(hub.Ledger.Directory)).Check(text, Samples.Paint, hub.Ledger.Clock.Now);
        Assert.Equal((TokenOutcome.Valid, new AccountId("bob")), (check.Outcome, check.Account));
        Assert.Equal(TokenOutcome.OfAnotherSpace, new SpaceTokens(HubKeys.Open(hub.Ledger.Directory)).Check(text, Samples.Sing, hub.Ledger.Clock.Now).Outcome);
    }

    [Theory]
    [InlineData(null, HttpStatusCode.OK)]
    [InlineData("http://127.0.0.1:19999", HttpStatusCode.Unauthorized)]
    [InlineData("null", HttpStatusCode.Unauthorized)]
    public async Task SpaceToken_BySessionOfTheHub_IsForPagesOfTheHub(string? origin, HttpStatusCode expected)
    {
        hub.Start();
        var browser = await hub.SignedInAsync("ada");
        if (origin is not null) browser.DefaultRequestHeaders.Add("Origin", origin);
        using var answer = await browser.GetAsync(new Uri("/api/spaces/ada/paint/jwt", UriKind.Relative));
        Assert.Equal(expected, answer.StatusCode);
        Assert.False(answer.Headers.Contains("Access-Control-Allow-Credentials"));
    }

    [Fact]
    public async Task Usage_AfterRuns_SumsThemBySpace()
    {
        hub.Start();
        var token = hub.Ledger.NewToken("ada").Text;
        const string Product = "spaces/zero-a10g/minutes";
        Assert.Equal(0, (await JsonAsync("/api/settings/billing/usage", token)).GetProperty("usage").GetProperty(Product).GetArrayLength());
        hub.Ledger.Run(Samples.Ada, 12);
        hub.Ledger.Run(Samples.Ada, 18);
        hub.Ledger.Run(Samples.Bob, 5);
        var line = Assert.Single((await JsonAsync("/api/settings/billing/usage", token)).GetProperty("usage").GetProperty(Product).EnumerateArray());
        Assert.Equal(("ada/paint", 0.5m), (line.GetProperty("entityId").GetString(), line.GetProperty("quantity").GetDecimal()));
    }

    [Fact]
    public async Task Preflight_OfABrowser_IsAnsweredWithoutCredentials()
    {
        hub.Start();
        using var answer = await hub.ApiAsync("/api/spaces/ada/paint/host", method: HttpMethod.Options);
        Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);
        Assert.Equal("*", answer.Headers.GetValues("Access-Control-Allow-Origin").Single());
        Assert.Contains("authorization", answer.Headers.GetValues("Access-Control-Allow-Headers").Single(), StringComparison.Ordinal);
        Assert.False(answer.Headers.Contains("Access-Control-Allow-Credentials"));
    }

    [Fact]
    public async Task Rest_OfTheApi_AnswersAsClientsExpect()
    {
        hub.Start();
        using var telemetry = await hub.ApiAsync("/api/telemetry/py_client/initiated", method: HttpMethod.Head);
        Assert.Equal(HttpStatusCode.OK, telemetry.StatusCode);
        using var nothing = await hub.ApiAsync("/api/models/some/model");
        Assert.Equal(HttpStatusCode.NotFound, nothing.StatusCode);
        Assert.Equal("Not Found", nothing.Headers.GetValues("X-Error-Message").Single());
        using var agents = await hub.ApiAsync("/spaces/ada/paint/agents.md");
        Assert.Contains($"POST {WebHub.SpaceAt.GetLeftPart(UriPartial.Authority)}/gradio_api/call/", await agents.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        using var hidden = await hub.ApiAsync("/spaces/bob/sing/agents.md");
        Assert.Equal(HttpStatusCode.NotFound, hidden.StatusCode);
    }

    [Fact]
    [Trait("Behaviour", "B3")]
    public async Task Number_ThatChanges_ChangesOnEveryDoorTogether()
    {
        hub.Start();
        var (browser, token) = (await hub.SignedInAsync("ada"), hub.Ledger.NewToken("ada").Text);
        foreach (var (spend, minutes) in new[] { (0, 3.5), (60, 3.5), (0, 30.0) })
        {
            hub.Ledger.SetPlan("free", minutes);
            if (spend > 0) hub.Ledger.Run(Samples.Ada, spend, Samples.Function(120));
            var reading = hub.Ledger.Reads.Ledger(Samples.Ada).Read(hub.Catalogue.PlanOf(Samples.Ada), hub.Ledger.Clock.Now);
            var quota = await JsonAsync("/api/spaces/zero-gpu/quota", token);
            Assert.Equal((reading.Allowance.WholeSeconds, reading.Left.WholeSeconds), (quota.GetProperty("base").GetInt64(), quota.GetProperty("current").GetInt64()));
            Assert.Equal(reading.ResetsAt?.ToString(), quota.GetProperty("resetsAt").GetString());
            Assert.Equal(0, quota.GetProperty("overquotaUsed").GetInt64());
            var purse = (await JsonAsync("/v1/quota", token)).GetProperty("purses")[0];
            Assert.Equal(reading.Left.Milliseconds, purse.GetProperty("leftMilliseconds").GetInt64());
            var page = await browser.GetStringAsync(new Uri("/settings/billing", UriKind.Relative));
            Assert.Contains($"{(spend > 0 || reading.Spent > GpuTime.Zero ? "1.0" : "0.0")} / {minutes:0.#} minutes", page, StringComparison.Ordinal);
            var left = $"{reading.Left.Milliseconds / 1000m:0.###} s";
            Assert.Contains($"{left} left = {reading.Allowance.WholeSeconds} s", WebUtility.HtmlDecode(page), StringComparison.Ordinal);
            var space = await browser.GetStringAsync(new Uri("/spaces/ada/paint", UriKind.Relative));
            Assert.Contains($">{left} of {reading.Allowance.WholeSeconds} s left<", space, StringComparison.Ordinal);
            Assert.Matches($"<meter [^>]*max=\"{reading.Allowance.WholeSeconds}[^\"]*\" value=\"{reading.Left.Milliseconds / 1000m:0.###}[^\"]*\"", space);
        }
    }

    private async Task<JsonElement> JsonAsync(string path, string? token = null)
    {
        using var answer = await hub.ApiAsync(path, token);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;
    }
}
