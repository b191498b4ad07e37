using System.Net;
using System.Net.Sockets;
using Stint.Hub.Gateway.Hosts;

namespace Stint.Hub.Gateway;

/// <summary>
/// Connections to Spaces: no redirect is followed, no cookie kept, no proxy used, nothing decompressed. An address is looked
/// at when it is connected to, not when its name was written down, so a name cannot lead to the hub or to a machine's secrets.
/// </summary>
internal sealed class SpaceConnections : IDisposable
{
    /// <summary>A stream may be silent as long as its event waits.</summary>
    public static readonly TimeSpan LongestSilence = TimeSpan.FromHours(24);

    private static readonly TimeSpan ConnectWithin = TimeSpan.FromSeconds(10);

    /// <param name="resolve">What a name leads to at this moment; null asks the system.</param>
    public SpaceConnections(HubOptions options, SpaceHosts hosts, Func<string, CancellationToken, Task<IPAddress[]>>? resolve = null)
    {
        Invoker = new HttpMessageInvoker(new SocketsHttpHandler
        {
            UseProxy = false,
            AllowAutoRedirect = false,
            UseCookies = false,
            AutomaticDecompression = DecompressionMethods.None,
            ActivityHeadersPropagator = null,
            ConnectTimeout = ConnectWithin,
            // Nobody waits for the rest of an answer whose reader has left: the Space has to notice at once.
            MaxResponseDrainSize = 0,
            ResponseDrainTimeout = TimeSpan.Zero,
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(15),
            PooledConnectionLifetime = TimeSpan.FromMinutes(10),
            ConnectCallback = (context, stop) => ConnectAsync(context.DnsEndPoint, RuleOf(options, hosts), resolve ?? Dns.GetHostAddressesAsync, stop),
        });
    }

    public HttpMessageInvoker Invoker { get; }

    public void Dispose() => Invoker.Dispose();

    /// <summary>The listeners of Spaces are the hub's own too: a Space whose upstream is one would be asked for ever.</summary>
    private static UpstreamRule RuleOf(HubOptions options, SpaceHosts hosts) =>
        new([options.Port, options.DeviceListenerPort, .. hosts.All.Where(host => host.Port is not null).Select(host => host.Port!.Value)]);

    private static async ValueTask<Stream> ConnectAsync(
        DnsEndPoint to, UpstreamRule rule, Func<string, CancellationToken, Task<IPAddress[]>> resolve, CancellationToken stop)
    {
        var addresses = IPAddress.TryParse(to.Host, out var literal) ? [literal] : await resolve(to.Host, stop).ConfigureAwait(false);
        var allowed = addresses.Where(address => rule.Problem(address, to.Port) is null).ToArray();
        if (allowed.Length == 0) throw new HttpRequestException($"{to.Host} leads to no address a Space may have");
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(allowed, to.Port, stop).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
