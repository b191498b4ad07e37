using Microsoft.AspNetCore.DataProtection;
using Stint.Hub.Engine;
using Stint.Hub.Store.Ledgers;

namespace Stint.Hub.Store;

internal static class StoreSetup
{
    public static void AddStore(this IServiceCollection services, HubDirectory directory)
    {
        services.AddSingleton(directory);
        services.AddSingleton(new Database(directory.Path));
        services.AddSingleton<Catalogue>();
        services.AddSingleton<ILedgerStore, SqliteLedgerStore>();
        // Forms of pages are protected by keys that ASP.NET would put into the home directory; nothing of a hub is kept outside its own.
        services.AddDataProtection().SetApplicationName("stint").PersistKeysToFileSystem(new DirectoryInfo(directory.File("form-keys")));
    }
}
