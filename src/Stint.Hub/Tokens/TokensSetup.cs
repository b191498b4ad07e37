using Stint.Hub.Engine;

namespace Stint.Hub.Tokens;

internal static class TokensSetup
{
    /// <summary>Everything that is signed or derived from the hub's keys.</summary>
    public static void AddTokens(this IServiceCollection services, HubKeys keys)
    {
        services.AddSingleton(keys);
        services.AddSingleton(provider => new IdentityTokens(keys, () => provider.GetRequiredService<LedgerClock>().Now));
        services.AddSingleton<DeviceSecrets>();
        services.AddSingleton<AllowTokens>();
    }
}
