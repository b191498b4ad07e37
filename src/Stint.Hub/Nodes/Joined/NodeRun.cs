using System.Net;
using Microsoft.AspNetCore.Connections;
using Stint.Hub.DeviceApi;
using Stint.Hub.Nodes.Gpus;
using Stint.Hub.Nodes.Joining;
using Stint.Hub.Store;
using Stint.Hub.Telemetry;

namespace Stint.Hub.Nodes.Joined;

/// <summary>What <c>stint node</c> was asked for.</summary>
/// <param name="Hub">Null where this machine joined before and stays with that hub.</param>
/// <param name="Simulate">So many simulated slots, whatever the machine has; null for what it has.</param>
/// <param name="KillUnleased">Processes that use a GPU without a lease are ended, not only reported.</param>
internal sealed record NodeOptions(string Directory, Uri? Hub, string? Token, string Name, int Port, int? Simulate, bool KillUnleased);

/// <summary>The life of a node's process: 1 see what the machine has 2 join, once 3 serve its Spaces and follow the hub until it is stopped.</summary>
internal static class NodeRun
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    /// <returns>The exit code: 1 where the hub sent it away.</returns>
    /// <exception cref="OptionsException">When it cannot be done as asked; the message says what to do.</exception>
    public static async Task<int> UntilStoppedAsync(NodeOptions options, CancellationToken stopping)
    {
        using var directory = new HubDirectory(options.Directory);
        directory.Serve();
        // 1
        var devices = DevicesFor(options);
        // 2
        var file = await JoinedAsync(options, directory, stopping);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.AddTelemetry();
        builder.Logging.AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.ListenForDevices(IPAddress.Loopback, options.Port);
        });
        using var hub = new HubCalls(file.Hub) { Secret = file.Secret };
        Add(builder.Services, options, file, hub, devices);
        await using var app = builder.Build();
        var (node, forward) = (app.Services.GetRequiredService<LocalNode>(), app.Services.GetRequiredService<DeviceForward>());
        node.ReportTo(app.Services.GetRequiredService<HubLink>());
        app.Run(forward.HandleAsync);
        // 3
        Console.WriteLine($"Node        {file.Name} of {file.Hub.ToString().TrimEnd('/')}");
        Console.WriteLine($"Device API  http://127.0.0.1:{options.Port} (Spaces of this machine only)");
        Console.WriteLine($"Slots       {Device.Words(node.Devices)}");
        Console.WriteLine("Ctrl-C stops it.");
        await using var _ = stopping.Register(app.Lifetime.StopApplication);
        try
        {
            await app.StartAsync(stopping);
        }
        catch (IOException e) when (e.InnerException is AddressInUseException)
        {
            throw new OptionsException($"port {options.Port} is taken: {e.Message} Choose another with --port, and tell the Spaces of this machine by: stint space env --node {file.Name}", e);
        }

        await app.WaitForShutdownAsync(CancellationToken.None);
        if (app.Services.GetRequiredService<JoinedNode>().Dismissed is not { } why) return 0;
        await Console.Error.WriteLineAsync("stint: the hub sent this node away: " + why);
        return 1;
    }

    private static void Add(IServiceCollection services, NodeOptions options, NodeFile file, HubCalls hub, IReadOnlyList<Device> devices)
    {
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton(hub);
        services.AddSingleton(new NodeAddress(new Uri($"http://127.0.0.1:{options.Port}")));
        services.AddSingleton(provider => new LocalNode(
            file.Name,
            devices,
            _ => null,
            NodeTerms.GraceBeforeWelcome,
            provider.GetRequiredService<ILogger<LocalNode>>()));
        services.AddSingleton<LeasesInHand>();
        services.AddSingleton<HubLink>();
        services.AddSingleton<SpacesSeen>();
        services.AddSingleton<DeviceForward>();
        services.AddSingleton(provider => new UnleasedWatch(
            provider.GetRequiredService<LocalNode>(), () => Nvml.Open(Nvml.Library).Opened, options.KillUnleased, provider.GetRequiredService<HubLink>().Mention, TimeProvider.System,
            provider.GetRequiredService<ILogger<UnleasedWatch>>()));
        services.AddHostedService(provider => provider.GetRequiredService<UnleasedWatch>());
        services.AddSingleton<JoinedNode>();
        services.AddHostedService(provider => provider.GetRequiredService<JoinedNode>());
    }

    /// <summary>Seen before the token is used up: a machine whose driver is broken is not to pretend.</summary>
    private static IReadOnlyList<Device> DevicesFor(NodeOptions options)
    {
        if (options.Simulate is { } count) return Device.SimulatedMany(count);
        var found = Discovery.OfThisMachine();
        if (found.HasDriver && found.Devices.Count == 0)
            throw new OptionsException($"no GPU can be offered: {(found.Problems.Count > 0 ? string.Join("; ", found.Problems) : "NVIDIA's driver has no device")}. See to it, or offer simulated slots with --simulate N");
        foreach (var problem in found.Problems) Console.Error.WriteLine($"stint: {problem}");
        if (!found.HasDriver) Console.Error.WriteLine("stint: no NVIDIA driver on this machine, so its slots are simulated; --simulate N says how many");
        return found.OrSimulated(new HubOptions().SimulatedSlots);
    }

    private static async Task<NodeFile> JoinedAsync(NodeOptions options, HubDirectory directory, CancellationToken stopping)
    {
        // A token that is said again at each start, as service files do, is looked at only where the hub knows this machine no more.
        if (NodeFile.Read(directory) is { } joined && (options.Hub is null || options.Hub == joined.Hub) && (options.Token is null || await IsKnownAsync(joined, stopping))) return joined;
        if (options.Hub is null || options.Token is null) throw new OptionsException("this machine has not joined that hub yet; give --join HUB and --token T, which 'stint node token' prints there");
        if (Problem(options.Hub) is { } problem) throw new OptionsException(problem);
        using var hub = new HubCalls(options.Hub);
        using var bounded = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        bounded.CancelAfter(Patience);
        try
        {
            var answer = await hub.AskAsync<JoinWire, JoinedWire>("join", new JoinWire(options.Token, options.Name), bounded.Token);
            var file = new NodeFile(options.Hub, answer.Name, answer.Secret);
            file.Write(directory);
            return file;
        }
        catch (HubRefusedException e)
        {
            throw new OptionsException($"the hub refused: {e.Message}", e);
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
        {
            throw new OptionsException($"{options.Hub} does not answer ({e.Message}); is nodePort set there, and open to this machine?", e);
        }
    }

    /// <summary>False where the hub sends this machine away; true where it does not answer, for it may be back soon.</summary>
    private static async Task<bool> IsKnownAsync(NodeFile joined, CancellationToken stopping)
    {
        using var hub = new HubCalls(joined.Hub) { Secret = joined.Secret };
        using var bounded = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        bounded.CancelAfter(Patience);
        try
        {
            await hub.SayAsync("beat", new BeatWire(0, 0), bounded.Token);
        }
        catch (HubRefusedException e)
        {
            return e.Status != HttpStatusCode.Unauthorized;
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
        {
        }

        return true;
    }

    /// <summary>The secret of a node is said with each call: over a network that strangers are on, only encrypted.</summary>
    private static string? Problem(Uri hub) => hub switch
    {
        { Scheme: "https" } => null,
        { Scheme: "http" } when hub.IsLoopback || (IPAddress.TryParse(hub.DnsSafeHost, out var address) && NodeListener.IsPrivate(address)) => null,
        { Scheme: "http" } => $"{hub} is neither this machine nor a private address: let the hub's node listener speak TLS and join by https://",
        _ => $"'{hub}' is no hub: write it as https://HOST:PORT or http://PRIVATE-ADDRESS:PORT",
    };
}
