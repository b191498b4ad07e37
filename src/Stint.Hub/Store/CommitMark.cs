using System.Runtime.InteropServices;
using Microsoft.Data.Sqlite;

namespace Stint.Hub.Store;

/// <summary>
/// What SQLite's own readers look at to see whether anyone has committed since: the first 96 bytes of the memory that all
/// processes with the file open share (the header of the WAL index, kept twice). Every commit of any process changes them
/// before it returns; as long as they are the same, nothing that is committed has changed.
/// </summary>
/// <remarks>The memory is the connection's own mapping, so it is there for as long as the connection is open. The file behind it
/// must never be opened a second time: closing it would drop SQLite's locks on it.</remarks>
internal sealed unsafe partial class CommitMark
{
    public const int Length = 96;

    private const int FilePointer = 7;
    private const int RegionBytes = 32 * 1024;
    private const int FirstVersionWithSharedMemory = 2;

    /// <summary>Where <c>xShmMap</c> stands in <c>sqlite3_io_methods</c>, counted in pointers: behind the version and twelve others.</summary>
    private const int ShmMap = 13;

    private readonly byte* header;

    private CommitMark(byte* header) => this.header = header;

    /// <summary>Null where SQLite shares no memory, as with another journal.</summary>
    /// <param name="connection">One that has read something, and stays open for the life of the process.</param>
    public static CommitMark? Of(SqliteConnection connection)
    {
        nint** file = null;
        if (FileControl(connection.Handle!.DangerousGetHandle(), "main", FilePointer, &file) != 0 || file == null || *file == null) return null;
        var methods = *file;
        if (*(int*)methods < FirstVersionWithSharedMemory || methods[ShmMap] == 0) return null;
        byte* region = null;
        var map = (delegate* unmanaged[Cdecl]<nint**, int, int, int, byte**, int>)methods[ShmMap];
        return map(file, 0, RegionBytes, 0, &region) == 0 && region != null ? new(region) : null;
    }

    public bool Is(ReadOnlySpan<byte> former) => new ReadOnlySpan<byte>(header, Length).SequenceEqual(former);

    /// <summary>As it is now. One that was torn by a commit equals no later one.</summary>
    public byte[] Read()
    {
        var copy = new ReadOnlySpan<byte>(header, Length).ToArray();
        // What is read of the file after this must not be older than the mark.
        Thread.MemoryBarrier();
        return copy;
    }

    [LibraryImport("e_sqlite3", EntryPoint = "sqlite3_file_control", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int FileControl(nint connection, string database, int operation, void* argument);
}
