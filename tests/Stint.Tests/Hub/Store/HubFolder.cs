using Stint.Core.Identities;
using Stint.Core.Quota;
using Stint.Hub.Store;
using Xunit;

namespace Stint.Tests.Hub.Store;

/// <summary>A data directory of its own under the temporary folder, gone when the test is over.</summary>
internal sealed class HubFolder : IDisposable
{
    public static readonly Instant Now = new(1_700_000_000_000);

    public HubFolder()
    {
        Path = Directory.CreateTempSubdirectory("stint-test-").FullName;
        Database = new Database(Path);
        Catalogue = new Catalogue(Database);
    }

    public string Path { get; }
    public Database Database { get; }
    public Catalogue Catalogue { get; }

    public Account Add(string name, AccountRole role = AccountRole.Member, string plan = "free")
    {
        var account = new Account(new AccountId("id-" + name), name, role, plan, Now);
        Assert.Equal(AddAccountOutcome.Added, Catalogue.AddAccount(account));
        return account;
    }

    public void Dispose()
    {
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        Directory.Delete(Path, recursive: true);
    }
}
