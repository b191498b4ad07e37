using System.Net;
using Microsoft.AspNetCore.Http;
using Stint.Core.Spaces;
using Xunit;

namespace Stint.Tests.Hub.Gateway.Hostile;

/// <summary>What a Space answers speaks for its own address alone, whatever it says: not for the hub, not for another Space, not for the host.</summary>
public sealed class SpaceAnswerTests : GatewayTest
{
    [Theory]
    [InlineData("stint-hub.7860=x")]
    [InlineData("STINT-HUB.7860=x")]
    [InlineData("  stint-space.ada-squares=x; Path=/")]
    [InlineData("\tstint-way.ada-squares=x")]
    [InlineData("stint-space.bob-faces=; Max-Age=0")]
    [InlineData("stint-visitor =x")]
    [InlineData("__Host-stint-hub=x; Secure; Path=/")]
    [InlineData("__host-stint-space=x; Secure; Path=/")]
    [InlineData("__Secure-stint-form=x; Secure")]
    [InlineData("=stint-hub.7860=x")]
    [InlineData("stint-hub.7860")]
    [InlineData("")]
    public async Task Cookie_OfOurs_IsNeitherSetNorCleared(string line)
    {
        await AnswerAsync("Set-Cookie", line);

        using var response = await GetAsync("/x");

        Assert.False(response.Headers.Contains("Set-Cookie"));
    }

    [Theory]
    [InlineData("a=1; Domain=127.0.0.1; Path=/", "s.ada-squares.a=1; Path=/")]
    [InlineData("a=1;domain=.example.org", "s.ada-squares.a=1")]
    [InlineData("a=1; DOMAIN = example.org; HttpOnly", "s.ada-squares.a=1; HttpOnly")]
    [InlineData("s.bob-faces.a=1", "s.ada-squares.s.bob-faces.a=1")]
    [InlineData("__Host-a=1; Path=/; Secure", "s.ada-squares.__Host-a=1; Path=/; Secure")]
    public async Task Cookie_OfItsOwn_IsForThisSpaceAlone(string line, string sent)
    {
        await AnswerAsync("Set-Cookie", line);

        using var response = await GetAsync("/x");

        Assert.Equal(sent, response.Headers.GetValues("Set-Cookie").Single());
    }

    [Fact]
    public async Task Cookie_OfOursWithAnUpgrade_IsNotSetEither()
    {
        await ServeAsync(async context =>
        {
            context.Response.Headers.Append("Set-Cookie", "stint-space.ada-squares=x");
            context.Response.Headers["Clear-Site-Data"] = "\"cookies\"";
            using var socket = await context.WebSockets.AcceptWebSocketAsync();
        });

        var answer = await RawClient.SendAsync(
            Hub.Address, $"GET /ws HTTP/1.1\r\nHost: {Hub.Address.Authority}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 101", answer, StringComparison.Ordinal);
        Assert.DoesNotContain("stint-space", answer, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("Clear-Site-Data", answer, StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>A browser would clear the cookies of the whole domain, and with them whoever is signed in at the hub.</summary>
    [Theory]
    [InlineData("\"cookies\"", null)]
    [InlineData("\"*\"", null)]
    [InlineData("\"cookies\", \"storage\"", "\"storage\"")]
    [InlineData("\"Cookies\",\"cache\" , \"clientHints\"", "\"cache\"")]
    [InlineData("\"executionContexts\"", "\"executionContexts\"")]
    public async Task ClearSiteData_OfASpace_IsOfItsOwnOriginAlone(string said, string? sent)
    {
        await AnswerAsync("Clear-Site-Data", said);

        using var response = await GetAsync("/x");

        Assert.Equal(sent, response.Headers.TryGetValues("Clear-Site-Data", out var values) ? string.Join(", ", values) : null);
    }

    [Theory]
    [InlineData("Strict-Transport-Security", "max-age=31536000; includeSubDomains")]
    [InlineData("Service-Worker-Allowed", "/")]
    [InlineData("Alt-Svc", "h2=\":7860\"")]
    [InlineData("Public-Key-Pins", "pin-sha256=x; max-age=9")]
    public async Task Header_ByWhichASpaceWouldSpeakForTheHost_DoesNotPass(string name, string value)
    {
        await AnswerAsync(name, value);

        using var response = await GetAsync("/x");

        Assert.False(response.Headers.Contains(name));
    }

    [Theory]
    [InlineData(200, "text/html")]
    [InlineData(404, "text/html; charset=utf-8")]
    [InlineData(500, "text/html")]
    [InlineData(200, "application/xhtml+xml")]
    [InlineData(200, "image/svg+xml")]
    [InlineData(200, "text/xml")]
    [InlineData(200, null)]
    public async Task Answer_OfAnyKindThatABrowserShows_IsFramedByTheHubAlone(int status, string? type)
    {
        await ServeAsync(context =>
        {
            (context.Response.StatusCode, context.Response.ContentType) = (status, type);
            context.Response.Headers.ContentSecurityPolicy = "frame-ancestors *";
            context.Response.Headers.XFrameOptions = "ALLOWALL";
            return context.Response.WriteAsync("<html><body>pay here</body></html>");
        });

        using var response = await GetAsync("/");

        // A browser obeys each policy by itself: none of a Space's own widens ours.
        Assert.Contains($"frame-ancestors 'self' {Hub.Options.Url.GetLeftPart(UriPartial.Authority)}", response.Headers.GetValues("Content-Security-Policy"));
        Assert.False(response.Headers.Contains("X-Frame-Options"));
    }

    [Theory]
    [InlineData("/.stint/welcome?path=%2F", HttpStatusCode.OK)]
    [InlineData("/.stint/session?code=x", HttpStatusCode.Forbidden)]
    [InlineData("/", HttpStatusCode.Unauthorized)]
    [InlineData("/down", HttpStatusCode.ServiceUnavailable)]
    public async Task Page_OfTheGatewayItself_IsFramedByTheHubAlone(string path, HttpStatusCode status)
    {
        if (path == "/") await ServeOkAsync();
        string[] bad = path == "/" ? ["Authorization: Bearer hf_bad"] : ["Cookie: stint-visitor=x"];

        using var response = await GetAsync(path, [.. bad, "Accept: text/html", "Sec-Fetch-Mode: navigate"]);

        Assert.Equal(status, response.StatusCode);
        Assert.EndsWith($"; frame-ancestors {Hub.Options.Url.GetLeftPart(UriPartial.Authority)}", response.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Navigation_WithTwoSessionsOfOneName_IsToldAndNotSentRoundInCircles()
    {
        await ServeOkAsync();
        var cookie = await Hub.SignInAsync("ada", GatewayHub.Squares);

        using var response = await GetAsync("/app", "Accept: text/html", $"Cookie: {cookie}; {cookie}");

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
    }

    private Task<FakeSpace> AnswerAsync(string header, string value, SpaceId? space = null) => ServeAsync(
        context =>
        {
            context.Response.Headers.Append(header, value);
            return context.Response.WriteAsync("ok");
        },
        space);
}
