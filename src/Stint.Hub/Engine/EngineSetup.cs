namespace Stint.Hub.Engine;

internal static class EngineSetup
{
    public static void AddEngine(this IServiceCollection services)
    {
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton(provider => new LedgerClock(provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILedgerStore>().LastEvidence()));
        services.AddSingleton<LedgerEngine>();
    }
}
