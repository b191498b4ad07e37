using System.Net;
using System.Net.WebSockets;
using System.Text;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Stint.Tests.Hub.Gateway;

public sealed class ForwardingTests : GatewayTest
{
    [Fact]
    public async Task Forward_AnOrdinaryRequest_SaysWhereItCameFromAndHidesNothingElse()
    {
        var space = await ServeOkAsync();

        using var response = await GetAsync("/config?a=%2F&b=1", "X-Gradio-User: api", "X-Custom: mine", "Accept-Encoding: gzip, br");

        var (target, headers) = space.Seen.Single();
        Assert.Equal("GET /config?a=%2F&b=1", target);
        Assert.Equal(("127.0.0.1", Hub.Address.Authority, "http"), (headers["X-Forwarded-For"], headers["X-Forwarded-Host"], headers["X-Forwarded-Proto"]));
        Assert.Equal((Hub.Address.Authority, "api", "mine", "gzip, br"), (headers["Host"], headers["X-Gradio-User"], headers["X-Custom"], headers["Accept-Encoding"]));
        Assert.Equal("ok", await response.Content.ReadAsStringAsync());
    }

    /// <summary>A page that opens a stream hears that it is there, also where nothing comes by it yet.</summary>
    [Theory]
    [InlineData("/gradio_api/heartbeat/abc")]
    [InlineData("/gradio_api/queue/data?session_hash=abc")]
    public async Task Forward_AStreamThatSaysNothingYet_IsThereAtOnce(string path)
    {
        var over = new TaskCompletionSource();
        await ServeAsync(async context =>
        {
            context.Response.ContentType = "text/event-stream";
            await context.Response.Body.FlushAsync();
            await over.Task;
        });

        using var response = await GetAsync(path).WaitAsync(TimeSpan.FromSeconds(10));

        Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.ToString());
        over.SetResult();
    }

    [Theory]
    [InlineData("/x?__sign={0}", "GET /x")]
    [InlineData("/x?a=1&__sign={0}&b=2", "GET /x?a=1&b=2")]
    [InlineData("/x?_%5Fsign={0}", "GET /x")]
    [InlineData("/a%20b/%C3%A4?q=%41", "GET /a%20b/%C3%A4?q=%41")]
    public async Task Forward_ATarget_PassesAsWrittenButForASpaceToken(string path, string seen)
    {
        var space = await ServeOkAsync();
        var token = Hub.SpaceTokens.Issue(new("id-ada"), GatewayHub.Squares, Hub.Clock.Now, TimeSpan.FromMinutes(1)).Text;

        using var response = await SendRawAsync(string.Format(path, token));

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(seen, space.Seen.Single().Target);
    }

    [Fact]
    public async Task Forward_SecretsOfOurs_NeverReachTheSpace()
    {
        var space = await ServeOkAsync();
        var (access, cookie) = (Hub.AccessToken("ada"), await Hub.SignInAsync("ada", GatewayHub.Squares));

        using var one = await GetAsync("/x", "Authorization: Bearer " + access, "Cookie: " + cookie + "; stint-session=hub; other=1");
        using var two = await GetAsync("/x", "X-HF-Authorization: Bearer " + access);

        Assert.Equal(2, space.Seen.Count);
        foreach (var (_, headers) in space.Seen)
            Assert.DoesNotContain(headers, header => header.Value.Contains(access, StringComparison.Ordinal) || header.Key.Equals("Cookie", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task Forward_AForeignAuthorization_PassesOnlyWhereTheSpaceAsksForIt()
    {
        var space = await ServeOkAsync();
        Hub.Change(GatewayHub.Squares, changed => changed with { PassesAuthorization = true });

        using var foreign = await GetAsync("/x", "Authorization: Basic YWRhOmFkYQ==");
        using var ours = await GetAsync("/x", "Authorization: Bearer " + Hub.AccessToken("ada"));
        using var elsewhere = await GetAsync("/x", "Authorization: Bearer hf_" + new string('x', 34));

        Assert.Equal("Basic YWRhOmFkYQ==", space.Seen.First().Headers["Authorization"]);
        Assert.DoesNotContain("Authorization", space.Seen.ElementAt(1).Headers.Keys);
        Assert.Equal((HttpStatusCode.Unauthorized, 2), (elsewhere.StatusCode, space.Seen.Count));
    }

    [Fact]
    public async Task Forward_CookiesOfSpacesOnOneMachine_AreKeptApart()
    {
        var squares = await ServeAsync(context =>
        {
            context.Response.Headers.Append("Set-Cookie", "session=s1; Path=/; Domain=127.0.0.1; HttpOnly");
            context.Response.Headers.Append("Set-Cookie", "stint-space.ada-squares=mine; Path=/");
            return context.Response.WriteAsync("ok");
        });
        var faces = await ServeAsync(context => context.Response.WriteAsync("ok"), GatewayHub.Faces);

        using var first = await GetAsync("/x");
        var set = first.Headers.GetValues("Set-Cookie").Single();
        using var second = await GetAsync("/x", $"Cookie: {set.Split(';')[0]}; jupyter=secret");
        using var other = await SendAsync(HttpMethod.Get, "/x", GatewayHub.Faces, null, "Cookie: " + set.Split(';')[0]);

        Assert.DoesNotContain("Domain", set, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("HttpOnly", set, StringComparison.Ordinal);
        Assert.Equal("session=s1", squares.Seen.Last().Headers["Cookie"]);
        Assert.DoesNotContain("Cookie", faces.Seen.Single().Headers.Keys);
    }

    [Fact]
    public async Task Forward_AnUploadOf200Mebibytes_StreamsItWhole()
    {
        const int Length = 200 * 1024 * 1024;
        var (read, peak, before) = (0L, 0L, GC.GetTotalMemory(forceFullCollection: true));
        await ServeAsync(async context =>
        {
            var buffer = new byte[1 << 16];
            for (int count; (count = await context.Request.Body.ReadAsync(buffer)) > 0;)
            {
                read += count;
                peak = Math.Max(peak, GC.GetTotalMemory(forceFullCollection: false));
            }

            await context.Response.WriteAsync("stored");
        });
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(Hub.Address, "/gradio_api/upload")) { Content = new StreamContent(new Zeros(Length)) };

        using var response = await Hub.Client.SendAsync(request);

        Assert.Equal(("stored", Length), (await response.Content.ReadAsStringAsync(), (int)read));
        Assert.InRange(peak - before, long.MinValue, 100L * 1024 * 1024);
    }

    [Fact]
    public async Task Forward_ABodyPastTheLimit_IsRefused()
    {
        await using var small = await GatewayHub.StartAsync(Directory.CreateTempSubdirectory("stint-test-").FullName, options => options with { LargestUploadMebibytes = 1 });
        var space = await ServeOkAsync();
        small.Serve(GatewayHub.Squares, space.Url);
        using var content = new ByteArrayContent(new byte[1024 * 1024 + 1]);

        using var response = await small.Client.PostAsync(new Uri(small.Address, "/gradio_api/upload"), content);

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
    }

    [Fact]
    public async Task Forward_AStream_ArrivesMessageByMessage()
    {
        var more = new TaskCompletionSource();
        await ServeAsync(async context =>
        {
            context.Response.ContentType = "text/event-stream";
            await context.Response.WriteAsync("data: 1\n\n");
            await context.Response.Body.FlushAsync();
            await more.Task;
            await context.Response.WriteAsync("data: 2\n\n");
        });

        using var response = await GetAsync("/gradio_api/heartbeat/abc");
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
        Assert.Equal("data: 1", await reader.ReadLineAsync());
        more.SetResult();

        Assert.Equal("\ndata: 2\n\n", await reader.ReadToEndAsync());
    }

    [Theory]
    [InlineData("/gradio_api/heartbeat/abc")]
    [InlineData("/gradio_api/queue/data?session_hash=abc")]
    public async Task Forward_AClientThatLeaves_IsNoticedByTheSpaceWithinTwoSeconds(string path)
    {
        var left = new TaskCompletionSource();
        await ServeAsync(async context =>
        {
            context.Response.ContentType = "text/event-stream";
            await context.Response.WriteAsync("data: 1\n\n");
            await context.Response.Body.FlushAsync();
            using var gone = context.RequestAborted.Register(() => left.TrySetResult());
            await left.Task;
        });

        using (var response = await GetAsync(path)) Assert.Equal(HttpStatusCode.OK, response.StatusCode);

        await left.Task.WaitAsync(TimeSpan.FromSeconds(2));
    }

    [Fact]
    public async Task Forward_AWebSocket_EchoesBothWays()
    {
        await ServeAsync(async context =>
        {
            using var socket = await context.WebSockets.AcceptWebSocketAsync();
            var buffer = new byte[100];
            var received = await socket.ReceiveAsync(buffer, CancellationToken.None);
            await socket.SendAsync(buffer.AsMemory(0, received.Count), received.MessageType, true, CancellationToken.None);
            await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
        });
        using var client = new ClientWebSocket();

        await client.ConnectAsync(new UriBuilder(Hub.Address) { Scheme = "ws", Path = "/ws" }.Uri, CancellationToken.None);
        await client.SendAsync("hello"u8.ToArray(), WebSocketMessageType.Text, true, CancellationToken.None);
        var buffer = new byte[100];
        var answer = await client.ReceiveAsync(buffer, CancellationToken.None);

        Assert.Equal("hello", Encoding.UTF8.GetString(buffer, 0, answer.Count));
    }

    [Fact]
    public async Task Forward_AWebSocketWithACookieOfAnotherPage_IsRefused()
    {
        var space = await ServeOkAsync();
        using var client = new ClientWebSocket();
        client.Options.SetRequestHeader("Cookie", await Hub.SignInAsync("ada", GatewayHub.Squares));
        client.Options.SetRequestHeader("Origin", "https://evil.example");

        await Assert.ThrowsAsync<WebSocketException>(() => client.ConnectAsync(new UriBuilder(Hub.Address) { Scheme = "ws", Path = "/ws" }.Uri, CancellationToken.None));

        Assert.Empty(space.Seen);
    }

    [Fact]
    public async Task Forward_ARedirectOfTheSpace_IsNotFollowed()
    {
        var space = await ServeAsync(context =>
        {
            context.Response.Redirect("/elsewhere");
            return Task.CompletedTask;
        });

        using var response = await GetAsync("/x");

        Assert.Equal((HttpStatusCode.Found, "/elsewhere", 1), (response.StatusCode, response.Headers.Location!.ToString(), space.Seen.Count));
    }

    [Fact]
    public async Task Forward_APreflight_PassesWithoutEvidence()
    {
        await ServeAsync(context =>
        {
            context.Response.Headers.AccessControlAllowOrigin = "https://mine.example";
            context.Response.Headers.AccessControlAllowCredentials = "true";
            return Task.CompletedTask;
        });

        using var response = await SendAsync(
            HttpMethod.Options, "/run/x", null, null, "Origin: https://mine.example", "Access-Control-Request-Method: POST", "Authorization: Bearer hf_bad");

        Assert.Equal("https://mine.example", response.Headers.GetValues("Access-Control-Allow-Origin").Single());
        Assert.False(response.Headers.Contains("Access-Control-Allow-Credentials"));
    }

    [Fact]
    public async Task Forward_APage_MayBeFramedByTheHubAlone()
    {
        await ServeAsync(context =>
        {
            context.Response.ContentType = "text/html";
            return context.Response.WriteAsync("<p>hi</p>");
        });

        using var response = await GetAsync("/");

        Assert.Equal($"frame-ancestors 'self' {Hub.Options.Url.GetLeftPart(UriPartial.Authority)}", response.Headers.GetValues("Content-Security-Policy").Single());
        Assert.Equal("<p>hi</p>", await response.Content.ReadAsStringAsync());
    }

    /// <summary>As written: an <see cref="HttpClient"/> would rewrite it.</summary>
    private async Task<HttpResponseMessage> SendRawAsync(string target)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(Hub.Address.GetLeftPart(UriPartial.Authority) + target, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }));
        return await Hub.Client.SendAsync(request);
    }

    private sealed class Zeros(long length) : Stream
    {
        private long left = length;

        public override bool CanRead => true;
        public override bool CanSeek => false;
        public override bool CanWrite => false;
        public override long Length => throw new NotSupportedException();
        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count)
        {
            var read = (int)Math.Min(count, left);
            left -= read;
            return read;
        }

        public override void Flush() => throw new NotSupportedException();
        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();
        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
