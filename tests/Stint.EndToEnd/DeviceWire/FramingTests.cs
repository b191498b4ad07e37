using System.Net;
using System.Net.Sockets;
using System.Text;
using Stint.EndToEnd.Harness;
using Xunit;

namespace Stint.EndToEnd.DeviceWire;

/// <summary>The bytes themselves, read from a bare socket: what one read of the socket returns is what one event was.</summary>
public sealed class FramingTests(SharedHub shared) : HubTest(shared)
{
    [ClientFact]
    public async Task WaitingStream_OnTheWire_IsOneChunkAnEventEachInOneRead()
    {
        var (_, _, token) = await SomeoneAsync();
        var held = await Space.LeaseAsync(token, 30);
        await Space.WorkAllowedAsync(held);
        using var socket = await SendAsync("/schedule", $"cgroupPath=/&taskId=5&enableQueue=true&durationSeconds=30&token={token}");

        var head = await ReadAsync(socket);
        var first = head[(head.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..];
        if (first.Length == 0) first = await ReadAsync(socket);
        var second = await ReadAsync(socket);
        await Space.ReleaseAsync(held);
        var verdict = await ReadAsync(socket);
        if (verdict == "d\r\nevent: ping\n\n\r\n") verdict = await ReadAsync(socket);

        Assert.StartsWith("HTTP/1.1 200 OK\r\n", head, StringComparison.Ordinal);
        Assert.Contains("\r\nContent-Type: text/event-stream\r\n", head, StringComparison.Ordinal);
        Assert.Contains("\r\nTransfer-Encoding: chunked\r\n", head, StringComparison.Ordinal);
        Assert.Contains("\r\nX-Queuing-Reason: node\r\n", head, StringComparison.Ordinal);
        Assert.Equal("d\r\nevent: ping\n\n\r\n", first);
        Assert.Equal("d\r\nevent: ping\n\n\r\n", second);
        var text = verdict[(verdict.IndexOf("\r\n", StringComparison.Ordinal) + 2)..];
        var chunk = text[..text.IndexOf("\n\n\r\n", StringComparison.Ordinal)] + "\n\n";
        Assert.StartsWith($"{chunk.Length:x}\r\nevent: succeeded\ndata: {{\"idle\":false,\"nvidiaIndex\":0,\"nvidiaUUID\":\"GPU-", verdict, StringComparison.Ordinal);
        // The stream ends as a stream should: with a chunk of nothing.
        var rest = text[(chunk.Length + 2)..];
        Assert.Equal("0\r\n\r\n", rest.Length > 0 ? rest : await ReadAsync(socket));
        await Space.CallAsync("POST", "/release", new { allowToken = chunk.Split("\"allowToken\":\"")[1].Split('"')[0], fail = false });
    }

    [ClientFact]
    public async Task Failure_OnTheWire_IsOneChunk()
    {
        var (_, _, token) = await SomeoneAsync();
        var held = await Space.LeaseAsync(token, 30);
        await Space.WorkAllowedAsync(held);
        using var socket = await SendAsync("/schedule", $"cgroupPath=/&taskId=5&enableQueue=true&durationSeconds=30&token={token}", "X-Stint-Wait-Seconds: 1");

        var all = new StringBuilder();
        while (!all.ToString().EndsWith("0\r\n\r\n", StringComparison.Ordinal)) all.Append(await ReadAsync(socket));

        var body = all.ToString().Split("\r\n\r\n", 2)[1];
        Assert.Equal("f\r\nevent: failed\n\n\r\n0\r\n\r\n", body.Replace("d\r\nevent: ping\n\n\r\n", "", StringComparison.Ordinal));
        await Space.ReleaseAsync(held);
    }

    [ClientFact]
    public async Task Grant_OnTheWire_IsWholeAndPlain()
    {
        var (_, _, token) = await SomeoneAsync();
        using var socket = await SendAsync("/schedule", $"cgroupPath=/&taskId=6&enableQueue=true&durationSeconds=30&token={token}");

        var answer = await ReadAsync(socket);

        var (head, body) = (answer.Split("\r\n\r\n", 2)[0], answer.Split("\r\n\r\n", 2)[1]);
        Assert.StartsWith("HTTP/1.1 200 OK\r\n", head, StringComparison.Ordinal);
        Assert.Contains("\r\nContent-Type: application/json", head, StringComparison.Ordinal);
        Assert.Contains($"\r\nContent-Length: {body.Length}", head, StringComparison.Ordinal);
        Assert.Contains("\r\nX-Authenticated: pro", head, StringComparison.Ordinal);
        Assert.Matches("""^\{"idle":false,"nvidiaIndex":0,"nvidiaUUID":"GPU-[0-9a-f-]{36}","allowToken":"[^"]+"\}$""", body);
        await Space.CallAsync("POST", "/release", new { allowToken = body.Split("\"allowToken\":\"")[1].Split('"')[0], fail = false });
    }

    /// <summary>As httpx sends it: the method, everything in the query, no body.</summary>
    private async Task<Socket> SendAsync(string path, string query, string? header = null)
    {
        var address = new Uri(Space.Agent.Base);
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, address.Port);
        var request = $"POST {address.AbsolutePath}{path}?{query} HTTP/1.1\r\nHost: {address.Authority}\r\nContent-Length: 0\r\n"
            + $"Accept: */*\r\nAccept-Encoding: gzip, deflate\r\nConnection: keep-alive\r\n{(header is null ? "" : header + "\r\n")}\r\n";
        await socket.SendAsync(Encoding.ASCII.GetBytes(request));
        return socket;
    }

    private static async Task<string> ReadAsync(Socket socket)
    {
        using var late = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        var buffer = new byte[16 * 1024];
        var length = await socket.ReceiveAsync(buffer, late.Token);
        Assert.True(length > 0, "the connection was closed");
        return Encoding.ASCII.GetString(buffer, 0, length);
    }
}
