using Stint.Hub.Nodes.Joining;
using Stint.Hub.Store.Alerts;
using Stint.Hub.Store.Instructions;
using Stint.Hub.Store.Ledgers;
using Dapper;
using Microsoft.Data.Sqlite;

namespace Stint.Hub.Store;

/// <summary>Brings a data file to the current schema, one numbered step after another, each in a transaction of its own.</summary>
internal static class Migrations
{
    private static readonly string[] Steps =
    [
        LedgerSchema.Create, CatalogueSchema.Create, GatewaySchema.Create, CatalogueSchema.Limits, LedgerSchema.ToColumns, InstructionSchema.Create, CatalogueSchema.SpaceSettings,
        CatalogueSchema.PlanVersions, AlertSchema.Create, NodeSchema.Create, LedgerSchema.ToOpenings, AlertSchema.Personal,
    ];

    public static void Apply(SqliteConnection connection)
    {
        while (Version(connection) is var version && version != Steps.Length)
        {
            if (version > Steps.Length)
                throw new HubDirectoryException($"the data file is of a newer Stint (schema {version}, this one knows {Steps.Length}); start that one");
            using var transaction = connection.BeginTransaction();
            // Another process may have taken this step while we waited to write.
            if (Version(connection) != version) continue;
            connection.Execute(Steps[version], transaction: transaction);
            connection.Execute($"PRAGMA user_version = {version + 1}", transaction: transaction);
            transaction.Commit();
        }
    }

    private static int Version(SqliteConnection connection) => connection.ExecuteScalar<int>("PRAGMA user_version");
}
