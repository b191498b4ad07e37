using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Stint.Bench.Overview;

/// <summary>
/// One connection to the device API, used by one thread that waits in the kernel and nowhere else. The platform's client took more
/// of two processors than the hub that was to be measured, and its own threads and collections were half of the slowest
/// percent: a Space's is another process, mostly on another machine. Knows of HTTP/1.1 what that API answers with.
/// </summary>
internal sealed class WireConnection : IDisposable
{
    private readonly Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly byte[] received = new byte[16 * 1024];
    private readonly byte[] asked = new byte[16 * 1024];
    private readonly StringBuilder body = new();
    private readonly string prefix;
    private readonly string host;
    private int at, end;

    public WireConnection(Uri address)
    {
        (prefix, host) = (address.AbsolutePath, address.Authority);
        socket.Connect(IPAddress.Parse(address.Host), address.Port);
    }

    /// <returns>Once all of the answer is there.</returns>
    public (int Status, string Body) Post(string path)
    {
        var length = Encoding.ASCII.GetBytes($"POST {prefix}{path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: 0\r\n\r\n", asked);
        for (var sent = 0; sent < length;) sent += socket.Send(asked.AsSpan(sent, length - sent));
        var status = int.Parse(Line().AsSpan("HTTP/1.1 ".Length, 3), CultureInfo.InvariantCulture);
        var (size, isChunked) = (0, false);
        while (Line() is { Length: > 0 } header)
            if (header.StartsWith("Content-Length: ", StringComparison.OrdinalIgnoreCase)) size = int.Parse(header.AsSpan("Content-Length: ".Length), CultureInfo.InvariantCulture);
            else if (header.Equals("Transfer-Encoding: chunked", StringComparison.OrdinalIgnoreCase)) isChunked = true;
        body.Clear();
        if (!isChunked) Take(size);
        else
            while (true)
            {
                var chunk = int.Parse(Line(), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
                Take(chunk);
                Line();
                if (chunk == 0) break;
            }

        return (status, body.ToString());
    }

    public void Dispose() => socket.Dispose();

    private string Line()
    {
        while (true)
        {
            if (received.AsSpan(at, end - at).IndexOf("\r\n"u8) is var length and >= 0)
            {
                var line = Encoding.ASCII.GetString(received, at, length);
                at += length + 2;
                return line;
            }

            Receive();
        }
    }

    private void Take(int size)
    {
        while (size > 0)
        {
            if (at == end) Receive();
            var part = Math.Min(size, end - at);
            body.Append(Encoding.ASCII.GetString(received, at, part));
            (at, size) = (at + part, size - part);
        }
    }

    private void Receive()
    {
        // What was looked at already makes room.
        received.AsSpan(at, end - at).CopyTo(received);
        (at, end) = (0, end - at);
        var got = end < received.Length ? socket.Receive(received.AsSpan(end)) : throw new InvalidOperationException("a line of the hub's is longer than any it sends");
        if (got == 0) throw new InvalidOperationException("the hub closed the connection");
        end += got;
    }
}
