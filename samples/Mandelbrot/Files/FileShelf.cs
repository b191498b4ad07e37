namespace Stint.Samples.Mandelbrot.Files;

/// <summary>A file that the app gives out, under the path by which clients ask for it.</summary>
internal sealed record ShelvedFile(string Path, string Name, long Length);

/// <summary>
/// Pictures and uploads, in a folder that goes away with the app. Only files put here are ever given out. When the
/// shelf is full, the oldest make room.
/// </summary>
internal sealed class FileShelf : IDisposable
{
    private const int MostFiles = 300;
    private const long MostBytes = 1L << 30;

    private readonly string _folder = Directory.CreateTempSubdirectory("mandelbrot-").FullName;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, ShelvedFile> _files = new(StringComparer.Ordinal);
    private readonly Queue<ShelvedFile> _byAge = [];
    private long _bytes;

    public ShelvedFile Add(string name, ReadOnlySpan<byte> content)
    {
        var path = NewPath(name);
        File.WriteAllBytes(path, content);
        return Keep(path);
    }

    /// <summary>Copies a stream here; the file is not on the shelf before all of it has arrived.</summary>
    public async Task<ShelvedFile> Add(string name, Stream content, CancellationToken stop)
    {
        var path = NewPath(name);
        try
        {
            await using var file = File.Create(path);
            await content.CopyToAsync(file, stop);
        }
        catch
        {
            Delete(path);
            throw;
        }

        return Keep(path);
    }

    public ShelvedFile? Find(string path)
    {
        lock (_gate)
        {
            return _files.GetValueOrDefault(path);
        }
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private ShelvedFile Keep(string path)
    {
        var kept = new ShelvedFile(path, Path.GetFileName(path), new FileInfo(path).Length);
        var removed = new List<ShelvedFile>();
        lock (_gate)
        {
            _files.Add(path, kept);
            _byAge.Enqueue(kept);
            _bytes += kept.Length;
            while (_byAge.Count > MostFiles || (_bytes > MostBytes && _byAge.Count > 1))
            {
                var oldest = _byAge.Dequeue();
                _files.Remove(oldest.Path);
                _bytes -= oldest.Length;
                removed.Add(oldest);
            }
        }

        removed.ForEach(one => Delete(one.Path));
        return kept;
    }

    /// <summary>Each file in a folder of its own, so that names stay as they are and never collide.</summary>
    private string NewPath(string name)
    {
        var kept = string.Concat(Path.GetFileName(name).Where(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_'));
        kept = kept.TrimStart('.');
        var folder = Directory.CreateDirectory(Path.Combine(_folder, Guid.NewGuid().ToString("N")));
        return Path.Combine(folder.FullName, kept.Length is 0 or > 100 ? "file" : kept);
    }

    private static void Delete(string path) => Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
}
