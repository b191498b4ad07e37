using System.Diagnostics;
using System.Net;
using Stint.Core.Identities;
using Stint.Hub.Store;
using Stint.Hub.Tokens;
using Xunit;

namespace Stint.Tests.Hub.Gateway;

/// <summary>What the gateway remembers of sessions, tokens, accounts and Spaces never outlives a write of anyone.</summary>
public sealed class RevocationTests : GatewayTest
{
    private static readonly AccountId Ada = new("id-ada");

    public static TheoryData<string, string, bool> Ends()
    {
        var rows = new TheoryData<string, string, bool>();
        foreach (var (carrier, end) in new[]
                 {
                     ("cookie", "signed out at the Space"), ("cookie", "signed out at the hub"), ("cookie", "signed out everywhere"), ("cookie", "blocked"),
                     ("token", "revoked"), ("token", "blocked"), ("space token", "blocked"), ("identity token", "blocked"),
                 })
        {
            rows.Add(carrier, end, false);
            rows.Add(carrier, end, true);
        }

        return rows;
    }

    [Theory]
    [MemberData(nameof(Ends))]
    [Trait("Behaviour", "B1")]
    public async Task Call_AfterItsEvidenceEnded_IsRefusedAtTheVeryNextRequest(string carrier, string end, bool byAnotherProcess)
    {
        await ServeOkAsync();
        var hubSecret = Hub.Sessions.CreateHubSession(Ada, Hub.Clock.Now)!;
        var browser = Sessions.NewBrowserSecret();
        var code = Hub.Sessions.CreateCode(hubSecret, GatewayHub.Squares, Sessions.MarkOf(browser), Hub.Clock.Now)!;
        var spaceSecret = Hub.Sessions.RedeemCode(code, GatewayHub.Squares, browser, Hub.Clock.Now).Secret!;
        var (_, held, token) = Hub.AccessTokens.Create(Ada, "test", new AccessTokenGrant(AccessTokenRole.Read, []), Hub.Clock.Now);
        var header = carrier switch
        {
            "cookie" => $"Cookie: stint-space.ada-squares={spaceSecret}",
            "token" => "Authorization: Bearer " + token,
            "space token" => "x-zerogpu-token: " + Hub.SpaceTokens.Issue(Ada, GatewayHub.Squares, Hub.Clock.Now, TimeSpan.FromMinutes(5)).Text,
            _ => "X-IP-Token: " + Hub.Tokens.Issue(GatewayHub.IdentityOf("ada"), GatewayHub.Squares, "e_1", "/square", TimeSpan.FromHours(1)),
        };
        for (var times = 0; times < 3; times++) Assert.Equal(HttpStatusCode.OK, await StatusAsync(header));

        // Connections of its own and nothing in memory: what any other process has.
        var catalogue = byAnotherProcess ? new Catalogue(new Database(Hub.Options.Directory)) : Hub.Catalogue;
        var sessions = byAnotherProcess ? new Sessions(catalogue) : Hub.Sessions;
        var now = Hub.Clock.Now;
        switch (end)
        {
            case "signed out at the Space": Assert.True(sessions.EndSpaceSession(spaceSecret, now)); break;
            case "signed out at the hub": Assert.True(sessions.EndHubSession(hubSecret, now)); break;
            case "signed out everywhere": Assert.Equal(1, sessions.EndAll(Ada, now)); break;
            case "blocked": Assert.Equal(ChangeAccountOutcome.Changed, catalogue.SetBlocked(Ada, true)); break;
            case "revoked": Assert.Equal(RevokeTokenOutcome.Revoked, (byAnotherProcess ? new AccessTokens(catalogue, []) : Hub.AccessTokens).Revoke(held!.Id, now)); break;
        }

        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(header));
        if (end != "blocked") return;
        catalogue.SetBlocked(Ada, false);
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(header));
    }

    [Fact]
    public async Task Call_AfterTheCommandLineRevokedItsToken_IsRefusedAtTheVeryNextRequest()
    {
        await ServeOkAsync();
        var (_, held, text) = Hub.AccessTokens.Create(Ada, "test", new AccessTokenGrant(AccessTokenRole.Read, []), Hub.Clock.Now);
        Assert.Equal(HttpStatusCode.OK, await StatusAsync("Authorization: Bearer " + text));

        using var stint = Process.Start(new ProcessStartInfo("dotnet", [typeof(Catalogue).Assembly.Location, "token", "revoke", held!.Id, "--data", Hub.Options.Directory]) { RedirectStandardOutput = true })!;
        await stint.WaitForExitAsync();

        Assert.Equal(0, stint.ExitCode);
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync("Authorization: Bearer " + text));
    }

    [Fact]
    public async Task Call_AfterAnotherAccountSignedOut_GoesOn()
    {
        await ServeOkAsync();
        var (ada, bob) = (await Hub.SignInAsync("ada", GatewayHub.Squares), await Hub.SignInAsync("bob", GatewayHub.Squares));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync("Cookie: " + ada));

        Hub.Sessions.EndSpaceSession(bob.Split('=')[1], Hub.Clock.Now);

        Assert.Equal(HttpStatusCode.OK, await StatusAsync("Cookie: " + ada));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync("Cookie: " + bob));
    }

    private async Task<HttpStatusCode> StatusAsync(string header)
    {
        using var response = await GetAsync("/config", header);
        return response.StatusCode;
    }
}
