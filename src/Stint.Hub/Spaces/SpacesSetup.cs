using Stint.Core.Spaces;
using Stint.Hub.Engine;
using Stint.Hub.Nodes;
using Stint.Hub.Spaces.Authors;
using Stint.Hub.Spaces.Care;
using Stint.Hub.Spaces.Front;
using Stint.Hub.Spaces.Settings;
using Stint.Hub.Store;
using Stint.Hub.Tokens;

namespace Stint.Hub.Spaces;

/// <summary>Puts the fleet, and what holds it to the catalogue, into the container.</summary>
public static class SpacesSetup
{
    public static IServiceCollection AddSpaces(this IServiceCollection services) => services
        .AddSingleton(container => Environment(container.GetRequiredService<HubOptions>(), container.GetRequiredService<DeviceSecrets>()))
        .AddSingleton(container => Wanted(container.GetRequiredService<Catalogue>()))
        .AddSingleton(container => new SpaceSettings(container.GetRequiredService<Catalogue>(), container.GetRequiredService<HubKeys>().DeriveKey(SpaceSettings.KeyPurpose)))
        .AddSingleton(Use)
        .AddSingleton<IEffects>(container => container.GetRequiredService<SpaceUse>())
        .AddSingleton(Fleet)
        .AddSingleton<StarvedSpace>(container => container.GetRequiredService<SpaceFleet>().WasStarved)
        .AddSingleton<SupervisedProcess>(container => container.GetRequiredService<SpaceFleet>().RootPidOf)
        .AddSingleton<SpaceUpstream>(container => Upstream(container.GetRequiredService<SpaceFleet>(), container.GetRequiredService<SpaceUse>()))
        .AddSingleton<GalleryEndpoints>()
        .AddSingleton<SpaceEndpoints>()
        .AddSingleton<StopEndpoints>()
        .AddSingleton(Care)
        .AddSingleton<ReportEndpoints>()
        .AddSingleton<AuthorEndpoints>()
        .AddHostedService<SpaceSupervision>();

    public static void MapSpaces(this IEndpointRouteBuilder app)
    {
        GalleryEndpoints.Map(app);
        SpaceEndpoints.Map(app);
        StopEndpoints.Map(app);
        ReportEndpoints.Map(app);
        AuthorEndpoints.Map(app);
    }

    private static SpaceEnvironment Environment(HubOptions options, DeviceSecrets secrets) => new(options.Url, options.DeviceUrl, secrets);

    private static SpaceUpstream Upstream(SpaceFleet fleet, SpaceUse use)
    {
        return space => ReachOf(space, fleet.HealthOf(space));

        SpaceReach ReachOf(SpaceId space, SpaceHealth? health) => health is null ? new(SpaceStage.Stopped, null, null) : new(health.Stage, health.Address, health.Problem)
        {
            Wake = health.Stage == SpaceStage.Sleeping || health.IsWaking ? async stop => ReachOf(space, await fleet.WakeAsync(space, stop).ConfigureAwait(false)) : null,
            Visit = () => use.Visit(space),
        };
    }

    private static SpaceUse Use(IServiceProvider container)
    {
        var events = container.GetRequiredService<LiveEvents>();
        return new(container.GetRequiredService<TimeProvider>(), space => events.IsAny(live => live.Space == space));
    }

    private static WantedSpaces Wanted(Catalogue catalogue) => new(catalogue.Version, catalogue.Spaces);

    private static SpaceFleet Fleet(IServiceProvider container)
    {
        var options = container.GetRequiredService<HubOptions>();
#pragma warning disable CA5394 // It spreads restarts; nobody gains by guessing it.
        Func<double> jitter = Random.Shared.NextDouble;
#pragma warning restore CA5394
        return new SpaceFleet(
            options.Directory, container.GetRequiredService<SpaceEnvironment>(), new UpstreamRule([options.Port, options.DeviceListenerPort]),
            options.RunSpacesAsOwnUser, container.GetRequiredService<TimeProvider>(), jitter, container.GetRequiredService<ILogger<SpaceFleet>>(), container.GetRequiredService<SpaceCare>());
    }

    private static SpaceCare Care(IServiceProvider container)
    {
        var options = container.GetRequiredService<HubOptions>();
        var use = container.GetRequiredService<SpaceUse>();
        return new()
        {
            Settings = container.GetRequiredService<SpaceSettings>().Of,
            IdleFor = use.IdleFor,
            Used = use.Used,
            SleepsAfter = options.SpacesSleepAfterSeconds == 0 ? null : TimeSpan.FromSeconds(options.SpacesSleepAfterSeconds),
            Cgroups = SpaceCgroups.OfThisMachine(options.Directory, container.GetRequiredService<ILogger<SpaceFleet>>()),
        };
    }
}
