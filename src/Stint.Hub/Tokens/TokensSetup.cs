using Stint.Hub.Engine;
using Stint.Hub.Store;

namespace Stint.Hub.Tokens;

internal static class TokensSetup
{
    /// <summary>Everything that is signed or derived from the hub's keys.</summary>
    public static void AddTokens(this IServiceCollection services, HubKeys keys)
    {
        services.AddSingleton(keys);
        services.AddSingleton(provider => new LiveEvents(() => provider.GetRequiredService<LedgerClock>().Now));
        services.AddSingleton(provider => new IdentityTokens(keys, () => provider.GetRequiredService<LedgerClock>().Now, provider.GetRequiredService<LiveEvents>()));
        services.AddSingleton(provider => new AccessTokens(provider.GetRequiredService<Catalogue>(), keys.DeriveKey(AccessTokens.KeyPurpose)));
        services.AddSingleton<SpaceTokens>();
        services.AddSingleton<Sessions>();
        services.AddSingleton<DeviceSecrets>();
        services.AddSingleton<AllowTokens>();
    }
}
