using Stint.Hub.Alerts.Webhooks;
using Stint.Hub.Engine;
using Stint.Hub.Layout.Notices;
using Stint.Hub.Store;
using Stint.Hub.Store.Alerts;
using Stint.Hub.Tokens;

namespace Stint.Hub.Alerts;

/// <summary>Puts what raises, keeps and sends alerts into the container.</summary>
internal static class AlertsSetup
{
    public static void AddAlerts(this IServiceCollection services)
    {
        services.AddSingleton<AlertBook>();
        services.AddSingleton(container => new WebhookSetting(container.GetRequiredService<Database>(), container.GetRequiredService<HubKeys>().DeriveKey(WebhookSetting.KeyPurpose)));
        services.AddSingleton(container => new WebhookSender(RuleOf(container.GetRequiredService<HubOptions>()), container.GetRequiredService<TimeProvider>()));
        services.AddSingleton<NoticesOf>(container => account =>
            AlertEndpoints.NoticesOf(account, container.GetRequiredService<AlertBook>(), container.GetRequiredService<LedgerClock>()));
        services.AddSingleton<AlertWatch>();
        services.AddSingleton<IEffects>(container => container.GetRequiredService<AlertWatch>());
        services.AddHostedService(container => container.GetRequiredService<AlertWatch>());
        services.AddSingleton<AlertDelivery>();
        services.AddHostedService(container => container.GetRequiredService<AlertDelivery>());
    }

    /// <summary>No webhook leads to the hub's own listeners.</summary>
    public static UpstreamRule RuleOf(HubOptions options) => new([options.Port, options.DeviceListenerPort]);
}
