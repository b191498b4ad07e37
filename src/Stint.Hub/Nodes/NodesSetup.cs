using Stint.Hub.Engine;

namespace Stint.Hub.Nodes;

internal static class NodesSetup
{
    /// <summary>This machine as the one node. Whoever starts Spaces registers a <see cref="SupervisedProcess"/>.</summary>
    public static void AddNodes(this IServiceCollection services, HubOptions options)
    {
        services.AddSingleton(provider => new LocalNode(
            Device.Discover(options.SimulatedSlots),
            // Asked for late: whoever supervises may itself need the engine, and the engine needs this.
            space => provider.GetService<SupervisedProcess>()?.Invoke(space),
            TimeSpan.FromSeconds(options.GraceSeconds),
            provider.GetRequiredService<ILogger<LocalNode>>())
        {
            Starved = space => provider.GetService<StarvedSpace>()?.Invoke(space) ?? false,
        });
        services.AddSingleton<IEffects>(provider => provider.GetRequiredService<LocalNode>());
    }
}
