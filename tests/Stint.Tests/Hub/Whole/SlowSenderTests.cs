using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using Stint.Tests.Hub.Gateway;
using Xunit;

namespace Stint.Tests.Hub.Whole;

/// <summary>Whoever announces a body and sends next to nothing of it does not hold a door open.</summary>
public sealed class SlowSenderTests(SharedWholeHub shared) : IClassFixture<SharedWholeHub>
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(25);

    [Fact]
    public async Task Body_ThatTricklesIn_IsGivenUpOnAtEveryDoor()
    {
        var hub = shared.Hub;
        var token = hub.AccessToken("ada");
        (Uri At, string Path, string Type)[] doors =
        [
            (hub.Url, "/sign-in", "application/x-www-form-urlencoded"), (hub.Url, "/set-up/x", "application/x-www-form-urlencoded"), (hub.Url, "/v1/quote", "application/json"),
            (hub.Space, "/gradio_api/queue/join", "application/json"), (hub.Space, "/run/x", "application/json"), (hub.Options.DeviceUrl, hub.DevicePath("release"), "text/plain"),
        ];
        var took = await Task.WhenAll(doors.Select(door => TrickleAsync(door.At, $"POST {door.Path} HTTP/1.1\r\nHost: {door.At.Authority}\r\nAuthorization: Bearer {token}\r\nContent-Type: {door.Type}\r\nContent-Length: 100000\r\n\r\n")));

        Assert.All(took, each => Assert.InRange(each, TimeSpan.Zero, Bound));
        using var client = GatewayHub.NewClient();
        Assert.Equal("ok", await client.GetStringAsync(new Uri(hub.Space, "/x")));
    }

    /// <summary>How long the connection was held open.</summary>
    private static async Task<TimeSpan> TrickleAsync(Uri at, string head)
    {
        var started = Stopwatch.GetTimestamp();
        using var client = new TcpClient();
        await client.ConnectAsync(at.Host, at.Port);
        await using var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(head));
        using var over = new CancellationTokenSource(Bound + TimeSpan.FromSeconds(5));
        var closed = stream.CopyToAsync(Stream.Null, over.Token);
        try
        {
            while (!closed.IsCompleted)
            {
                await stream.WriteAsync("a"u8.ToArray(), over.Token);
                await Task.WhenAny(closed, Task.Delay(500, over.Token));
            }

            await closed;
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            // Reset, or not closed at all: the time says which.
        }

        return Stopwatch.GetElapsedTime(started);
    }
}
