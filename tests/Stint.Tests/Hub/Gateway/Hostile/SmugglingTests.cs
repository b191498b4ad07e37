using Xunit;

namespace Stint.Tests.Hub.Gateway.Hostile;

/// <summary>Each is a way to make one server see two requests where another sees one. What the second would carry never arrives, whoever sees how many.</summary>
public sealed class SmugglingTests : GatewayTest
{
    private const string Second = "GET /smuggled HTTP/1.1\r\nHost: x\r\nX-IP-Token: smuggled\r\nX-Forwarded-For: 198.51.100.1\r\n\r\n";

    public static TheoryData<string, string> Shapes => new()
    {
        { "CL.TE", $"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{Second}" },
        { "TE.CL", $"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n{Second}" },
        { "TE.CL with a body", $"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n5c\r\n{Second}\r\n0\r\n\r\n" },
        { "TE.TE unknown", $"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n{Second}" },
        { "TE.TE twice", $"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n{Second}" },
        { "TE.TE both", $"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n{Second}" },
        { "TE.TE chunked twice", $"Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n{Second}" },
        { "TE.TE space before the colon", $"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n{Second}" },
        { "TE.TE tab", $"Transfer-Encoding:\tchunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n{Second}" },
        { "TE.TE vertical tab", $"Transfer-Encoding: \u000bchunked\r\nContent-Length: 0\r\n\r\n{Second}" },
        { "TE.TE underscore", $"Transfer_Encoding: chunked\r\nContent-Length: 0\r\n\r\n{Second}" },
        { "TE.TE quoted", $"Transfer-Encoding: \"chunked\"\r\nContent-Length: 0\r\n\r\n{Second}" },
        { "CL twice", $"Content-Length: 0\r\nContent-Length: {Second.Length}\r\n\r\n{Second}" },
        { "CL in one line", $"Content-Length: 0, {Second.Length}\r\n\r\n{Second}" },
        { "CL with a sign", $"Content-Length: +0\r\n\r\n{Second}" },
        { "CL below nothing", $"Content-Length: -1\r\n\r\n{Second}" },
        { "CL as hex", $"Content-Length: 0x0\r\n\r\n{Second}" },
        { "CL with blanks", $"Content-Length: 0 0\r\n\r\n{Second}" },
        { "CL past counting", $"Content-Length: 18446744073709551616\r\n\r\n{Second}" },
        { "bare LF between headers", $"X-A: b\nContent-Length: 0\r\n\r\n{Second}" },
        { "bare LF at the end of the head", $"Content-Length: 0\r\n\n{Second}" },
        { "bare CR", $"X-A: b\rContent-Length: 0\r\n\r\n{Second}" },
        { "folded", $"X-A: b\r\n X-IP-Token: smuggled\r\nContent-Length: 0\r\n\r\n{Second}" },
        { "folded first", $" X-IP-Token: smuggled\r\nContent-Length: 0\r\n\r\n{Second}" },
        { "NUL in a name", $"X-A\0: b\r\nContent-Length: 0\r\n\r\n{Second}" },
        { "NUL in a value", $"X-A: b\0c\r\nContent-Length: 0\r\n\r\n{Second}" },
        { "chunk extension with a line in it", $"Transfer-Encoding: chunked\r\n\r\n0;a=\"\r\n\r\n{Second}\"\r\n\r\n" },
        { "chunk extension with a bare LF", $"Transfer-Encoding: chunked\r\n\r\n2;\n{{}}\r\n0\r\n\r\n{Second}" },
        { "chunk length with a sign", $"Transfer-Encoding: chunked\r\n\r\n+0\r\n\r\n{Second}" },
        { "chunk length as hex", $"Transfer-Encoding: chunked\r\n\r\n0x0\r\n\r\n{Second}" },
        { "chunk length past counting", $"Transfer-Encoding: chunked\r\n\r\n10000000000000000\r\n\r\n{Second}" },
        { "chunk lines that end in LF", $"Transfer-Encoding: chunked\n\n0\n\n{Second}" },
        { "chunk longer than said", $"Transfer-Encoding: chunked\r\n\r\n2\r\n{{}}{Second}\r\n0\r\n\r\n" },
        { "trailer with a header of ours", $"Transfer-Encoding: chunked\r\n\r\n0\r\nX-IP-Token: smuggled\r\nContent-Length: 9\r\n\r\n{Second}" },
        { "upgrade with a body", $"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nContent-Length: {Second.Length}\r\n\r\n{Second}" },
        { "expect", $"Expect: 100-continue\r\nContent-Length: 0\r\n\r\n{Second}" },
        { "HTTP/0.9 behind it", $"Content-Length: 0\r\n\r\nGET /smuggled\r\n" },
    };

    /// <summary>The connection stays open, so that what is left over would be taken for a request: of the hub's, and then it is stripped, or of the Space's.</summary>
    [Fact]
    public async Task Request_OfASmugglersShape_BringsTheSpaceNothingThatTheHubDidNotSend()
    {
        var space = await ServeOkAsync();
        foreach (var shape in Shapes)
        {
            var (name, rest) = ((string)shape[0], (string)shape[1]);
            foreach (var method in new[] { "POST", "GET" })
            {
                await SendAsync($"{method} /run/first HTTP/1.1\r\nHost: {Hub.Address.Authority}\r\n{rest}");
                foreach (var seen in space.Seen)
                {
                    Assert.True(seen.Headers.GetValueOrDefault("X-Forwarded-For") == "127.0.0.1", $"{name}: {seen.Target} came without the hub");
                    Assert.DoesNotContain(seen.Headers, header => header.Value.Contains("smuggled", StringComparison.Ordinal) || header.Value.Contains("198.51", StringComparison.Ordinal));
                }

                space.Seen.Clear();
            }
        }

        using var after = await GetAsync("/x");
        Assert.Equal("ok", await after.Content.ReadAsStringAsync());
    }

    /// <summary>As much as comes within a moment: most of these are answered and closed at once, and a few wait for more.</summary>
    private async Task SendAsync(string request)
    {
        using var client = new System.Net.Sockets.TcpClient();
        await client.ConnectAsync(Hub.Address.Host, Hub.Address.Port);
        await using var stream = client.GetStream();
        using var limit = new CancellationTokenSource(TimeSpan.FromMilliseconds(100));
        try
        {
            await stream.WriteAsync(System.Text.Encoding.Latin1.GetBytes(request), limit.Token);
            await stream.CopyToAsync(Stream.Null, limit.Token);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            // It does not read on, or waits.
        }
    }
}
