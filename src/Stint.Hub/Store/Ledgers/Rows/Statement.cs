using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Stint.Hub.Store.Ledgers.Rows;

/// <summary>
/// One prepared statement over a connection: values go in and come out in the order of its columns, without an object for
/// each. For one thread at a time; the engine's are prepared once for the life of its connection.
/// </summary>
internal sealed partial class Statement : IDisposable
{
    private const int ShortText = 512;

    /// <summary>SQLite makes its own copy of what is bound.</summary>
    private const nint CopyIt = -1;

    private readonly sqlite3 connection;
    private readonly sqlite3_stmt prepared;
    private readonly nint handle;
    private int bound;
    private int read;

    /// <param name="sql">Constant text of ours; every value is bound.</param>
    public Statement(SqliteConnection connection, string sql)
    {
        this.connection = connection.Handle!;
        Check(raw.sqlite3_prepare_v3(this.connection, sql, raw.SQLITE_PREPARE_PERSISTENT, out prepared));
        handle = prepared.DangerousGetHandle();
    }

    /// <summary>How many rows the last run changed.</summary>
    public int Changed => raw.sqlite3_changes(connection);

    public Statement Bind(long value)
    {
        Check(BindNumber(handle, ++bound, value));
        return this;
    }

    public Statement Bind(long? value)
    {
        if (value is { } number) return Bind(number);
        Check(BindNothing(handle, ++bound));
        return this;
    }

    public Statement Bind(string? text)
    {
        bound++;
        if (text is null)
        {
            Check(BindNothing(handle, bound));
            return this;
        }

        Span<byte> space = stackalloc byte[ShortText];
        if (text.Length > ShortText / 3) space = new byte[Encoding.UTF8.GetByteCount(text)];
        Check(BindText(handle, bound, ref MemoryMarshal.GetReference(space), Encoding.UTF8.GetBytes(text, space), CopyIt));
        return this;
    }

    /// <summary>Runs what changes rows and makes it ready for the next.</summary>
    /// <returns>How many rows changed.</returns>
    public int Run()
    {
        var done = raw.sqlite3_step(prepared);
        Reset();
        Check(done);
        return Changed;
    }

    /// <summary>Goes to the next row; where there is none it is ready for the next question.</summary>
    public bool Next()
    {
        var step = raw.sqlite3_step(prepared);
        read = 0;
        if (step == raw.SQLITE_ROW) return true;
        Reset();
        Check(step);
        return false;
    }

    public long Number() => raw.sqlite3_column_int64(prepared, read++);

    public long? NumberOrNull()
    {
        if (raw.sqlite3_column_type(prepared, read) != raw.SQLITE_NULL) return Number();
        read++;
        return null;
    }

    public string Text() => raw.sqlite3_column_text(prepared, read++).utf8_to_string();

    public string? TextOrNull()
    {
        if (raw.sqlite3_column_type(prepared, read) != raw.SQLITE_NULL) return Text();
        read++;
        return null;
    }

    /// <summary>Leaves the rest of the rows.</summary>
    public void Reset()
    {
        bound = 0;
        // What a reset reports is what the step before it reported already.
        _ = raw.sqlite3_reset(prepared);
    }

    public void Dispose() => prepared.Dispose();

    // Bound directly: the wrapper guards its handle at every call, which costs more than the call. This object owns the handle,
    // is used by one thread and frees it when it is over.
    [LibraryImport("e_sqlite3", EntryPoint = "sqlite3_bind_int64"), SuppressGCTransition]
    private static partial int BindNumber(nint statement, int index, long value);

    [LibraryImport("e_sqlite3", EntryPoint = "sqlite3_bind_null"), SuppressGCTransition]
    private static partial int BindNothing(nint statement, int index);

    [LibraryImport("e_sqlite3", EntryPoint = "sqlite3_bind_text"), SuppressGCTransition]
    private static partial int BindText(nint statement, int index, ref byte text, int length, nint lifetime);

    private void Check(int code)
    {
        if (code is not (raw.SQLITE_OK or raw.SQLITE_ROW or raw.SQLITE_DONE))
            throw new SqliteException(raw.sqlite3_errmsg(connection).utf8_to_string(), code, raw.sqlite3_extended_errcode(connection));
    }
}
