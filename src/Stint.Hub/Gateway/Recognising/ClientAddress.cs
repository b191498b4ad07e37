using System.Net;

namespace Stint.Hub.Gateway.Recognising;

/// <summary>
/// Where a request came from. Behind proxies that the operator named, <c>X-Forwarded-For</c> is walked from the right, over
/// those proxies, to the first address that is none; whatever stands left of that anyone may have written.
/// </summary>
internal sealed class ClientAddress
{
    private const int MostHops = 32;
    private readonly List<IPNetwork> proxies;

    public ClientAddress(HubOptions options) => proxies = [.. options.TrustedProxies.Select(ProxyOf)];

    /// <summary>Puts the client's own address and scheme where every part of the hub reads them.</summary>
    public void Apply(HttpContext context)
    {
        if (context.Connection.RemoteIpAddress is not { } peer) return;
        peer = Plain(peer);
        if (IsProxy(peer))
        {
            if (context.Request.Headers["X-Forwarded-Proto"] is [.., { } schemes] && schemes.Split(',')[^1].Trim() is "https" or "http")
                context.Request.Scheme = context.Request.Headers["X-Forwarded-Proto"][^1]!.Split(',')[^1].Trim();
            context.Features.Set(new ForwardedBy(peer));
            peer = Walk(peer, context.Request.Headers["X-Forwarded-For"]);
        }

        if (!ReferenceEquals(peer, context.Connection.RemoteIpAddress)) context.Connection.RemoteIpAddress = peer;
    }

    internal IPAddress Walk(IPAddress peer, IEnumerable<string?> header)
    {
        var named = header.SelectMany(line => (line ?? "").Split(',')).Select(text => text.Trim()).Where(text => text.Length > 0).Reverse().Take(MostHops);
        foreach (var text in named)
        {
            // What a trusted proxy wrote and cannot be read ends the walk: the last address that is known stands.
            if (!IPAddress.TryParse(WithoutPort(text), out var hop)) return peer;
            peer = Plain(hop);
            if (!IsProxy(peer)) return peer;
        }

        return peer;
    }

    private bool IsProxy(IPAddress address) => proxies.Count > 0 && proxies.Exists(network => network.Contains(address));

    private static IPAddress Plain(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;

    private static string WithoutPort(string text) => text switch
    {
        ['[', ..] when text.IndexOf(']', StringComparison.Ordinal) is > 0 and var end => text[1..end],
        _ when text.Count(c => c == ':') == 1 => text[..text.IndexOf(':', StringComparison.Ordinal)],
        _ => text,
    };

    private static IPNetwork ProxyOf(string text)
    {
        if (IPNetwork.TryParse(text, out var network)) return network;
        var address = IPAddress.Parse(text);
        return new IPNetwork(address, address.GetAddressBytes().Length * 8);
    }
}
