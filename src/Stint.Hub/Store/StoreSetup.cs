using Stint.Hub.Store.Ledgers;
using Stint.Hub.Engine;

namespace Stint.Hub.Store;

internal static class StoreSetup
{
    public static void AddStore(this IServiceCollection services, HubDirectory directory)
    {
        services.AddSingleton(directory);
        services.AddSingleton(new Database(directory.Path));
        services.AddSingleton<Catalogue>();
        services.AddSingleton<ILedgerStore, SqliteLedgerStore>();
    }
}
