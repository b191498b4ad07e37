using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Stint.Tests.Hub.DeviceApi;

/// <summary>
/// A <c>/schedule</c> seen as bytes on a socket: the head, and the chunks of the body in order, as they were framed.
/// </summary>
internal sealed class RawStream : IDisposable
{
    private readonly TcpClient client = new();
    private readonly StringBuilder pending = new();

    public string Head { get; private set; } = "";

    public static async Task<RawStream> PostAsync(Uri hub, string path, params string[] headers)
    {
        var stream = new RawStream();
        await stream.client.ConnectAsync(hub.Host, hub.Port);
        stream.client.NoDelay = true;
        var lines = string.Concat(headers.Select(header => header + "\r\n"));
        var request = $"POST {path} HTTP/1.1\r\nHost: {hub.Authority}\r\nContent-Length: 0\r\nAccept: */*\r\nAccept-Encoding: gzip, deflate, br\r\nConnection: keep-alive\r\n{lines}\r\n";
        await stream.client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(request));
        await stream.FillAsync(text => text.Contains("\r\n\r\n", StringComparison.Ordinal));
        var end = stream.pending.ToString().IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4;
        stream.Head = stream.pending.ToString(0, end);
        stream.pending.Remove(0, end);
        return stream;
    }

    /// <summary>The value of a header; null where there is none.</summary>
    public string? Header(string name) => Head.Split("\r\n").Select(line => line.Split(": ", 2))
        .FirstOrDefault(parts => parts[0].Equals(name, StringComparison.OrdinalIgnoreCase))?[1];

    /// <summary>The next chunk; empty for the one that ends the body.</summary>
    public async Task<string> NextChunkAsync()
    {
        await FillAsync(text => text.Contains("\r\n", StringComparison.Ordinal));
        var line = pending.ToString().IndexOf("\r\n", StringComparison.Ordinal);
        var size = int.Parse(pending.ToString(0, line), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        await FillAsync(text => text.Length >= line + 2 + size + 2);
        var chunk = pending.ToString(line + 2, size);
        pending.Remove(0, line + 2 + size + 2);
        return chunk;
    }

    /// <summary>The next chunk that is no ping.</summary>
    public async Task<string> VerdictAsync()
    {
        for (; ; )
            if (await NextChunkAsync() is var chunk && chunk != "event: ping\n\n") return chunk;
    }

    public void Dispose() => client.Dispose();

    private async Task FillAsync(Func<string, bool> enough)
    {
        using var late = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        var buffer = new byte[65536];
        while (!enough(pending.ToString()))
        {
            var read = await client.GetStream().ReadAsync(buffer, late.Token);
            if (read == 0) throw new EndOfStreamException($"the stream ended after: {pending}");
            pending.Append(Encoding.ASCII.GetString(buffer, 0, read));
        }
    }
}
