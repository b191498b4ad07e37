using System.Net;
using System.Net.Sockets;
using Stint.Core;
using Stint.Core.Identities;

namespace Stint.Hub;

/// <summary>The proxy, one that the operator named, which handed a request on.</summary>
public sealed record ForwardedBy(IPAddress Proxy);

/// <summary>
/// Who a request is from and what may be done in that name: the one feature that feature folders share. Set once, before
/// any endpoint runs; where it is set, the evidence held.
/// </summary>
/// <param name="Grant">What the evidence permits, which may be less than the account may.</param>
public sealed record RequestIdentity(IdentityId Identity, Account Account, EvidenceKind Evidence, AccessTokenGrant Grant)
{
    public bool IsAdministrator => Account.Role == AccountRole.Administrator;

    /// <exception cref="InvariantBrokenException">Where nothing set it: the endpoint is mapped outside of what attribution covers.</exception>
    public static RequestIdentity Of(HttpContext context)
    {
        var identity = context.Features.Get<RequestIdentity>();
        Invariant.Holds(identity is not null, $"{context.Request.Path} is served to recognised callers only");
        return identity;
    }

    /// <summary>Who is counted where nothing speaks for anyone: everyone at one IPv4 address, or in one IPv6 network of 64 bits.</summary>
    public static IdentityId OfNetwork(IPAddress? address)
    {
        if (address is null) return IdentityId.OfNetwork("unknown");
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        if (address.AddressFamily != AddressFamily.InterNetworkV6) return IdentityId.OfNetwork(address.ToString());
        var bytes = address.GetAddressBytes();
        bytes.AsSpan(8).Clear();
        return IdentityId.OfNetwork($"{new IPAddress(bytes)}/64");
    }
}
