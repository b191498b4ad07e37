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
        services.AddSingleton(container => new PersonalWebhooks(container.GetRequiredService<Database>(), container.GetRequiredService<HubKeys>().DeriveKey(WebhookSetting.KeyPurpose)));
        services.AddSingleton(container => new PersonalSender(PersonalRuleOf(container.GetRequiredService<HubOptions>()), container.GetRequiredService<TimeProvider>()));
        services.AddSingleton<PersonalSending>();
        services.AddHostedService(container => container.GetRequiredService<PersonalSending>());
        services.AddSingleton<NoticesOf>(container => account =>
            AlertEndpoints.NoticesOf(account, container.GetRequiredService<AlertBook>(), container.GetRequiredService<LedgerClock>()));
        services.AddSingleton<AlertWatch>();
        services.AddSingleton<IEffects>(container => container.GetRequiredService<AlertWatch>());
        services.AddHostedService(container => container.GetRequiredService<AlertWatch>());
        services.AddSingleton<AlertDelivery>();
        services.AddHostedService(container => container.GetRequiredService<AlertDelivery>());
    }

    /// <summary>People name addresses that the operator has not looked at: none of them leads into the hub's own network, unless that is allowed.</summary>
    public static UpstreamRule PersonalRuleOf(HubOptions options) => new([options.Port, options.DeviceListenerPort], isPublicOnly: !options.PrivateWebhooks);

    /// <summary>No webhook leads to the hub's own listeners.</summary>
    public static UpstreamRule RuleOf(HubOptions options) => new([options.Port, options.DeviceListenerPort]);
}
