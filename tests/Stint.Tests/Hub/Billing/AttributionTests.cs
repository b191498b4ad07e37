using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Stint.Core.Identities;
using Xunit;

namespace Stint.Tests.Hub.Billing;

[Trait("Behaviour", "B1")]
public sealed class AttributionTests : IDisposable
{
    private readonly BillingHub hub = new();

    public void Dispose() => hub.Dispose();

    [Fact]
    public async Task Request_WithoutEvidence_IsToldHowToBeRecognised()
    {
        var problem = await RefusedAsync(null);

        Assert.Equal("evidence-missing", problem.GetProperty("code").GetString());
        Assert.Contains("Authorization: Bearer", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Request_WithARevokedToken_IsRefusedByThatName()
    {
        var (token, text) = hub.NewToken("ada");
        hub.Revoke(token.Id);

        Assert.Equal("access-token-revoked", (await RefusedAsync(text)).GetProperty("code").GetString());
    }

    [Fact]
    public async Task Request_WithAnExpiredToken_IsRefusedByThatName()
    {
        var (_, text) = hub.NewToken("ada", expiresAt: hub.Clock.Now + TimeSpan.FromMinutes(1));
        hub.Pass(60);

        Assert.Equal("access-token-expired", (await RefusedAsync(text)).GetProperty("code").GetString());
    }

    [Fact]
    public async Task Request_WithATokenOfAnotherHub_IsRefusedByThatNameAndRepeatsNothing()
    {
        var foreign = AccessToken.Create(new byte[AccessToken.RandomBytes], [1, 2, 3]);

        var problem = await RefusedAsync(foreign);

        Assert.Equal("access-token-of-another-hub", problem.GetProperty("code").GetString());
        Assert.DoesNotContain(foreign[3..12], problem.GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Request_OfABlockedAccount_IsRefusedByThatName()
    {
        var (_, text) = hub.NewToken("ada");
        hub.Catalogue.SetBlocked(hub.AdaId, true);

        Assert.Equal("account-blocked", (await RefusedAsync(text)).GetProperty("code").GetString());
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("hf_short")]
    public async Task Request_WithSomethingLikeAToken_IsRefusedAsMalformed(string text) =>
        Assert.Equal("access-token-malformed", (await RefusedAsync(text)).GetProperty("code").GetString());

    [Fact]
    public async Task Request_WithoutThePermission_IsToldWhichIsMissing()
    {
        var (_, text) = hub.NewToken("ada", AccessTokenRole.FineGrained, null, AccessTokenPermission.UseSpaces);

        using var response = await hub.SendAsync(HttpMethod.Get, "/v1/quota", text);

        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        var problem = await response.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal("quota.read", problem.GetProperty("permission").GetString());
        Assert.Equal("/problems/permission-missing", problem.GetProperty("type").GetString());
    }

    [Fact]
    public async Task ProblemType_Followed_ExplainsItself()
    {
        var problem = await RefusedAsync("nonsense");

        using var response = await hub.SendAsync(HttpMethod.Get, problem.GetProperty("type").GetString()!, null);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Contains("mistyped", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    private async Task<JsonElement> RefusedAsync(string? token)
    {
        using var response = await hub.SendAsync(HttpMethod.Get, "/v1/quota", token);
        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType!.MediaType);
        Assert.Contains("Bearer", response.Headers.WwwAuthenticate.ToString(), StringComparison.Ordinal);
        Assert.False(response.Headers.Contains("RateLimit"));
        return await response.Content.ReadFromJsonAsync<JsonElement>();
    }
}
