using System.Text;

namespace Stint.Samples.Mandelbrot.Gpu;

/// <summary>One event of a queued /schedule: ping, failed or succeeded; only the last has content.</summary>
internal sealed record QueueEvent(string Name, string? Content);

/// <summary>
/// Reads the events of a queued /schedule. `spaces` takes each network chunk for one event; this reader goes by
/// the blank line behind an event, so it also understands servers that glue events together or split them.
/// A standard parser would not do: it drops events without data, and a ping has none.
/// </summary>
internal static class QueueEvents
{
    private const int LongestEvent = 64 * 1024;

    /// <summary>As in httpx: a stream that is silent for this long is given up.</summary>
    private static readonly TimeSpan ReadTimeout = TimeSpan.FromSeconds(60);

    public static async IAsyncEnumerable<QueueEvent> Read(Stream stream)
    {
        var unread = "";
        var buffer = new byte[4096];
        var decoder = Encoding.UTF8.GetDecoder();
        var characters = new char[buffer.Length];
        while (true)
        {
            var length = await ReadSome(stream, buffer);
            if (length == 0)
            {
                break;
            }

            unread += new string(characters, 0, decoder.GetChars(buffer, 0, length, characters, 0));
            unread = unread.Replace("\r\n", "\n", StringComparison.Ordinal);
            for (int end; (end = unread.IndexOf("\n\n", StringComparison.Ordinal)) >= 0; unread = unread[(end + 2)..])
            {
                if (Parse(unread[..end]) is { } found)
                {
                    yield return found;
                }
            }

            if (unread.Length > LongestEvent)
            {
                throw new InvalidDataException("The device API sent an event of more than 64 KiB.");
            }
        }

        if (Parse(unread) is { } last)
        {
            yield return last;
        }
    }

    private static async Task<int> ReadSome(Stream stream, byte[] buffer)
    {
        using var silence = new CancellationTokenSource(ReadTimeout);
        try
        {
            return await stream.ReadAsync(buffer, silence.Token);
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"The queue of the device API was silent for {ReadTimeout.TotalSeconds} s.");
        }
    }

    private static QueueEvent? Parse(string text)
    {
        string? name = null, content = null;
        foreach (var line in text.Split('\n'))
        {
            if (line.StartsWith("event:", StringComparison.Ordinal))
            {
                name = line["event:".Length..].Trim();
            }
            else if (line.StartsWith("data:", StringComparison.Ordinal))
            {
                content += line["data:".Length..].Trim();
            }
        }

        return name is null ? null : new QueueEvent(name, content);
    }
}
