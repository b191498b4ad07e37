using Dapper;
using Microsoft.Data.Sqlite;

namespace Stint.Hub.Store.Audits;

/// <summary>
/// What a hub looks at before it serves: that the data file is whole, and, where the hub before it was killed, that the ledger is
/// the fold of its entries. A damaged file is not served: better no hub than a wrong bill.
/// </summary>
internal static class StartAudit
{
    /// <summary>A greater file is looked through by `stint audit` alone, or a start would take minutes.</summary>
    private const long LargestLookedThrough = 256L << 20;
    private const long MostEntries = 100_000;

    /// <exception cref="HubDirectoryException">When it may not be served; the message says what is wrong and what to do.</exception>
    public static void Check(HubDirectory directory)
    {
        var file = directory.File(Database.FileName);
        if (!File.Exists(file) || new FileInfo(file).Length > LargestLookedThrough) return;
        if (Problem(directory) is { } problem)
            throw new HubDirectoryException($"{file} is damaged and is not served. {problem} All of it: stint audit --data {directory.Path}; a backup is put back by: stint restore FILE --force --data {directory.Path}");
    }

    private static string? Problem(HubDirectory directory)
    {
        try
        {
            var database = new Database(directory.Path);
            using var reader = database.OpenReader();
            var whole = reader.Query<string>("PRAGMA quick_check(1)").FirstOrDefault();
            if (whole != "ok") return whole ?? "It cannot be looked through.";
            var entries = reader.ExecuteScalar<long?>("SELECT max(seq) FROM entries") ?? 0;
            return directory.WasLeftOpen && entries <= MostEntries && LedgerAudit.Of(database) is { IsSound: false } report ? report.Discrepancies[0].ToString() : null;
        }
        catch (SqliteException e)
        {
            return e.Message;
        }
        catch (HubDirectoryException e)
        {
            return e.Message;
        }
    }
}
