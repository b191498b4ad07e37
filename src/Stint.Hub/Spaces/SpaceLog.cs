using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.RegularExpressions;

namespace Stint.Hub.Spaces;

/// <summary>
/// What a Space writes to its standard streams, kept in two files of at most 10 MiB: <c>output.log</c>, and <c>output.log.1</c>
/// before it. A line has its time in front, ends where a file ends, holds no control characters and no secret of the wire.
/// One process writes, any number may read.
/// </summary>
public sealed partial class SpaceLog(string path, long fileLimit = SpaceLog.FileLimit)
{
    public const long FileLimit = 10 * 1024 * 1024;

    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(250);
    private readonly Lock gate = new();

    private string Older => path + ".1";

    /// <summary>Adds one line. A disk that is full costs the line, never the Space.</summary>
    public void Append(DateTimeOffset now, string line)
    {
        var at = now.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
        var bytes = Encoding.UTF8.GetBytes($"{at} {Mask(Plain(line))}\n");
        lock (gate)
        {
            try
            {
                using var file = Open(bytes.Length);
                file.Write(bytes);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // The stage still tells how the Space does.
            }
        }
    }

    /// <summary>The newest lines, oldest of them first; empty where it never wrote.</summary>
    public IReadOnlyList<string> Last(int count) => Last(count, Length(path));

    /// <summary>The newest lines, and then each line as it is written, until cancelled.</summary>
    public async IAsyncEnumerable<string> FollowAsync(int count, [EnumeratorCancellation] CancellationToken stop)
    {
        var position = Length(path);
        foreach (var line in Last(count, position)) yield return line;
        while (!stop.IsCancellationRequested)
        {
            if (Length(path) < position)
            {
                foreach (var line in Between(Older, position, Length(Older)).Lines) yield return line;
                position = 0;
            }

            var (lines, end) = Between(path, position, Length(path));
            position = end;
            foreach (var line in lines) yield return line;
            await Task.Delay(Look, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private List<string> Last(int count, long end)
    {
        var lines = Tail(path, end, count);
        if (lines.Count < count) lines.InsertRange(0, Tail(Older, Length(Older), count - lines.Count));
        return lines;
    }

    private FileStream Open(int more)
    {
        if (Length(path) + more > fileLimit) File.Move(path, Older, overwrite: true);
        return new FileStream(path, new FileStreamOptions
        {
            Mode = FileMode.Append,
            Access = FileAccess.Write,
            Share = FileShare.ReadWrite | FileShare.Delete,
            BufferSize = 0,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        });
    }

    private static List<string> Tail(string file, long end, int count)
    {
        for (var size = 64 * 1024L; ; size *= 4)
        {
            var from = Math.Max(0, end - size);
            var lines = Between(file, from, end).Lines;
            // The first one began before the place where reading did.
            if (from > 0 && lines.Count > 0) lines.RemoveAt(0);
            if (from == 0 || lines.Count >= count) return [.. lines.TakeLast(count)];
        }
    }

    /// <summary>Complete lines of one part of a file and where the last of them ends; a line that is being written is left for the next look.</summary>
    private static (List<string> Lines, long End) Between(string file, long from, long to)
    {
        try
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            stream.Position = from;
            var bytes = new byte[Math.Max(0, to - from)];
            var end = Array.LastIndexOf(bytes, (byte)'\n', stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) - 1) + 1;
            return ([.. Encoding.UTF8.GetString(bytes, 0, end).Split('\n').SkipLast(1)], from + end);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return ([], from);
        }
    }

    private static long Length(string file) => new FileInfo(file) is { Exists: true } found ? found.Length : 0;

    private static string Plain(string line) => line.Any(c => char.IsControl(c) && c != '\t') ? string.Concat(line.Where(c => !char.IsControl(c) || c == '\t')) : line;

    /// <summary>Whoever may read a Space's output may not thereby speak for it: HTTP clients log addresses, and these carry secrets.</summary>
    private static string Mask(string line) => QuerySecret().Replace(DeviceSecret().Replace(line, "/device/…"), "$1=…");

    [GeneratedRegex("""/device/[^\s/?"'<>]+""", RegexOptions.CultureInvariant)]
    private static partial Regex DeviceSecret();

    [GeneratedRegex("""\b(token|allowToken|__sign)=[^\s&"'<>]+""", RegexOptions.CultureInvariant)]
    private static partial Regex QuerySecret();
}
