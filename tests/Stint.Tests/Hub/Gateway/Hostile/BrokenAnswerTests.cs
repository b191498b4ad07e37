using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Xunit;

namespace Stint.Tests.Hub.Gateway.Hostile;

/// <summary>
/// A Space that answers whatever bytes it likes. Two ways lead to it (decision 0018): what is plain has a forwarder of its own,
/// streams another, and both have to take every answer for the same.
/// </summary>
public sealed class BrokenAnswerTests : GatewayTest
{
    private const string ByPlainWay = "/config";
    private const string ByTheOther = "/gradio_api/call/square/nobodys";
    private const int Mutated = 150;

    private static readonly string[] Whole =
    [
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\nX-A: b\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Type: text/plain\r\n\r\n3\r\nhel\r\n2;x=y\r\nlo\r\n0\r\n\r\n",
        "HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nhello",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 404 Not here\r\nContent-Length: 4\r\n\r\ngone",
    ];

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", "200 hello")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhellomore than was said", "200 hello")]
    [InlineData("HTTP/1.1 204 No Content\r\n\r\n", "204 ")]
    [InlineData("HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n", "304 ")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 99\r\n\r\n5\r\nhello\r\n0\r\n\r\n", "200 hello")]
    [InlineData("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", "200 hello")]
    [InlineData("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nhello", "failed")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello", "failed")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nhello", null)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 4\r\n\r\nhello", null)]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel", "failed")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n0\r\n\r\n", "failed")]
    [InlineData("HTTP/1.1 200 OK\r\nX-A: \u0001b\r\nContent-Length: 5\r\n\r\nhello", "failed")]
    [InlineData("HTTP/1.1 200 OK\r\nX-A: \u00e4\r\nContent-Length: 5\r\n\r\nhello", "failed")]
    [InlineData("HTTP/1.1 20 OK\r\nContent-Length: 5\r\n\r\nhello", "failed")]
    [InlineData("SSH-2.0-OpenSSH_9.2\r\n", "failed")]
    [InlineData("", "failed")]
    public async Task Answer_OfAnyShape_IsTakenForTheSameOnBothWays(string answer, string? expected)
    {
        await using var space = new Scripted(answer);
        Hub.Serve(GatewayHub.Squares, space.Url);

        var (plain, other) = (await AskAsync(ByPlainWay), await AskAsync(ByTheOther));

        Assert.Equal(other, plain);
        if (expected is not null) Assert.Equal(expected, plain);
    }

    [Fact]
    public async Task Answer_ChangedAtRandom_IsTakenForTheSameOnBothWays()
    {
        var seed = int.TryParse(Environment.GetEnvironmentVariable("FUZZ_SEED"), CultureInfo.InvariantCulture, out var asked) ? asked : Random.Shared.Next(1_000_000);
        var random = new Random(seed);
        await using var space = new Scripted("");
        Hub.Serve(GatewayHub.Squares, space.Url);
        for (var i = 0; i < Mutated; i++)
        {
            space.Answer = Changed(Whole[random.Next(Whole.Length)], random);
            var (plain, other) = (await AskAsync(ByPlainWay), await AskAsync(ByTheOther));
            Assert.True(plain == other, $"FUZZ_SEED={seed}, number {i}: '{plain}' and '{other}' of\n{space.Answer}");
        }
    }

    [Fact]
    public async Task Answer_WithMoreThanWasSaid_IsNotTheNextVisitorsAnswer()
    {
        await using var space = new Scripted("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfirstHTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged") { Stays = true };
        Hub.Serve(GatewayHub.Squares, space.Url);
        for (var i = 0; i < 10; i++) Assert.Equal("200 first", await AskAsync(ByPlainWay));
    }

    [Fact]
    public async Task Answer_ThatBreaksOffAfterItBegan_IsSeenToBeBroken()
    {
        await using var space = new Scripted($"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n{new string('x', 60_000)}");
        Hub.Serve(GatewayHub.Squares, space.Url);
        Assert.Equal("failed", await AskAsync(ByPlainWay));
    }

    /// <summary>What a visitor hears: status and body, or that it failed, by an answer that says so or by one that breaks off.</summary>
    private async Task<string> AskAsync(string path)
    {
        var said = await RawClient.SendAsync(Hub.AddressOf(GatewayHub.Squares)!, $"GET {path} HTTP/1.1\r\nHost: {Hub.Address.Authority}\r\nConnection: close\r\n\r\n");
        var end = said.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        if (end < 0 || said.StartsWith("HTTP/1.1 502", StringComparison.Ordinal)) return "failed";
        var (head, body) = (said[..end], said[(end + 4)..]);
        var status = head.Split(' ')[1];
        if (head.Contains("Transfer-Encoding: chunked", StringComparison.OrdinalIgnoreCase)) return body.EndsWith("0\r\n\r\n", StringComparison.Ordinal) ? $"{status} {RawClient.Unchunk(body)}" : "failed";
        var length = head.Split("\r\n").FirstOrDefault(line => line.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase))?.Split(':')[1].Trim();
        return status is "304" || length is null || length == $"{body.Length}" ? $"{status} {body}" : "failed";
    }

    private static string Changed(string answer, Random random)
    {
        var bytes = new StringBuilder(answer);
        for (var times = random.Next(1, 4); times > 0 && bytes.Length > 1; times--)
        {
            var at = random.Next(bytes.Length);
            switch (random.Next(5))
            {
                case 0: bytes[at] = (char)random.Next(256); break;
                case 1: bytes.Remove(at, 1); break;
                case 2: bytes.Insert(at, "\r\n \t:;,0\0"[random.Next(9)]); break;
                case 3: bytes.Insert(at, bytes.ToString(at, Math.Min(20, bytes.Length - at))); break;
                case 4: bytes.Length = at; break;
            }
        }

        return bytes.ToString();
    }

    /// <summary>Says the same to everyone, and closes.</summary>
    private sealed class Scripted : IAsyncDisposable
    {
        private readonly TcpListener listener = new(IPAddress.Loopback, 0);
        private readonly Task serving;

        public Scripted(string answer)
        {
            Answer = answer;
            listener.Start();
            serving = ServeAsync();
        }

        public Uri Url => new($"http://{listener.LocalEndpoint}");
        public string Answer { get; set; }

        /// <summary>True where it waits for more requests on a connection, and says its answer to each.</summary>
        public bool Stays { get; init; }

        public async ValueTask DisposeAsync()
        {
            listener.Stop();
            await serving;
        }

        private async Task ServeAsync()
        {
            try
            {
                while (true) _ = AnswerAsync(await listener.AcceptTcpClientAsync());
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                // The test is over.
            }
        }

        private async Task AnswerAsync(TcpClient client)
        {
            using (client)
                try
                {
                    var (stream, buffer) = (client.GetStream(), new byte[64 * 1024]);
                    do
                    {
                        if (await stream.ReadAsync(buffer) == 0) return;
                        await stream.WriteAsync(Encoding.Latin1.GetBytes(Answer));
                    }
                    while (Stays);
                }
                catch (IOException)
                {
                    // The hub had heard enough.
                }
        }
    }
}
