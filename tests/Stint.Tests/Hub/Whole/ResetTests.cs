using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Logging;
using Stint.Tests.Hub.Gateway;
using Xunit;

namespace Stint.Tests.Hub.Whole;

/// <summary>Whoever resets a connection in the middle of a body is gone, and nothing more: no fault of the hub's, no line in its log.</summary>
public sealed class ResetTests(SharedWholeHub shared) : IClassFixture<SharedWholeHub>
{
    private const int Times = 20;

    [Fact]
    public async Task Connection_ResetInTheMiddleOfABody_LeavesNoFaultInTheLogAtAnyDoor()
    {
        var hub = shared.Hub;
        var token = hub.AccessToken("ada");
        (Uri At, string Path, string Type)[] doors =
        [
            (hub.Url, "/sign-in", "application/x-www-form-urlencoded"), (hub.Url, "/v1/quote", "application/json"), (hub.Space, "/gradio_api/queue/join", "application/json"),
            (hub.Space, "/run/x", "application/json"), (hub.Space, "/gradio_api/upload", "multipart/form-data; boundary=b"), (hub.Options.DeviceUrl, hub.DevicePath("release"), "text/plain"),
        ];
        hub.Log.Clear();
        foreach (var door in doors)
            await Task.WhenAll(Enumerable.Range(0, Times).Select(length => ResetAsync(
                door.At, $"POST {door.Path} HTTP/1.1\r\nHost: {door.At.Authority}\r\nAuthorization: Bearer {token}\r\nContent-Type: {door.Type}\r\nContent-Length: 100000\r\n\r\n{new string('a', 100 * length)}")));
        // What was sent before these has been heard by now: they wait behind it, one by one.
        using var client = GatewayHub.NewClient();
        for (var i = 0; i < Times; i++) Assert.Equal("ok", await client.GetStringAsync(new Uri(hub.Space, "/x")));

        var faults = hub.Log.Where(line => line.Level is >= LogLevel.Error and not LogLevel.None).Select(line => $"{line.Category}: {line.Text}").ToList();
        Assert.True(faults.Count == 0, $"{faults.Count} lines, such as {string.Join("\n---\n", faults.DistinctBy(line => line.Split(':')[0]).Take(3))}");
    }

    /// <summary>Sends as much and closes without a word: the other side is told that the connection was reset.</summary>
    private static async Task ResetAsync(Uri at, string beginning)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { LingerState = new(enable: true, seconds: 0) };
        await socket.ConnectAsync(at.Host, at.Port);
        await socket.SendAsync(Encoding.ASCII.GetBytes(beginning));
        // The head has to be read before the rest is missed.
        await Task.Delay(50);
        socket.Close();
    }
}
