using System.Text;

namespace Stint.Hub.Spaces.Supervision;

/// <summary>
/// Cuts a stream of bytes into lines. A progress bar's carriage return ends one too; a line that does not end is cut, at a
/// blank where it has one, so that no address in it is torn and no stream fills the memory.
/// </summary>
internal sealed class OutputLines(Action<string> line)
{
    public const int LongestLine = 16 * 1024;

    private readonly Decoder decoder = Encoding.UTF8.GetDecoder();
    private readonly StringBuilder open = new();
    private readonly char[] characters = new char[8192];

    public void Take(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var part = bytes[..Math.Min(bytes.Length, 4096)];
            bytes = bytes[part.Length..];
            foreach (var c in characters.AsSpan(0, decoder.GetChars(part, characters, flush: false))) Take(c);
        }
    }

    /// <summary>What was left open when the stream ended.</summary>
    public void End() => Cut(open.Length);

    private void Take(char c)
    {
        if (c is '\n' or '\r')
        {
            Cut(open.Length);
            return;
        }

        open.Append(c);
        if (open.Length < LongestLine) return;
        var blank = LongestLine;
        while (blank > LongestLine / 2 && !char.IsWhiteSpace(open[blank - 1])) blank--;
        Cut(blank > LongestLine / 2 ? blank : LongestLine);
    }

    private void Cut(int length)
    {
        if (length == 0) return;
        line(open.ToString(0, length));
        open.Remove(0, length);
    }
}
