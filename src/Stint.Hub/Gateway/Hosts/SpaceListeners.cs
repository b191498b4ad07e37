using System.Net;
using Microsoft.Extensions.Primitives;
using Stint.Hub.Telemetry;

namespace Stint.Hub.Gateway.Hosts;

/// <summary>
/// The listeners of Spaces as the server's configuration: the server follows a change of it, opens what is new and closes
/// what is gone, and leaves the others and their connections alone. So all Spaces share one server, its limits and its threads.
/// </summary>
internal sealed class SpaceListeners(HubOptions options) : ConfigurationProvider, IConfigurationSource
{
    public IConfigurationProvider Build(IConfigurationBuilder builder) => this;

    public IConfigurationRoot Configuration => new ConfigurationRoot([this]);

    public IChangeToken Changed => GetReloadToken();

    public void Open(IEnumerable<SpaceHost> hosts)
    {
        var next = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        foreach (var host in hosts)
        {
            if (host.Port is not { } port) continue;
            var name = $"Endpoints:{host.Id.Subdomain}";
            next[$"{name}:Url"] = $"{host.Address.Scheme}://{Listen(options.Bind)}:{port}";
            if (options.Certificate is null) continue;
            next[$"{name}:Certificate:Path"] = options.Certificate;
            next[$"{name}:Certificate:KeyPath"] = options.CertificateKey;
        }

        if (next.Count == Data.Count && !next.Except(Data).Any()) return;
        Data = next;
        OnReload();
    }

    private static string Listen(string bind) => IPAddress.Parse(bind) is { AddressFamily: System.Net.Sockets.AddressFamily.InterNetworkV6 } ? $"[{bind}]" : bind;
}

/// <summary>Holds the addresses of Spaces to the catalogue for as long as the hub is up: a change made by any process is seen within a quarter of a second.</summary>
internal sealed class SpaceHosting(SpaceHosts hosts, SpaceListeners listeners, TimeProvider time, ILogger<SpaceHosting> log) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromMilliseconds(250);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            Follow();
            await Task.Delay(Every, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private void Follow()
    {
        try
        {
            if (hosts.Follow()) listeners.Open(hosts.All);
        }
#pragma warning disable CA1031 // A catalogue that cannot be read now may be later; Spaces that are reached must not suffer from it.
        catch (Exception e)
#pragma warning restore CA1031
        {
            log.HostsUnread(e);
        }
    }
}
