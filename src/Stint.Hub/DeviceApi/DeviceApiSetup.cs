using Stint.Hub.Telemetry;

using Stint.Hub.Nodes;

namespace Stint.Hub.DeviceApi;

internal static class DeviceApiSetup
{
    public static void AddDeviceApi(this IServiceCollection services)
    {
        services.AddCounts();
        services.AddSingleton(new PoolTerms());
        services.AddSingleton<DeviceRoutes>();
        services.AddSingleton<DeviceCalls>(provider => provider.GetRequiredService<DeviceRoutes>().HandleAsync);
        services.AddSingleton<ScheduleCall>();
        services.AddSingleton<ScheduleAnswer>();
        services.AddSingleton<LeaseCalls>();
        // Paths and queries of this API are secrets.
        services.KeepSecretsFromLogs();
    }

    /// <summary>Must come before everything else in the pipeline: what arrives on the device listener ends here, and nothing buffers or compresses it.</summary>
    public static void MapDeviceApi(this IApplicationBuilder app)
    {
        var routes = app.ApplicationServices.GetRequiredService<DeviceRoutes>();
        app.MapWhen(DeviceListener.Carries, branch => branch.Run(routes.HandleAsync));
    }
}
