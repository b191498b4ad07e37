using Microsoft.Data.Sqlite;
using Stint.Hub.Store;
using Stint.Hub.Store.Audits;

namespace Stint.Prove.Crashes;

/// <summary>Bytes flipped in copies of a data directory that a crash left: the audit passes, or names it and no hub serves it.</summary>
internal static class Damage
{
    private const int PageBytes = 4096;

    /// <returns>How many copies were sound, how many were named, and what went wrong; null where nothing did.</returns>
    public static (int Sound, int Named, string? Wrong) Try(string folder, int copies, Random random)
    {
        var (sound, named) = (0, 0);
        for (var i = 0; i < copies; i++)
        {
            using var trial = new Trial(folder);
            var file = i % 2 == 0 || !File.Exists(trial.Journal) ? trial.File : trial.Journal;
            var flipped = Flip(file, random);
            var report = trial.Audit();
            var refused = trial.IsRefused();
            if (report is { IsSound: true } && !refused) sound++;
            else if (report is not { IsSound: true } && refused) named++;
            else return (sound, named, $"{Path.GetFileName(file)} flipped at {flipped}: the audit says {report?.ToString() ?? "that it cannot be opened"}, and a hub {(refused ? "refuses to serve" : "serves")}");
        }

        return (sound, named, null);
    }

    /// <summary>Some bytes in the last page, or anywhere.</summary>
    private static long Flip(string file, Random random)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.ReadWrite);
        var from = random.Next(2) == 0 ? Math.Max(0, stream.Length - PageBytes) : 0;
        var at = random.NextInt64(from, Math.Max(from + 1, stream.Length - 8));
        var bytes = new byte[random.Next(1, 64)];
        random.NextBytes(bytes);
        stream.Position = at;
        stream.Write(bytes);
        return at;
    }

    /// <summary>A copy of a data directory whose hub was killed.</summary>
    private sealed class Trial : IDisposable
    {
        private readonly string folder = Directory.CreateTempSubdirectory("stint-damage-").FullName;

        public Trial(string original)
        {
            foreach (var file in Directory.EnumerateFiles(original)) System.IO.File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
            System.IO.File.WriteAllText(Path.Combine(folder, "lock"), "\n");
            System.IO.File.Delete(File + "-shm");
        }

        public string File => Path.Combine(folder, Database.FileName);

        public string Journal => File + "-wal";

        /// <summary>Null where the file cannot even be opened.</summary>
        public AuditReport? Audit()
        {
            try
            {
                return LedgerAudit.Of(new Database(folder));
            }
            catch (HubDirectoryException)
            {
                return null;
            }
            finally
            {
                SqliteConnection.ClearAllPools();
            }
        }

        public bool IsRefused()
        {
            try
            {
                using var directory = new HubDirectory(folder);
                directory.Serve();
                StartAudit.Check(directory);
                return false;
            }
            catch (HubDirectoryException)
            {
                return true;
            }
            finally
            {
                SqliteConnection.ClearAllPools();
            }
        }

        public void Dispose() => Directory.Delete(folder, recursive: true);
    }
}
