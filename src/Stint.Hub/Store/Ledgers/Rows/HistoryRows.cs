using Microsoft.Data.Sqlite;
using Stint.Core.Leasing;
using Stint.Core.Quota;

namespace Stint.Hub.Store.Ledgers.Rows;

/// <summary>Histories as rows: one a function and identity, written with the commit that taught it.</summary>
internal sealed class HistoryRows(SqliteConnection connection) : IDisposable
{
    private readonly Statement put = new(connection, "INSERT OR REPLACE INTO histories (function, identity, learned, runs) VALUES (?,?,?,?)");
    private readonly Statement drop = new(connection, "DELETE FROM histories WHERE function = ? AND identity = ?");
    private long order;

    /// <summary>Within a transaction.</summary>
    public void Keep(Changes changes, Instant now)
    {
        if (changes.Learned.Count == 0) return;
        foreach (var ((function, identity), learning) in changes.Learned.OrderBy(pair => pair.Value.Order))
        {
            // Whoever ran last stands last when they are read again, whatever the clock did between two starts.
            order = Math.Max(order + 1, now.UnixMilliseconds * 1000);
            if (!learning.History.Runs.TryGetValue(identity, out var runs)) drop.Bind(function.ToString()).Bind(identity.Value).Run();
            else put.Bind(function.ToString()).Bind(identity.Value).Bind(order).Bind(string.Join(' ', runs.Select(run => (long)run.TotalMilliseconds))).Run();
        }
    }

    public void Dispose()
    {
        put.Dispose();
        drop.Dispose();
    }
}
