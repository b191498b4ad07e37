using Microsoft.Extensions.Primitives;
using Stint.Hub.Gateway.Hosts;

namespace Stint.Hub.Gateway.Recognising;

/// <summary>
/// Cookies at Spaces' addresses. Ours begin with a prefix of ours and never reach a Space, nor may a Space set one. Where
/// Spaces share a machine's cookies, each Space's own are renamed, and it is sent those alone: what other programs of this
/// machine keep in the same browser is none of its business.
/// </summary>
internal static class SpaceCookies
{
    private const string Prefix = "stint-";
    private const string SecurePrefix = "__Host-" + Prefix;

    public static string Session(SpaceHost host) => $"{(host.IsSecure ? SecurePrefix : Prefix)}space{(host.SharesCookies ? $".{host.Id.Subdomain}" : "")}";

    public static string Visitor(SpaceHost host) => $"{(host.IsSecure ? SecurePrefix : Prefix)}visitor";

    /// <summary>What a browser keeps to itself while it is on its way in.</summary>
    public static string Way(SpaceHost host) => $"{(host.IsSecure ? SecurePrefix : Prefix)}way{(host.SharesCookies ? $".{host.Id.Subdomain}" : "")}";

    /// <summary>What was sent as this Space's session: nothing, one, or more than one.</summary>
    public static StringValues Ours(StringValues header, SpaceHost host) => Named(header, Session(host));

    public static StringValues Named(StringValues header, string name) =>
        new([.. Pairs(header).Where(pair => pair.Name == name).Select(pair => pair.Value)]);

    /// <summary>The <c>Cookie</c> header that a Space is sent; null where nothing is left of it.</summary>
    public static string? ForSpace(StringValues header, SpaceHost host)
    {
        if (header.Count == 0) return null;
        var rename = Rename(host);
        var kept = Pairs(header).Where(pair => !IsOurs(pair.Name) && pair.Name.StartsWith(rename, StringComparison.Ordinal))
            .Select(pair => $"{pair.Name[rename.Length..]}={pair.Value}").ToList();
        return kept.Count == 0 ? null : string.Join("; ", kept);
    }

    /// <summary>A <c>Set-Cookie</c> of a Space as its visitor is sent it: for this host alone, under the Space's own name. Null where it is none of the Space's business.</summary>
    public static string? FromSpace(string line, SpaceHost host)
    {
        var parts = line.Split(';');
        var name = parts[0].Split('=', 2)[0].Trim();
        if (name.Length == 0 || IsOurs(name)) return null;
        var attributes = parts.Skip(1).Where(part => !part.TrimStart().StartsWith("Domain", StringComparison.OrdinalIgnoreCase));
        return string.Join(';', attributes.Prepend(Rename(host) + parts[0].TrimStart()));
    }

    /// <summary>For a session or a visitor's mark, for this address alone. Over TLS it works in the hub's frame too, kept apart for each page that frames it.</summary>
    public static string Write(string name, string value, SpaceHost host, TimeSpan lifetime) =>
        $"{name}={value}; Path=/; Max-Age={(long)lifetime.TotalSeconds}; HttpOnly; {(host.IsSecure ? "Secure; SameSite=None; Partitioned" : "SameSite=Lax")}";

    public static string Clear(string name, SpaceHost host) => Write(name, "", host, TimeSpan.Zero);

    private static string Rename(SpaceHost host) => host.SharesCookies ? $"s.{host.Id.Subdomain}." : "";

    private static bool IsOurs(string name) =>
        name.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase) || name.StartsWith(SecurePrefix, StringComparison.OrdinalIgnoreCase)
        || name.StartsWith("__Secure-" + Prefix, StringComparison.OrdinalIgnoreCase);

    private static IEnumerable<(string Name, string Value)> Pairs(StringValues header) =>
        from line in header
        from part in (line ?? "").Split(';')
        let pair = part.Split('=', 2)
        where pair.Length == 2
        select (pair[0].Trim(), pair[1].Trim());
}
