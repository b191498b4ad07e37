using Microsoft.AspNetCore.Server.Kestrel.Core;
using Stint.Hub.Engine;
using Stint.Hub.Nodes.Gpus;
using Stint.Hub.Nodes.Joining;
using Stint.Hub.Telemetry;

namespace Stint.Hub.Nodes;

internal static class NodesSetup
{
    /// <summary>This machine as a node, and those that join. Whoever starts Spaces registers a <see cref="SupervisedProcess"/>.</summary>
    public static void AddNodes(this IServiceCollection services, HubOptions options)
    {
        services.AddSingleton(provider => new LocalNode(
            LocalNode.BuiltIn,
            DevicesFor(options, provider.GetRequiredService<ILogger<LocalNode>>()),
            // Asked for late: whoever supervises may itself need the engine, and the engine needs this.
            space => provider.GetService<SupervisedProcess>()?.Invoke(space),
            TimeSpan.FromSeconds(options.GraceSeconds),
            provider.GetRequiredService<ILogger<LocalNode>>())
        {
            Starved = space => provider.GetService<StarvedSpace>()?.Invoke(space) ?? false,
        });
        services.AddSingleton<UnleasedUses>();
        services.AddHostedService(provider => new UnleasedWatch(
            provider.GetRequiredService<LocalNode>(), () => Nvml.Open(Nvml.Library).Opened, options.KillUnleased,
            uses => provider.GetRequiredService<UnleasedUses>().Hear(LocalNode.BuiltIn, uses), TimeProvider.System, provider.GetRequiredService<ILogger<UnleasedWatch>>()));
        services.AddSingleton(new NodeTerms(TimeSpan.FromSeconds(options.NodeLostAfterSeconds), TimeSpan.FromSeconds(options.GraceSeconds)));
        services.AddSingleton<NodeRecords>();
        services.AddSingleton<JoinedNodes>();
        services.AddSingleton<NodeRoutes>();
        services.AddSingleton(provider =>
        {
            var orders = new NodeOrders();
            orders.Add(provider.GetRequiredService<LocalNode>());
            return orders;
        });
        services.AddSingleton<IEffects>(provider => provider.GetRequiredService<NodeOrders>());
        if (options.NodePort is null) return;
        services.Configure<KestrelServerOptions>(kestrel => kestrel.ListenForNodes(options));
        services.AddTransient<IStartupFilter, NodesFirst>();
        services.AddHostedService(provider => provider.GetRequiredService<JoinedNodes>());
    }

    private static IReadOnlyList<Device> DevicesFor(HubOptions options, ILogger log)
    {
        var found = Discovery.OfThisMachine();
        foreach (var problem in found.Problems) log.GpuProblem(problem);
        if (found.HasDriver && found.Devices.Count == 0) log.GpuProblem("none can be offered, so this hub's slots are simulated");
        return found.OrSimulated(options.SimulatedSlots);
    }

    /// <summary>Before everything else in the pipeline: what arrives on the nodes' listener ends here.</summary>
    private sealed class NodesFirst(NodeRoutes routes) : IStartupFilter
    {
        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
        {
            app.MapWhen(NodeListener.Carries, branch => branch.Run(routes.HandleAsync));
            next(app);
        };
    }
}
