using Stint.Hub.Telemetry;

namespace Stint.Hub.DeviceApi;

internal static class DeviceApiSetup
{
    private const string RequestLogging = "Microsoft.AspNetCore.Hosting.Diagnostics";

    public static void AddDeviceApi(this IServiceCollection services)
    {
        services.AddCounts();
        services.AddSingleton(new PoolTerms());
        services.AddSingleton<DeviceRoutes>();
        services.AddSingleton<ScheduleCall>();
        services.AddSingleton<ScheduleAnswer>();
        services.AddSingleton<LeaseCalls>();
        // Paths and queries of this API are secrets. The server would log them, and put the path beside every line that is
        // logged meanwhile; no configuration may turn that on.
        services.PostConfigure<LoggerFilterOptions>(options =>
        {
            foreach (var rule in options.Rules.Where(rule => rule.CategoryName?.StartsWith(RequestLogging, StringComparison.OrdinalIgnoreCase) == true).ToList())
                options.Rules.Remove(rule);
            options.Rules.Add(new LoggerFilterRule(null, RequestLogging, LogLevel.None, null));
        });
    }

    /// <summary>Must come before everything else in the pipeline: what arrives on the device listener ends here, and nothing buffers or compresses it.</summary>
    public static void MapDeviceApi(this IApplicationBuilder app)
    {
        var routes = app.ApplicationServices.GetRequiredService<DeviceRoutes>();
        app.MapWhen(DeviceListener.Carries, branch => branch.Run(routes.HandleAsync));
    }
}
