using Microsoft.Data.Sqlite;

namespace Stint.Hub.Store;

/// <summary>The hub's one SQLite file: one writer that syncs every commit, and pooled readers that see committed state only.</summary>
public sealed class Database
{
    public const string FileName = "stint.db";

    private readonly string path;

    /// <exception cref="HubDirectoryException">When the file cannot be opened or is of a newer Stint.</exception>
    public Database(string directory)
    {
        path = Path.Combine(directory, FileName);
        try
        {
            using var writer = OpenWriter();
            Migrations.Apply(writer);
        }
        catch (SqliteException e)
        {
            throw new HubDirectoryException($"{path} cannot be opened: {e.Message}", e);
        }
    }

    /// <summary>A connection that writes durably: what it commits survives a crash of the machine.</summary>
    public SqliteConnection OpenWriter()
    {
        var connection = Open(SqliteOpenMode.ReadWriteCreate);
        Execute(connection, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA busy_timeout=5000; PRAGMA foreign_keys=ON;");
        return connection;
    }

    /// <summary>A pooled connection that can only read.</summary>
    public SqliteConnection OpenReader()
    {
        var connection = Open(SqliteOpenMode.ReadWrite);
        Execute(connection, "PRAGMA busy_timeout=5000; PRAGMA query_only=ON;");
        return connection;
    }

    internal static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // Constant text of ours; values always go as parameters.
        command.CommandText = sql;
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }

    private SqliteConnection Open(SqliteOpenMode mode)
    {
        // Readers and writers differ in their pragmas, so they must not share a pool: the cache setting tells the pools apart.
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = path,
            Mode = mode,
            Pooling = mode == SqliteOpenMode.ReadWrite,
        }.ConnectionString);
        connection.Open();
        return connection;
    }
}

/// <summary>The data directory cannot be used; the message says why and what to do.</summary>
public sealed class HubDirectoryException : Exception
{
    public HubDirectoryException() { }
    public HubDirectoryException(string message) : base(message) { }
    public HubDirectoryException(string message, Exception inner) : base(message, inner) { }
}
