using Microsoft.Data.Sqlite;

namespace Stint.Hub.Store.Ledgers.Rows;

/// <summary>
/// Carries what is committed from the log into the data file beside the engine's thread, so that no caller waits for it. Should
/// it fall behind, the engine does the rest itself before the log grows past <see cref="MostPages"/>.
/// </summary>
internal sealed class Checkpoints : IDisposable
{
    private const int MostPages = 16_384;
    private const int CommitsBetween = 128;

    private readonly SqliteConnection beside;
    private readonly Lock running = new();
    private int commits;
    private bool isOver;

    public Checkpoints(Database database, SqliteConnection writer)
    {
        Database.Execute(writer, $"PRAGMA wal_autocheckpoint={MostPages}; PRAGMA cache_size=-65536;");
        beside = database.OpenWriter();
    }

    /// <summary>After each commit.</summary>
    public void CountCommit()
    {
        if (++commits % CommitsBetween == 0) ThreadPool.UnsafeQueueUserWorkItem(_ => Run(), null);
    }

    public void Dispose()
    {
        lock (running)
        {
            isOver = true;
            beside.Dispose();
        }
    }

    private void Run()
    {
        // One at a time; what another one left is taken by the next.
        if (!running.TryEnter()) return;
        try
        {
            if (!isOver) Database.Execute(beside, "PRAGMA wal_checkpoint(PASSIVE)");
        }
        catch (SqliteException)
        {
            // Nothing is lost: it stays in the log, and the engine meets the same disk at its next commit and says so.
        }
        finally
        {
            running.Exit();
        }
    }
}
