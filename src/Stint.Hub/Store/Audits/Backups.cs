using Microsoft.Data.Sqlite;

namespace Stint.Hub.Store.Audits;

/// <summary>Copies of the data file: made beside a serving hub, and put back only where no hub serves and the copy is sound.</summary>
internal static class Backups
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>A copy of everything committed, whole or not at all, readable by its owner alone.</summary>
    /// <exception cref="HubDirectoryException">When the file is there already or cannot be written.</exception>
    public static void Make(Database database, string file)
    {
        var next = file + ".next";
        if (File.Exists(file)) throw new HubDirectoryException($"{file} is there already; a backup overwrites nothing");
        try
        {
            using (new FileStream(next, new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, UnixCreateMode = OwnerOnly }))
            {
                // Made first and empty, so that nobody else could ever read what comes into it.
            }

            using (var source = database.OpenReader())
            using (var target = Open(next))
            {
                source.BackupDatabase(target);
                // One file, whatever the original's journal: nothing has to be copied along.
                Database.Execute(target, "PRAGMA journal_mode=DELETE;");
            }

            using (var written = new FileStream(next, FileMode.Open, FileAccess.ReadWrite)) written.Flush(flushToDisk: true);
            File.Move(next, file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or SqliteException)
        {
            File.Delete(next);
            throw new HubDirectoryException($"{file} could not be written: {e.Message}", e);
        }
    }

    /// <summary>Puts a copy into a data directory. It is audited before anything is replaced.</summary>
    /// <param name="replaces">True where it may replace a data file that is there; that one stays beside it.</param>
    /// <returns>What the audit of the copy went through, and where the former data file is now; null where there was none.</returns>
    /// <exception cref="HubDirectoryException">When a hub serves the directory, it holds a data file that may not be replaced, or the copy is not sound.</exception>
    public static (AuditReport Report, string? Former) Restore(HubDirectory directory, string file, bool replaces)
    {
        directory.Serve();
        var target = directory.File(Database.FileName);
        if (File.Exists(target) && !replaces) throw new HubDirectoryException($"{directory.Path} holds a hub already; --force replaces it and keeps its data file beside the new one");
        var trial = Directory.CreateDirectory(directory.File("restoring"), OwnerOnly | UnixFileMode.UserExecute).FullName;
        try
        {
            var copy = Path.Combine(trial, Database.FileName);
            File.Copy(file, copy, overwrite: true);
            File.SetUnixFileMode(copy, OwnerOnly);
            var report = LedgerAudit.Of(new Database(trial));
            SqliteConnection.ClearAllPools();
            if (!report.IsSound) throw new HubDirectoryException($"{file} is damaged and was not restored. {report.Discrepancies[0]}");
            var former = Replace(target, copy);
            return (report, former);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or SqliteException)
        {
            throw new HubDirectoryException($"{file} could not be restored: {e.Message}", e);
        }
        finally
        {
            Directory.Delete(trial, recursive: true);
        }
    }

    private static string? Replace(string target, string copy)
    {
        string? former = null;
        if (File.Exists(target))
        {
            // What a former hub left in its journal goes into its file, or that file alone would not be what it was.
            former = $"{target}.before-restore-{DateTime.UtcNow:yyyyMMddHHmmss}";
            foreach (var part in new[] { "", "-wal", "-shm" })
                if (File.Exists(target + part)) File.Move(target + part, former + part);
        }

        foreach (var part in new[] { "", "-wal" })
            if (File.Exists(copy + part)) File.Move(copy + part, target + part);
        return former;
    }

    private static SqliteConnection Open(string file)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = file, Mode = SqliteOpenMode.ReadWrite, Pooling = false }.ConnectionString);
        connection.Open();
        return connection;
    }
}
