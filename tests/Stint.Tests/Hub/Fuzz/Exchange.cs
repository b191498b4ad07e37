using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Stint.Tests.Hub.Fuzz;

/// <summary>What became of a request.</summary>
/// <param name="Status">0 where the connection was closed without an answer, or nothing had come when the client gave up.</param>
/// <param name="Hung">True where a whole request got no answer, or one without an end, within the bound.</param>
internal sealed record Exchanged(int Status, string Answer, bool Hung);

/// <summary>One connection, one request, whatever it looks like: sent as it is, and read until the answer is whole, the connection closed or the time over.</summary>
internal static class Exchange
{
    /// <summary>How long a whole request may take; far more than any does, on a machine that does other things too.</summary>
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(20);

    /// <summary>How long the client waits where the server may rightly wait for more.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(60);

    private const int LongestAnswer = 2 * 1024 * 1024;

    /// <param name="after">What is sent once the connection is upgraded; null for nothing.</param>
    public static async Task<Exchanged> RunAsync(IPEndPoint to, FuzzRequest request, byte[] bytes, byte[]? after = null)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, LingerState = new LingerOption(true, 0) };
        await socket.ConnectAsync(to);
        using var over = new CancellationTokenSource(Bound);
        try
        {
            await SendAsync(socket, request.LeavesAfter is { } end && end < bytes.Length ? bytes[..end] : bytes, request.Pieces, over.Token);
        }
        catch (SocketException)
        {
            // The server would not read on; it may have said why.
        }

        return request.LeavesAfter is not null ? new(0, "", false) : await ReadAsync(socket, request, after, over);
    }

    private static async Task SendAsync(Socket socket, byte[] bytes, int pieces, CancellationToken stop)
    {
        var size = Math.Max(1, (bytes.Length + pieces - 1) / pieces);
        for (var at = 0; at < bytes.Length; at += size)
        {
            if (at > 0) await Task.Delay(2, stop);
            for (var piece = bytes.AsMemory(at, Math.Min(size, bytes.Length - at)); piece.Length > 0;) piece = piece[await socket.SendAsync(piece, stop)..];
        }
    }

    private static async Task<Exchanged> ReadAsync(Socket socket, FuzzRequest request, byte[]? after, CancellationTokenSource over)
    {
        var (answer, buffer, started) = (new MemoryStream(), new byte[16 * 1024], Stopwatch.GetTimestamp());
        if (!request.IsWhole) over.CancelAfter(Patience);
        try
        {
            while (answer.Length < LongestAnswer)
            {
                var count = await socket.ReceiveAsync(buffer, over.Token);
                if (count == 0) break;
                answer.Write(buffer, 0, count);
                var so = Text(answer);
                if (Status(so) == 101 && after is not null)
                {
                    over.CancelAfter(Patience);
                    await SendAsync(socket, after, 1, over.Token);
                    after = null;
                }
                else if (IsWhole(so, request.Method == "HEAD")) break;
            }
        }
        catch (SocketException)
        {
            // Reset: what was read before stands.
        }
        catch (OperationCanceledException)
        {
            var read = Text(answer);
            return new(Status(read), read, request.IsWhole && Status(read) != 101);
        }

        return new(Status(Text(answer)), Text(answer), false);
    }

    private static string Text(MemoryStream answer) => Encoding.Latin1.GetString(answer.GetBuffer(), 0, (int)answer.Length);

    /// <summary>Of the answer itself, not of one that only says that it comes.</summary>
    private static int Status(string answer)
    {
        answer = Final(answer);
        return answer.StartsWith("HTTP/1.1 ", StringComparison.Ordinal) && answer.Length > 12 && int.TryParse(answer.AsSpan(9, 3), NumberStyles.None, CultureInfo.InvariantCulture, out var status) ? status : 0;
    }

    private static string Final(string answer)
    {
        while (answer.StartsWith("HTTP/1.1 100", StringComparison.Ordinal) && answer.IndexOf("\r\n\r\n", StringComparison.Ordinal) is > 0 and var end) answer = answer[(end + 4)..];
        return answer;
    }

    private static bool IsWhole(string answer, bool hasNoBody)
    {
        answer = Final(answer);
        var end = answer.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        if (end < 0 || Status(answer) is 0 or 101) return false;
        var (head, body) = (answer[..end], answer.Length - end - 4);
        if (hasNoBody || Status(answer) is 204 or 304) return true;
        // A stream may go on for as long as its event does: what matters has come.
        if (head.Contains("text/event-stream", StringComparison.OrdinalIgnoreCase)) return true;
        if (head.Contains("Transfer-Encoding: chunked", StringComparison.OrdinalIgnoreCase)) return answer.EndsWith("0\r\n\r\n", StringComparison.Ordinal);
        var at = head.IndexOf("Content-Length: ", StringComparison.OrdinalIgnoreCase);
        return at >= 0 && int.TryParse(head[(at + 16)..].Split('\r')[0], NumberStyles.None, CultureInfo.InvariantCulture, out var length) && body >= length;
    }
}
