using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging.Console;

namespace Stint.Hub.Telemetry;

internal static class TelemetrySetup
{
    /// <summary>What is counted where it is seen. Each part of the hub that counts asks for it; there is one of each.</summary>
    public static void AddCounts(this IServiceCollection services)
    {
        services.TryAddSingleton<SpaceActivity>();
        services.TryAddSingleton<NetworkSightings>();
    }

    /// <summary>One readable line an event, on stderr. Requests are not logged: their addresses carry secrets of Spaces and people.</summary>
    public static void AddTelemetry(this ILoggingBuilder logging)
    {
        logging.ClearProviders();
        logging.AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.TimestampFormat = "HH:mm:ss ";
            console.ColorBehavior = LoggerColorBehavior.Disabled;
        });
        logging.SetMinimumLevel(LogLevel.Information);
        logging.AddFilter("Microsoft", LogLevel.Warning);
        logging.AddFilter("System", LogLevel.Warning);
        // It warns that form keys lie in a file: they do, in a directory only the hub's user can open.
        logging.AddFilter("Microsoft.AspNetCore.DataProtection", LogLevel.Error);
        // Whoever sends a form that is not ours would fill the log with it.
        logging.AddFilter("Microsoft.AspNetCore.Antiforgery", LogLevel.None);
        // A client that goes away in the middle of something is an everyday thing, and one such message carries the address it
        // asked for. What fails in the hub itself is logged where it is answered.
        logging.AddFilter("Microsoft.AspNetCore.Server.Kestrel", LogLevel.Critical);
        logging.Services.KeepSecretsFromLogs();
        logging.Services.Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
    }

    /// <summary>No configuration turns these on, of all logs or of one: what they say holds addresses, headers and bodies as they were sent.</summary>
    private static readonly (string Category, LogLevel Least)[] Telltales =
    [
        ("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None), ("Microsoft.AspNetCore.Routing", LogLevel.Warning), ("Microsoft.AspNetCore.Server.Kestrel.BadRequests", LogLevel.None),
        ("Microsoft.AspNetCore.HttpLogging", LogLevel.None), ("System.Net.Http", LogLevel.None), ("Yarp", LogLevel.None),
    ];

    public static void KeepSecretsFromLogs(this IServiceCollection services) => services.PostConfigure<LoggerFilterOptions>(Keep);

    private static void Keep(LoggerFilterOptions options)
    {
        foreach (var rule in options.Rules.Where(rule => rule.CategoryName is { } name && Telltales.Any(told => name.StartsWith(told.Category, StringComparison.OrdinalIgnoreCase))).ToList())
            options.Rules.Remove(rule);
        // A rule of one log is heard before all rules of every log, so each has its own.
        foreach (var log in options.Rules.Select(rule => rule.ProviderName).Append(null).Distinct().ToList())
            foreach (var (category, least) in Telltales) options.Rules.Add(new LoggerFilterRule(log, category, least, null));
    }
}
