using Microsoft.Data.Sqlite;
using Stint.Core.Identities;
using Stint.Core.Leasing;
using Stint.Core.Quota;
using Stint.Core.Spaces;

namespace Stint.Hub.Store.Ledgers.Rows;

/// <summary>
/// Histories as rows: one a function and identity. They teach estimates and prove nothing, so what was learned is written
/// about once a second for all commits of that second; a crash forgets what was learned in the last one.
/// </summary>
internal sealed class HistoryRows(SqliteConnection connection) : IDisposable
{
    private const int MostUnwritten = 4_096;
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(1);

    private readonly Statement put = new(connection, "INSERT OR REPLACE INTO histories (function, identity, learned, runs) VALUES (?,?,?,?)");
    private readonly Statement drop = new(connection, "DELETE FROM histories WHERE function = ? AND identity = ?");
    private readonly Dictionary<(FunctionKey Function, IdentityId Identity), Learning> unwritten = [];
    private readonly Dictionary<FunctionKey, FunctionHistory> changed = [];
    private Instant? writtenAt;
    private int order;
    private long learned;

    /// <summary>A history of which not all is written yet; null where the rows say all of it.</summary>
    public FunctionHistory? Unwritten(FunctionKey function) => changed.GetValueOrDefault(function);

    /// <summary>Within a transaction.</summary>
    public void Keep(Changes changes, Instant now)
    {
        foreach (var (whose, learning) in changes.Learned)
        {
            unwritten[whose] = learning with { Order = order + learning.Order };
            changed[whose.Function] = learning.History;
        }

        order += changes.Learnings;
        if (writtenAt is { } at && now - at < Every && unwritten.Count < MostUnwritten) return;
        Write(now);
    }

    /// <summary>Within a transaction: all that is not written yet.</summary>
    public void Write(Instant now)
    {
        foreach (var ((function, identity), learning) in unwritten.OrderBy(pair => pair.Value.Order))
        {
            // Whoever ran last stands last when they are read again, whatever the clock did between two starts.
            learned = Math.Max(learned + 1, now.UnixMilliseconds * 1000);
            if (!learning.History.Runs.TryGetValue(identity, out var runs)) drop.Bind(function.ToString()).Bind(identity.Value).Run();
            else put.Bind(function.ToString()).Bind(identity.Value).Bind(learned).Bind(string.Join(' ', runs.Select(run => (long)run.TotalMilliseconds))).Run();
        }

        Forget();
        writtenAt = now;
    }

    /// <summary>A commit that was not kept leaves nothing behind.</summary>
    public void Forget()
    {
        unwritten.Clear();
        changed.Clear();
    }

    public void Dispose()
    {
        put.Dispose();
        drop.Dispose();
    }
}
