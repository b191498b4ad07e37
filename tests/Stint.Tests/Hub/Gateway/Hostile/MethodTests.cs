using Stint.Core.Spaces;
using Xunit;

namespace Stint.Tests.Hub.Gateway.Hostile;

public sealed class MethodTests : GatewayTest
{
    /// <summary>One asks for another server. The other has a Space repeat what it was sent, and with it the token that is meant for the Space alone.</summary>
    [Theory]
    [InlineData("CONNECT", "/run/x")]
    [InlineData("CONNECT", "169.254.169.254:80")]
    [InlineData("TRACE", "/run/x")]
    public async Task Method_ThatIsNotOfTheWeb_NeverReachesASpace(string method, string target)
    {
        var space = await ServeOkAsync();

        var answer = await RawClient.SendAsync(Hub.Address, $"{method} {target} HTTP/1.1\r\nHost: {(target.StartsWith('/') ? Hub.Address.Authority : target)}\r\nConnection: close\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 405", answer, StringComparison.Ordinal);
        Assert.Empty(space.Seen);
    }

    [Fact]
    public async Task Upgrade_ThatCallsItselfAPreflight_IsAskedWhoItIsAllTheSame()
    {
        var space = await ServeOkAsync();
        Hub.Change(GatewayHub.Squares, changed => changed with { Visibility = SpaceVisibility.Private });

        var answer = await RawClient.SendAsync(
            Hub.Address, $"OPTIONS /ws HTTP/1.1\r\nHost: {Hub.Address.Authority}\r\nConnection: Upgrade, close\r\nUpgrade: websocket\r\nAccess-Control-Request-Method: GET\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 401", answer, StringComparison.Ordinal);
        Assert.Empty(space.Seen);
    }

    [Fact]
    public async Task Upgrade_WithABody_IsRefusedAsItsSendersFault()
    {
        var space = await ServeOkAsync();

        var answer = await RawClient.SendAsync(
            Hub.Address,
            $"GET /ws HTTP/1.1\r\nHost: {Hub.Address.Authority}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nTransfer-Encoding: chunked\r\n\r\n9223372036854775808\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 400", answer, StringComparison.Ordinal);
        Assert.Contains("\"side\":\"client\"", answer, StringComparison.Ordinal);
        Assert.Empty(space.Seen);
    }

    /// <summary>A preflight has no evidence and starts nothing; what only looks like one is somebody's request like any other.</summary>
    [Theory]
    [InlineData("/gradio_api/mcp/", "", false)]
    [InlineData("/gradio_api/call/square", "", false)]
    [InlineData("/ws", "Connection: Upgrade, close\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n", true)]
    public async Task Preflight_WhereverItGoes_StartsNoEvent(string path, string more, bool startsEvent)
    {
        var space = await ServeOkAsync();

        var answer = await RawClient.SendAsync(
            Hub.Address,
            $"OPTIONS {path} HTTP/1.1\r\nHost: {Hub.Address.Authority}\r\nOrigin: https://elsewhere.example\r\nAccess-Control-Request-Method: POST\r\n{(more.Length > 0 ? more : "Connection: close\r\n")}\r\n");

        Assert.DoesNotContain("HTTP/1.1 500", answer, StringComparison.Ordinal);
        Assert.All(space.Seen, seen => Assert.Equal(startsEvent, seen.Headers.ContainsKey("X-IP-Token")));
        Assert.Single(space.Seen);
    }
}
