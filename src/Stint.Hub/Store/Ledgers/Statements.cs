using Microsoft.Data.Sqlite;

namespace Stint.Hub.Store.Ledgers;

/// <summary>The engine's few writes, each prepared once for the life of its connection: preparing them anew would cost as much as running them.</summary>
internal sealed class Statements(SqliteConnection connection) : IDisposable
{
    private readonly Dictionary<string, SqliteCommand> prepared = [];

    /// <param name="sql">Constant text of ours.</param>
    /// <param name="values">Every value goes as a parameter.</param>
    /// <returns>How many rows changed.</returns>
    public int Execute(SqliteTransaction transaction, string sql, params ReadOnlySpan<(string Name, object? Value)> values)
    {
        if (!prepared.TryGetValue(sql, out var command)) prepared[sql] = command = Prepare(sql, values);
        command.Transaction = transaction;
        for (var i = 0; i < values.Length; i++) command.Parameters[i].Value = values[i].Value ?? DBNull.Value;
        return command.ExecuteNonQuery();
    }

    public void Dispose()
    {
        foreach (var command in prepared.Values) command.Dispose();
    }

    private SqliteCommand Prepare(string sql, ReadOnlySpan<(string Name, object? Value)> values)
    {
        var command = connection.CreateCommand();
#pragma warning disable CA2100 // Constant text of ours; values go as parameters.
        command.CommandText = sql;
#pragma warning restore CA2100
        foreach (var (name, _) in values) command.Parameters.Add(new SqliteParameter { ParameterName = name });
        return command;
    }
}
