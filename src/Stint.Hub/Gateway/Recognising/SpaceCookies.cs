using System.Security.Cryptography;
using System.Text;
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
    private const string Secure = "__Secure-" + CookieNames.Ours;

    public static string Session(SpaceHost host) => host.Cookies.Session;

    public static string Visitor(SpaceHost host) => host.Cookies.Visitor;

    /// <summary>What a browser keeps to itself while it is on its way in.</summary>
    public static string Way(SpaceHost host) => host.Cookies.Way;

    /// <summary>What was sent as this Space's session: nothing, one, or more than one.</summary>
    public static StringValues Ours(StringValues header, SpaceHost host) => Named(header, Session(host));

    public static StringValues Named(StringValues header, string name)
    {
        var found = StringValues.Empty;
        foreach (var line in header)
            foreach (var range in line.AsSpan().Split(';'))
                if (IsPair(line.AsSpan(range), out var sent, out var value) && sent.SequenceEqual(name)) found = StringValues.Concat(found, value.ToString());
        return found;
    }

    /// <summary>What tells an unknown visitor's browser from others of its network, the same at every Space; null where it keeps nothing.</summary>
    public static string? DeviceOf(StringValues header, SpaceHost host) =>
        Named(header, Visitor(host)) is [{ Length: > 0 } mark] ? Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(mark)).AsSpan(0, 8)) : null;

    /// <summary>The <c>Cookie</c> header that a Space is sent; null where nothing is left of it.</summary>
    public static string? ForSpace(StringValues header, SpaceHost host)
    {
        StringBuilder? kept = null;
        foreach (var line in header)
            foreach (var range in line.AsSpan().Split(';'))
            {
                if (!IsPair(line.AsSpan(range), out var name, out var value) || IsOurs(name) || !name.StartsWith(host.Cookies.OfSpace, StringComparison.Ordinal)) continue;
                kept = kept is null ? new() : kept.Append("; ");
                kept.Append(name[host.Cookies.OfSpace.Length..]).Append('=').Append(value);
            }

        return kept?.ToString();
    }

    /// <summary>A <c>Set-Cookie</c> of a Space as its visitor is sent it: for this host alone, under the Space's own name. Null where it is none of the Space's business.</summary>
    public static string? FromSpace(string line, SpaceHost host)
    {
        var parts = line.Split(';');
        var name = parts[0].Split('=', 2)[0].Trim();
        if (name.Length == 0 || IsOurs(name)) return null;
        var attributes = parts.Skip(1).Where(part => !part.TrimStart().StartsWith("Domain", StringComparison.OrdinalIgnoreCase));
        return string.Join(';', attributes.Prepend(host.Cookies.OfSpace + parts[0].TrimStart()));
    }

    /// <summary>For a session or a visitor's mark, for this address alone. Over TLS it works in the hub's frame too, kept apart for each page that frames it.</summary>
    public static string Write(string name, string value, SpaceHost host, TimeSpan lifetime) =>
        $"{name}={value}; Path=/; Max-Age={(long)lifetime.TotalSeconds}; HttpOnly; {(host.IsSecure ? "Secure; SameSite=None; Partitioned" : "SameSite=Lax")}";

    public static string Clear(string name, SpaceHost host) => Write(name, "", host, TimeSpan.Zero);

    private static bool IsOurs(ReadOnlySpan<char> name) =>
        name.StartsWith(CookieNames.Ours, StringComparison.OrdinalIgnoreCase) || name.StartsWith(CookieNames.OursSecure, StringComparison.OrdinalIgnoreCase)
        || name.StartsWith(Secure, StringComparison.OrdinalIgnoreCase);

    private static bool IsPair(ReadOnlySpan<char> part, out ReadOnlySpan<char> name, out ReadOnlySpan<char> value)
    {
        var sign = part.IndexOf('=');
        name = sign < 0 ? [] : part[..sign].Trim();
        value = sign < 0 ? [] : part[(sign + 1)..].Trim();
        return sign >= 0;
    }
}
