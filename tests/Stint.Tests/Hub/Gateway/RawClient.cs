using System.Net.Sockets;
using System.Text;

namespace Stint.Tests.Hub.Gateway;

/// <summary>Writes a request as it is given, byte by byte, where a well-behaved client would correct it.</summary>
internal static class RawClient
{
    /// <summary>The whole answer, up to the end of the connection.</summary>
    public static async Task<string> SendAsync(Uri to, string request)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(to.Host, to.Port);
        await using var stream = client.GetStream();
        await stream.WriteAsync(Encoding.Latin1.GetBytes(request));
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        using var answer = new MemoryStream();
        try
        {
            await stream.CopyToAsync(answer, limit.Token);
        }
        catch (IOException)
        {
            // A server that will not read on resets the connection.
        }

        return Encoding.Latin1.GetString(answer.ToArray());
    }

    /// <summary>The body of an answer, its chunks put together.</summary>
    public static string Body(string answer)
    {
        var end = answer.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        var (head, body) = (answer[..end], answer[(end + 4)..]);
        return head.Contains("transfer-encoding: chunked", StringComparison.OrdinalIgnoreCase) ? Unchunk(body) : body;
    }

    public static string Unchunk(string body)
    {
        var whole = new StringBuilder();
        while (body.IndexOf("\r\n", StringComparison.Ordinal) is > 0 and var end && Convert.ToInt32(body[..end], 16) is > 0 and var length)
        {
            whole.Append(body, end + 2, length);
            body = body[(end + 2 + length + 2)..];
        }

        return whole.ToString();
    }
}
