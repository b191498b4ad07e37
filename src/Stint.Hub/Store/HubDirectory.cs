namespace Stint.Hub.Store;

/// <summary>The one folder a hub keeps everything in. Open to its owner alone; served by one hub at a time.</summary>
public sealed class HubDirectory : IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private FileStream? served;

    /// <summary>Makes the folder where it is missing.</summary>
    /// <exception cref="HubDirectoryException">When it cannot be made or written, or others can read it and that cannot be changed.</exception>
    public HubDirectory(string path)
    {
        Path = System.IO.Path.GetFullPath(path);
        try
        {
            Directory.CreateDirectory(Path, OwnerOnly);
            if (System.IO.File.GetUnixFileMode(Path) != OwnerOnly) System.IO.File.SetUnixFileMode(Path, OwnerOnly);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new HubDirectoryException($"{Path} cannot be used: {e.Message} Choose another with --data DIR.", e);
        }
    }

    public string Path { get; }

    /// <summary>True where the hub that served it before did not come to its end: it was killed, or the machine was.</summary>
    public bool WasLeftOpen { get; private set; }

    /// <summary>Takes the folder for one hub, for as long as the process lives; a crash gives it back.</summary>
    /// <exception cref="HubDirectoryException">When another hub serves it.</exception>
    public void Serve()
    {
        try
        {
            served = new FileStream(File("lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            WasLeftOpen = served.Length > 0;
            served.WriteByte((byte)'\n');
            served.Flush();
        }
        catch (IOException e)
        {
            throw new HubDirectoryException($"{Path} is served by another hub; stop that one, or choose another folder with --data DIR", e);
        }
    }

    public string File(string name) => System.IO.Path.Combine(Path, name);

    /// <summary>Writes a file only its owner can read, whole or not at all.</summary>
    public void WriteSecret(string name, string text)
    {
        var target = File(name);
        var next = target + ".next";
        System.IO.File.Delete(next);
        using (var stream = new FileStream(next, new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        }))
        using (var writer = new StreamWriter(stream))
        {
            writer.Write(text);
            writer.Flush();
            stream.Flush(flushToDisk: true);
        }

        System.IO.File.Move(next, target, overwrite: true);
    }

    public void Dispose()
    {
        if (served is null) return;
        served.SetLength(0);
        served.Dispose();
    }
}
