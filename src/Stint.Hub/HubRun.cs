using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Stint.Hub.Accounts;
using Stint.Hub.Demo;
using Stint.Hub.DeviceApi;
using Stint.Hub.Engine;
using Stint.Hub.Gateway;
using Stint.Hub.Nodes;
using Stint.Hub.Nodes.Joining;
using Stint.Hub.Store;

namespace Stint.Hub;

/// <summary>
/// The life of a serving hub: 1 settle what a crash left, 2 let people and Spaces in, 3 say where, 4 wait, 5 stop. The exit
/// code is 0 only where nothing broke.
/// </summary>
internal static class HubRun
{
    /// <exception cref="OptionsException">When a port is taken or the demo cannot be made; the message says what to do.</exception>
    public static async Task<int> UntilStoppedAsync(WebApplication hub, HubOptions options, CancellationToken stopping)
    {
        var services = hub.Services;
        var engine = services.GetRequiredService<LedgerEngine>();
        var broken = false;
        engine.Broken = _ =>
        {
            broken = true;
            hub.Lifetime.StopApplication();
        };
        // 1
        services.GetRequiredService<JoinedNodes>().TakeUp();
        await NodeStart.RunAsync(engine, services.GetRequiredService<LocalNode>(), services.GetRequiredService<ILedgerStore>(), TimeSpan.FromSeconds(options.GraceSeconds));
        services.GetRequiredService<Catalogue>().KeepAddress(new HubAddress(options.Url, options.DeviceUrl, [options.Port, options.DeviceListenerPort, .. options.NodePort is { } nodes ? new[] { nodes } : []]));
        if (options.Demo) services.GetRequiredService<Demonstration>().AddSpace();
        // 2
        try
        {
            await hub.StartAsync(stopping);
        }
        catch (IOException e) when (e.InnerException is AddressInUseException)
        {
            throw new OptionsException($"a port is taken: {e.Message} Choose others with --port, devicePort and nodePort.", e);
        }

        // 3
        if (options.Demo) await services.GetRequiredService<Demonstration>().PrepareAsync(stopping);
        Greet(options, services);
        // 4
        await using var _ = stopping.Register(hub.Lifetime.StopApplication);
        await hub.WaitForShutdownAsync(CancellationToken.None);
        // 5
        return broken ? 1 : 0;
    }

    /// <summary>Everything a hub listens on, and the largest body any of it takes unless an endpoint says otherwise.</summary>
    public static void Listen(this KestrelServerOptions kestrel, HubOptions options)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = 1024 * 1024;
        kestrel.ListenForPeople(options);
        kestrel.ListenForDevices(IPAddress.Loopback, options.DeviceListenerPort);
    }

    private static void Greet(HubOptions options, IServiceProvider services)
    {
        Say("Hub", Text(options.Url));
        Say("Device API", $"{Text(options.DeviceUrl)} (Spaces of this machine only)");
        if (services.GetRequiredService<FirstStart>().Prepare(services.GetRequiredService<LedgerClock>().Now) is var (account, secret))
            Say("Set up", $"{Text(options.Url)}{SetUpLinks.PathOf(secret)} (once, within a day: choose the password of '{account.Name}')");
        if (options.Demo) Say("Demo", Path.Combine(options.Directory, Demonstration.FileName));
        Say("Data", options.Directory);
        Console.WriteLine("Ctrl-C stops it.");
    }

    private static void Say(string what, string where) => Console.WriteLine($"{what,-11} {where}");

    private static string Text(Uri address) => address.ToString().TrimEnd('/');
}
