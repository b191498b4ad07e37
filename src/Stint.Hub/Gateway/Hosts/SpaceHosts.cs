using Stint.Core.Spaces;
using Stint.Hub.Store;

namespace Stint.Hub.Gateway.Hosts;

/// <summary>One Space at its own address.</summary>
/// <param name="Address">The origin people use: scheme, host and port, and no path.</param>
/// <param name="Port">The port of its own; null where it has a host name instead.</param>
internal sealed record SpaceHost(Space Space, Uri Address, int? Port)
{
    public SpaceId Id => Space.Id;

    /// <summary>As a browser writes it in <c>Origin</c>.</summary>
    public string Origin { get; } = Address.GetLeftPart(UriPartial.Authority);

    public bool IsSecure => Address.Scheme == Uri.UriSchemeHttps;

    /// <summary>Ports of one machine share its cookies; host names do not.</summary>
    public bool SharesCookies => Port is not null;

    public CookieNames Cookies { get; } = CookieNames.Of(Space.Id.Subdomain, Address.Scheme == Uri.UriSchemeHttps, Port is not null);
}

/// <summary>What cookies are called at one Space's address.</summary>
/// <param name="Session">Of the session there.</param>
/// <param name="Visitor">Of the mark of a visitor who goes on unknown.</param>
/// <param name="Way">Of what a browser keeps to itself while it is on its way in.</param>
/// <param name="OfSpace">What the names of the Space's own cookies begin with outside of it; empty where it has them to itself.</param>
internal sealed record CookieNames(string Session, string Visitor, string Way, string OfSpace)
{
    public const string Ours = "stint-";
    public const string OursSecure = "__Host-" + Ours;

    public static CookieNames Of(string label, bool isSecure, bool isShared)
    {
        var prefix = isSecure ? OursSecure : Ours;
        var own = isShared ? $".{label}" : "";
        return new($"{prefix}space{own}", prefix + "visitor", $"{prefix}way{own}", isShared ? $"s.{label}." : "");
    }
}

/// <summary>
/// Which Space each address leads to, as the catalogue last said. A Space is an origin of its own: with a domain for Spaces a
/// host name under it, else a port on the hub's address that stays the same over restarts. Reads never wait.
/// </summary>
internal sealed class SpaceHosts(HubOptions options, Catalogue catalogue, HostPorts ports)
{
    private volatile Table table = new(-1, [], [], []);

    public SpaceHost? Of(SpaceId space) => table.BySpace.GetValueOrDefault(space);

    public IReadOnlyCollection<SpaceHost> All => table.BySpace.Values;

    /// <summary>Pages are made for the address they are asked at and Spaces are told it, so it has to be one.</summary>
    public static bool IsAddress(HostString host) =>
        host.Value is { Length: <= 300 } text && Uri.TryCreate($"http://{text}/", UriKind.Absolute, out var address) && address.UserInfo.Length == 0 && address.AbsolutePath == "/";

    /// <summary>The Space that a request is for; null where it is for the hub itself, or for nobody.</summary>
    /// <param name="isOfSpaces">True where the address belongs to Spaces, whether or not there is one at it.</param>
    public SpaceHost? Of(HttpContext context, out bool isOfSpaces)
    {
        var known = table;
        if (options.SpacesDomain is not { } domain)
        {
            isOfSpaces = known.ByPort.TryGetValue(context.Connection.LocalPort, out var atPort);
            return atPort;
        }

        var host = context.Request.Host.Host;
        isOfSpaces = IsUnder(domain, host) && !string.Equals(host, options.Url.Host, StringComparison.OrdinalIgnoreCase);
        return isOfSpaces ? known.ByLabel.GetValueOrDefault(host[..^(domain.Length + 1)].ToLowerInvariant()) : null;
    }

    /// <summary>Reads the catalogue where it has changed. True where the addresses may have.</summary>
    public bool Follow()
    {
        // Taken before the read: what is written between is found at the next look.
        var version = catalogue.Version();
        if (version == table.Version) return false;
        var hosts = catalogue.Spaces().Select(HostOf).OfType<SpaceHost>().ToList();
        table = new(
            version,
            hosts.ToDictionary(host => host.Id),
            hosts.Where(host => host.Port is not null).ToDictionary(host => host.Port!.Value),
            hosts.ToDictionary(host => host.Id.Subdomain));
        return true;
    }

    private SpaceHost? HostOf(Space space)
    {
        if (options.SpacesDomain is { } domain)
            return new(space, new UriBuilder(options.Url) { Host = $"{space.Id.Subdomain}.{domain}", Path = "" }.Uri, null);
        if (ports.Of(space.Id) is not { } port) return null;
        // The listener of a Space speaks as the hub's own does; a proxy in front of the hub knows nothing of it.
        var scheme = options.Certificate is null ? Uri.UriSchemeHttp : Uri.UriSchemeHttps;
        return new(space, new UriBuilder(scheme, options.Url.Host, port).Uri, port);
    }

    private static bool IsUnder(string domain, string host) =>
        host.Length > domain.Length + 1 && host.EndsWith(domain, StringComparison.OrdinalIgnoreCase) && host[^(domain.Length + 1)] == '.';

    private sealed record Table(long Version, Dictionary<SpaceId, SpaceHost> BySpace, Dictionary<int, SpaceHost> ByPort, Dictionary<string, SpaceHost> ByLabel);
}
