using System.Net;
using Stint.Hub.Store.Alerts;

namespace Stint.Hub.Alerts.Webhooks;

/// <summary>Where a webhook may lead: an https address, or an http one that was allowed, and none that gives away secrets of the machine.</summary>
internal static class WebhookRule
{
    /// <summary>What is wrong with a webhook as it was written, as a sentence that says what to do; null when nothing is.</summary>
    public static string? Problem(string text, bool plainHttp, bool anyAddress, string? secret, UpstreamRule addresses)
    {
        if (text.Length > Webhook.LongestUrl) return $"a webhook has at most {Webhook.LongestUrl} characters";
        if (secret is { Length: 0 or > Webhook.LongestSecret }) return $"a secret has 1 to {Webhook.LongestSecret} characters";
        if (!Uri.TryCreate(text, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https") || url.Host.Length == 0)
            return "a webhook is written as https://HOST/PATH";
        if (url.UserInfo.Length > 0) return "a webhook carries no user name or password; use a secret, which signs what is sent";
        if (url.Scheme == Uri.UriSchemeHttp && !plainHttp) return "anyone on the way can read what goes over http; use https, or allow http";
        if (anyAddress) return null;
        var name = url.IdnHost.TrimEnd('.').ToLowerInvariant();
        var known = IPAddress.TryParse(url.DnsSafeHost, out var address) ? address : name == "localhost" || name.EndsWith(".localhost", StringComparison.Ordinal) ? IPAddress.Loopback : null;
        var forbidden = known is not null ? addresses.Problem(known, url.Port) is not null : UpstreamRule.IsMetadata(name);
        return forbidden ? Forbidden(url.Host, addresses.IsPublicOnly) : null;
    }

    /// <param name="isPersonal">True where it is somebody's own, which leads to the public internet alone.</param>
    public static string Forbidden(string host, bool isPersonal = false) => isPersonal
        ? $"{host} is not on the public internet, and this hub sends nobody's alerts elsewhere; give another address, or ask its operator"
        : $"{host} is the hub itself, or an address where clouds serve secrets of the machine; give another, or allow any address if you know why";
}
