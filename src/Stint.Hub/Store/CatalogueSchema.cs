namespace Stint.Hub.Store;

/// <summary>Tables of accounts, plans, access tokens and Spaces. Secrets stand here only as hashes.</summary>
internal static class CatalogueSchema
{
    public const string Create = """
        CREATE TABLE catalogue_version (one INTEGER PRIMARY KEY CHECK (one = 1), version INTEGER NOT NULL);
        INSERT INTO catalogue_version VALUES (1, 1);
        """;
}
