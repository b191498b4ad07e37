using Stint.Hub.Engine;

namespace Stint.Hub.Tokens;

internal static class TokensSetup
{
    /// <summary>Everything that is signed or derived from the hub's keys.</summary>
    public static IServiceCollection AddTokens(this IServiceCollection services, HubKeys keys) => services
        .AddSingleton(keys)
        .AddSingleton(container => new IdentityTokens(keys, () => container.GetRequiredService<LedgerClock>().Now))
        .AddSingleton<DeviceSecrets>()
        .AddSingleton<AllowTokens>();
}
