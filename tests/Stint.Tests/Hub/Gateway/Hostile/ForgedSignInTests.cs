using System.Net;
using Stint.Hub;
using Stint.Hub.Tokens;
using Xunit;

namespace Stint.Tests.Hub.Gateway.Hostile;

/// <summary>Nobody is signed in at a Space's address, or out of it, by a link or a form of somebody else's.</summary>
public sealed class ForgedSignInTests : GatewayTest
{
    [Fact]
    public async Task Session_ByALinkThatSomebodyElseWasGiven_SignsNobodyIn()
    {
        var (evesWay, evesCode) = await Hub.OnTheWayAsync("eve", GatewayHub.Squares);
        var (adasWay, _) = await Hub.OnTheWayAsync("ada", GatewayHub.Squares);

        // Eve leads Ada's browser to the address that the hub gave to Eve: with nothing there, and while Ada is on her own way in.
        foreach (var cookies in new[] { null, adasWay, adasWay + "; " + evesWay, evesWay.Split('=')[0] + "=" })
        {
            using var led = await GetAsync(Visit.AtSpace(evesCode), cookies is null ? [] : ["Cookie: " + cookies]);

            Assert.Equal(HttpStatusCode.Forbidden, led.StatusCode);
            Assert.False(led.Headers.Contains("Set-Cookie"));
            Assert.Contains("made for another browser", WebUtility.HtmlDecode(await led.Content.ReadAsStringAsync()), StringComparison.Ordinal);
        }

        using var herself = await GetAsync(Visit.AtSpace(evesCode), "Cookie: " + evesWay);
        Assert.Equal(HttpStatusCode.Found, herself.StatusCode);
    }

    [Fact]
    public async Task Way_WithoutACookie_BeginsWithASecretThatTheHubIsShownOnlyAMarkOf()
    {
        using var begun = await GetAsync(Visit.Begin("/app?x=1"));
        var cookie = begun.Headers.GetValues("Set-Cookie").Single();
        var secret = cookie.Split(';')[0].Split('=')[1];

        Assert.Matches("^stint-way\\.ada-squares=[\\w-]{43}; Path=/; Max-Age=600; HttpOnly; SameSite=Lax$", cookie);
        Assert.Equal($"{Hub.Options.Url}visit/ada/squares?path=%2Fapp%3Fx%3D1&browser={Sessions.MarkOf(secret)}", begun.Headers.Location!.ToString());
        Assert.DoesNotContain(secret, begun.Headers.Location.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("chosen", false)]
    [InlineData("ChosenByEveChosenByEveChosenByEveChosenByEA", true)]
    public async Task Way_WithACookieAlready_GoesOnWithItWhereItIsOne(string value, bool kept)
    {
        using var begun = await GetAsync(Visit.Begin(), $"Cookie: stint-way.ada-squares={value}");

        Assert.Equal(kept, begun.Headers.GetValues("Set-Cookie").Single().Contains(value, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Way_NeverReachesTheSpace()
    {
        var space = await ServeOkAsync();
        var (way, _) = await Hub.OnTheWayAsync("ada", GatewayHub.Squares);

        using var response = await GetAsync("/x", "Cookie: " + way);

        Assert.DoesNotContain("Cookie", space.Seen.Single().Headers.Keys);
    }
}
