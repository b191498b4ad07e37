using Dapper;
using Microsoft.Data.Sqlite;
using Stint.Hub.Store;

namespace Stint.Bench.Overview;

/// <summary>What the disk allows: one durable commit after another of as many bytes as a reserve+settle pair writes, by the same SQLite with the same settings.</summary>
internal sealed class BareCommit : IDisposable
{
    private readonly SqliteConnection writer;

    public BareCommit(string directory)
    {
        writer = new Database(directory).OpenWriter();
        writer.Execute("CREATE TABLE bare (seq INTEGER PRIMARY KEY, body BLOB NOT NULL)");
    }

    public Task<Measured> RunAsync(TimeSpan length, long bytes)
    {
        var body = new byte[Math.Max(1, bytes)];
        return Measured.RunAsync(1, length, _ =>
        {
            using var transaction = writer.BeginTransaction();
            writer.Execute("INSERT INTO bare (body) VALUES (@body)", new { body }, transaction);
            transaction.Commit();
            return Task.CompletedTask;
        });
    }

    public void Dispose() => writer.Dispose();
}
