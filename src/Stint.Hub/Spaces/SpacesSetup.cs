using Stint.Core.Spaces;
using Stint.Hub.Nodes;
using Stint.Hub.Spaces.Front;
using Stint.Hub.Store;
using Stint.Hub.Tokens;

namespace Stint.Hub.Spaces;

/// <summary>Puts the fleet, and what holds it to the catalogue, into the container.</summary>
public static class SpacesSetup
{
    public static IServiceCollection AddSpaces(this IServiceCollection services) => services
        .AddSingleton(container => Environment(container.GetRequiredService<HubOptions>(), container.GetRequiredService<DeviceSecrets>()))
        .AddSingleton(container => Wanted(container.GetRequiredService<Catalogue>()))
        .AddSingleton(Fleet)
        .AddSingleton<SupervisedProcess>(container => container.GetRequiredService<SpaceFleet>().RootPidOf)
        .AddSingleton<SpaceUpstream>(container => Upstream(container.GetRequiredService<SpaceFleet>()))
        .AddSingleton<SpaceEndpoints>()
        .AddHostedService<SpaceSupervision>();

    public static void MapSpaces(this IEndpointRouteBuilder app)
    {
        app.MapGallery();
        SpaceEndpoints.Map(app);
    }

    private static SpaceEnvironment Environment(HubOptions options, DeviceSecrets secrets) => new(options.Url, options.DeviceUrl, secrets);

    private static SpaceUpstream Upstream(SpaceFleet fleet) => space =>
        fleet.HealthOf(space) is { } health ? new(health.Stage, health.Address, health.Problem) : new(SpaceStage.Stopped, null, null);

    private static WantedSpaces Wanted(Catalogue catalogue) => new(catalogue.Version, catalogue.Spaces);

    private static SpaceFleet Fleet(IServiceProvider container)
    {
        var options = container.GetRequiredService<HubOptions>();
#pragma warning disable CA5394 // It spreads restarts; nobody gains by guessing it.
        Func<double> jitter = Random.Shared.NextDouble;
#pragma warning restore CA5394
        return new SpaceFleet(
            options.Directory, container.GetRequiredService<SpaceEnvironment>(), new UpstreamRule([options.Port, options.DeviceListenerPort]),
            options.RunSpacesAsOwnUser, container.GetRequiredService<TimeProvider>(), jitter, container.GetRequiredService<ILogger<SpaceFleet>>());
    }
}
