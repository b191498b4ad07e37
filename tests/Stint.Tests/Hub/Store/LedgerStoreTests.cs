using Stint.Hub.Engine;
using Stint.Hub.Store.Ledgers;
using Stint.Prove.Faults;

namespace Stint.Tests.Hub.Store;

public sealed class SqliteLedgerStoreTests : LedgerStoreContract, IDisposable
{
    private readonly HubFolder folder = new();
    private readonly List<SqliteLedgerStore> opened = [];

    protected override ILedgerStore Open()
    {
        opened.Add(new SqliteLedgerStore(folder.Database));
        return opened[^1];
    }

    public void Dispose()
    {
        foreach (var store in opened) store.Dispose();
        folder.Dispose();
    }
}

public sealed class MemoryLedgerStoreTests : LedgerStoreContract
{
    private readonly MemoryLedgerStore store = new();

    protected override ILedgerStore Open() => store;
}
