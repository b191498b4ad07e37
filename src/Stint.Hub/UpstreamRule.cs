using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace Stint.Hub;

/// <summary>
/// Where a Space that somebody else runs may be: on http(s), and never at the hub itself or at an address that gives away
/// secrets of the machine. Asked when a Space is added, and again with the address a name came to, before each connection.
/// </summary>
/// <param name="hubPorts">Ports of this machine that the hub listens on.</param>
/// <param name="isPublicOnly">True where nothing but addresses of the public internet will do: no private network's, none of this machine's.</param>
public sealed class UpstreamRule(IReadOnlyCollection<int> hubPorts, bool isPublicOnly = false)
{
    public bool IsPublicOnly => isPublicOnly;

    /// <summary>Where clouds serve an instance's secrets outside the link-local range.</summary>
    private static readonly IPAddress[] Metadata = [IPAddress.Parse("fd00:ec2::254"), IPAddress.Parse("100.100.100.200"), IPAddress.Parse("192.0.0.192")];

    private static readonly string[] MetadataNames = ["metadata", "metadata.google.internal", "instance-data", "instance-data.ec2.internal"];

    /// <summary>What is wrong with an upstream as it was written, as a sentence that says what to do; null when nothing is.</summary>
    public string? Problem(string text)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https") || uri.Host.Length == 0)
            return $"'{text}' is no upstream: write it as http://HOST:PORT or https://HOST";
        if (uri.UserInfo.Length > 0) return "an upstream carries no user name or password; protect it by address, and give it as http://HOST:PORT";
        if (uri.Query.Length > 0 || uri.Fragment.Length > 0) return "an upstream has no '?' and no '#'; give it as http://HOST:PORT";
        if (IPAddress.TryParse(uri.DnsSafeHost, out var address)) return Problem(address, uri.Port);
        var name = uri.IdnHost.TrimEnd('.').ToLowerInvariant();
        if (IsMetadata(name)) return $"{name} serves secrets of the machine and is no Space";
        return name == "localhost" || name.EndsWith(".localhost", StringComparison.Ordinal) ? Problem(IPAddress.Loopback, uri.Port) : null;
    }

    /// <summary>True for a name under which clouds serve secrets of the machine.</summary>
    /// <param name="name">In lower case, without a dot at its end.</param>
    public static bool IsMetadata(string name) => MetadataNames.Contains(name);

    /// <summary>What is wrong with an address that is about to be connected to, as a sentence; null when nothing is.</summary>
    public string? Problem(IPAddress address, int port)
    {
        address = Inner(address);
        if (IsLinkLocal(address)) return $"{address} is a link-local address, where clouds serve secrets of the machine; give the Space's own address";
        if (Metadata.Contains(address)) return $"{address} serves secrets of the machine and is no Space";
        if (IsNoHost(address)) return $"{address} is no address of one machine; give the Space's own";
        if (isPublicOnly && !IsPublic(address)) return $"{address} is not on the public internet";
        return hubPorts.Contains(port) && IsOfThisMachine(address) ? $"port {port} of this machine is the hub itself; give the port the Space listens on" : null;
    }

    /// <summary>Connects to an address the rule allows, whatever a name came to at this moment.</summary>
    /// <exception cref="SocketException">When it leads to none, or none of them answers.</exception>
    public async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken stop)
    {
        var addresses = await Dns.GetHostAddressesAsync(context.DnsEndPoint.Host, stop).ConfigureAwait(false);
        var allowed = addresses.Where(address => Problem(address, context.DnsEndPoint.Port) is null).ToArray();
        if (allowed.Length == 0) throw new SocketException((int)SocketError.NetworkUnreachable);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(allowed, context.DnsEndPoint.Port, stop).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>The IPv4 address that an IPv6 one stands for: mapped, the old compatible form, or through NAT64.</summary>
    private static IPAddress Inner(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6) return address.MapToIPv4();
        if (address.AddressFamily != AddressFamily.InterNetworkV6 || IPAddress.IsLoopback(address) || address.Equals(IPAddress.IPv6Any)) return address;
        return address.GetAddressBytes() switch
        {
            [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, .. var compatible] => new IPAddress(compatible),
            [0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0, .. var translated] => new IPAddress(translated),
            _ => address,
        };
    }

    /// <summary>What is routed on the public internet, and stands for no address inside another. Documentation and test networks are not.</summary>
    private static bool IsPublic(IPAddress address) => address.AddressFamily == AddressFamily.InterNetworkV6
        ? address.GetAddressBytes() is [>= 0x20 and <= 0x3f, ..] and not [0x20, 0x02, ..] and not [0x20, 0x01, 0, ..] and not [0x20, 0x01, 0x0d, 0xb8, ..] && !IsOfThisMachine(address)
        : address.GetAddressBytes() is not ([0 or 10 or 127 or >= 224, ..] or [100, >= 64 and <= 127, ..] or [169, 254, ..] or [172, >= 16 and <= 31, ..] or [192, 168, ..]
            or [192, 0, 0 or 2, _] or [198, 18 or 19, ..] or [198, 51, 100, _] or [203, 0, 113, _]) && !IsOfThisMachine(address);

    private static bool IsLinkLocal(IPAddress address) =>
        address.IsIPv6LinkLocal || (address.AddressFamily == AddressFamily.InterNetwork && address.GetAddressBytes() is [169, 254, ..]);

    /// <summary>Unspecified, multicast or reserved: 0.0.0.0/8 reaches this machine under a name no rule expects.</summary>
    private static bool IsNoHost(IPAddress address) =>
        address.IsIPv6Multicast || address.Equals(IPAddress.IPv6Any)
        || (address.AddressFamily == AddressFamily.InterNetwork && address.GetAddressBytes()[0] is 0 or >= 224);

    private static bool IsOfThisMachine(IPAddress address) =>
        IPAddress.IsLoopback(address)
        || NetworkInterface.GetAllNetworkInterfaces().Any(each => each.GetIPProperties().UnicastAddresses.Any(own => own.Address.Equals(address)));
}
