using Dapper;
using Microsoft.Data.Sqlite;

namespace Stint.Hub.Store;

/// <summary>Brings a data file to the current schema, one numbered step after another, each in a transaction of its own.</summary>
internal static class Migrations
{
    private static readonly string[] Steps = [LedgerSchema.Create, CatalogueSchema.Create];

    public static void Apply(SqliteConnection connection)
    {
        var version = connection.ExecuteScalar<int>("PRAGMA user_version");
        if (version > Steps.Length)
            throw new DataDirectoryException($"the data file is of a newer Stint (schema {version}, this one knows {Steps.Length}); start that one");
        for (; version < Steps.Length; version++)
        {
            using var transaction = connection.BeginTransaction();
            connection.Execute(Steps[version], transaction: transaction);
            connection.Execute($"PRAGMA user_version = {version + 1}", transaction: transaction);
            transaction.Commit();
        }
    }
}
