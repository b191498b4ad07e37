using System.Net;
using System.Net.Sockets;

namespace Stint.Hub.Doctor.Observing;

/// <summary>What kind of network an address belongs to: enough to see a NAT or a VPN, too little to tell whose it is.</summary>
internal static class NetworkClass
{
    private static readonly (IPNetwork Network, string Is)[] Known =
    [
        (IPNetwork.Parse("127.0.0.0/8"), "this machine"),
        (IPNetwork.Parse("10.0.0.0/8"), "private, behind a NAT"),
        (IPNetwork.Parse("172.16.0.0/12"), "private, behind a NAT"),
        (IPNetwork.Parse("192.168.0.0/16"), "private, behind a NAT"),
        (IPNetwork.Parse("100.64.0.0/10"), "shared by a carrier's NAT or a VPN"),
        (IPNetwork.Parse("169.254.0.0/16"), "link-local"),
        (IPNetwork.Parse("::1/128"), "this machine"),
        (IPNetwork.Parse("fc00::/7"), "private"),
        (IPNetwork.Parse("fe80::/10"), "link-local"),
    ];

    public static string? Of(IPAddress? address)
    {
        if (address is null) return null;
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        var version = address.AddressFamily == AddressFamily.InterNetworkV6 ? "IPv6" : "IPv4";
        return $"{version}, {Known.FirstOrDefault(known => known.Network.Contains(address)).Is ?? "public"}";
    }
}
