using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;
using Stint.Hub.Gateway.Recognising;
using Stint.Hub.Gateway.Streams;
using Yarp.ReverseProxy.Forwarder;

namespace Stint.Hub.Gateway;

/// <summary>
/// What changes between a visitor and a Space. To the Space: every header by which somebody could pass for somebody goes,
/// then ours are set; secrets and cookies of ours never pass. Back: cookies get the Space's own names, a page may be framed
/// by the hub alone, and no other site is shown what a cookie opens. Everything else passes as it came.
/// </summary>
internal sealed class SpaceTransformer(EventWatch watch, HubOptions options) : HttpTransformer
{
    /// <summary>
    /// By these a Space would speak for more than its own address: a browser keeps them for the whole host, ports and all, or
    /// lets a script rule over pages beside its own folder, the hub's under <see cref="Visit.Own"/> among them.
    /// </summary>
    private static readonly string[] BeyondItself = ["Strict-Transport-Security", "Public-Key-Pins", "Alt-Svc", "Service-Worker-Allowed"];

    /// <summary>What is a browser's for one origin alone; cookies are its for the whole domain, the hub's own among them.</summary>
    private static readonly string[] ClearsItself = ["\"cache\"", "\"storage\"", "\"executionContexts\""];

    private const string ShowCredentials = "Access-Control-Allow-Credentials";
    private static readonly UriCreationOptions AsItIs = new() { DangerousDisablePathAndQueryCanonicalization = true };

    /// <summary>Headers that say who someone is, in one spelling of many: case, and hyphens for underscores.</summary>
    private static readonly HashSet<string> Identifying = new(StringComparer.OrdinalIgnoreCase)
    {
        "x-ip-token", "x-hf-authorization", "x-zerogpu-token", "x-zerogpu-uuid", "x-real-ip", "x-client-ip", "x-cluster-client-ip", "true-client-ip",
        "cf-connecting-ip", "fastly-client-ip", "forwarded", "remote-user", "x-remote-user", "x-user", "x-authenticated", "x-authenticated-user",
        "x-auth-request-user", "x-auth-request-email", "x-webauth-user", "x-original-forwarded-for", "proxy-authorization", "x-queuing-reason",
    };

    private readonly string framing = $"frame-ancestors 'self' {options.Url.GetLeftPart(UriPartial.Authority)}";

    public static bool IsIdentifying(string header)
    {
        var name = header.Replace('_', '-');
        return Identifying.Contains(name) || name.StartsWith("x-forwarded", StringComparison.OrdinalIgnoreCase) || name.StartsWith("x-stint-", StringComparison.OrdinalIgnoreCase)
            || (name != header && (name.Equals("authorization", StringComparison.OrdinalIgnoreCase) || name.Equals("cookie", StringComparison.OrdinalIgnoreCase)));
    }

    public override async ValueTask TransformRequestAsync(HttpContext httpContext, HttpRequestMessage proxyRequest, string destinationPrefix, CancellationToken cancellationToken)
    {
        await base.TransformRequestAsync(httpContext, proxyRequest, destinationPrefix, cancellationToken).ConfigureAwait(false);
        var (request, passage) = (httpContext.Request, httpContext.Features.GetRequiredFeature<Passage>());
        var headers = proxyRequest.Headers;
        // A name that no header may have was not copied, and cannot be asked to be removed.
        foreach (var name in request.Headers.Keys)
            if (IsIdentifying(name) && headers.NonValidated.Contains(name)) headers.Remove(name);
        if (!passage.Host.Space.PassesAuthorization || EvidenceOf(passage, "Authorization")) headers.Remove("Authorization");
        headers.Remove("Cookie");
        if (SpaceCookies.ForSpace(request.Headers.Cookie, passage.Host) is { } cookies) headers.TryAddWithoutValidation("Cookie", cookies);
        headers.TryAddWithoutValidation("X-Forwarded-For", httpContext.Connection.RemoteIpAddress?.ToString() ?? "unknown");
        headers.TryAddWithoutValidation("X-Forwarded-Host", request.Host.Value);
        headers.TryAddWithoutValidation("X-Forwarded-Proto", request.Scheme);
        if (passage.IdentityToken is { } token) headers.TryAddWithoutValidation("X-IP-Token", token);
        // A stream that the gateway has to read must come as it is.
        if (passage.Call.Kind is GradioCallKind.SessionStream or GradioCallKind.CallStream) headers.Remove("Accept-Encoding");
        // A server of many names goes by the name it was given; one of this machine is told what its visitors typed.
        headers.Host = passage.KeepsHost ? request.Host.Value : null;
        proxyRequest.RequestUri = Target(httpContext, destinationPrefix);
    }

    public override async ValueTask<bool> TransformResponseAsync(HttpContext httpContext, HttpResponseMessage? proxyResponse, CancellationToken cancellationToken)
    {
        var passes = await base.TransformResponseAsync(httpContext, proxyResponse, cancellationToken).ConfigureAwait(false);
        if (proxyResponse is null || !passes) return passes;
        var (headers, passage) = (httpContext.Response.Headers, httpContext.Features.GetRequiredFeature<Passage>());
        if (headers.SetCookie.Count > 0)
            headers.SetCookie = new([.. headers.SetCookie.Select(line => SpaceCookies.FromSpace(line ?? "", passage.Host)).OfType<string>()]);
        if (httpContext.Request.Headers.Origin is [{ } origin] && origin != passage.Host.Origin) headers.Remove(ShowCredentials);
        foreach (var name in BeyondItself) headers.Remove(name);
        if (headers["Clear-Site-Data"] is { Count: > 0 } clears) headers["Clear-Site-Data"] = OwnOnly(clears);
        // On whatever a browser may show as a page, and it shows more than it is told.
        headers.Remove("X-Frame-Options");
        headers.Append("Content-Security-Policy", framing);
        watch.Observe(httpContext, passage);
        // A stream may say nothing for long; that it is there is told at once.
        if (EventWatch.IsStream(httpContext.Response)) await httpContext.Response.Body.FlushAsync(cancellationToken).ConfigureAwait(false);
        return true;
    }

    private static StringValues OwnOnly(StringValues clears)
    {
        var kept = clears.SelectMany(line => (line ?? "").Split(',')).Select(part => part.Trim()).Where(ClearsItself.Contains).ToArray();
        return kept.Length == 0 ? StringValues.Empty : string.Join(", ", kept);
    }

    private static bool EvidenceOf(Passage passage, string carrier) =>
        passage.Attribution is null || passage.Attribution.Heard.Any(evidence => evidence.Carrier == carrier);

    /// <summary>As the client wrote it, but without a Space token of ours.</summary>
    private static Uri Target(HttpContext context, string prefix)
    {
        var raw = context.Features.Get<IHttpRequestFeature>()?.RawTarget;
        if (raw is not ['/', ..]) return RequestUtilities.MakeDestinationAddress(prefix, context.Request.Path, context.Request.QueryString);
        return new Uri(prefix.TrimEnd('/') + WithoutSign(raw), AsItIs);
    }

    internal static string WithoutSign(string target)
    {
        var question = target.IndexOf('?', StringComparison.Ordinal);
        if (question < 0) return target;
        var pairs = target[(question + 1)..].Split('&');
        var kept = pairs.Where(pair => !IsSign(pair)).ToArray();
        if (kept.Length == pairs.Length) return target;
        return kept.Length == 0 ? target[..question] : $"{target[..question]}?{string.Join('&', kept)}";
    }

    private static bool IsSign(string pair) =>
        Uri.UnescapeDataString(pair.Split('=', 2)[0].Replace('+', ' ')).Equals("__sign", StringComparison.OrdinalIgnoreCase);
}
