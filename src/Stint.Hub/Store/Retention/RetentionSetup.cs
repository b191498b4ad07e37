namespace Stint.Hub.Store.Retention;

internal static class RetentionSetup
{
    public static void AddRetention(this IServiceCollection services, HubOptions options)
    {
        services.AddSingleton(RetentionTimes.OfDays(options.KeepReceiptsDays, options.KeepRefusalsDays));
        services.AddHostedService<RetentionWatch>();
    }
}
