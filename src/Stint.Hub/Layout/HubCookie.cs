using Microsoft.Net.Http.Headers;
using Stint.Core.Identities;
using Stint.Hub.Engine;
using Stint.Hub.Telemetry;
using Stint.Hub.Tokens;

namespace Stint.Hub.Layout;

/// <summary>Someone who is signed in at the hub.</summary>
/// <param name="Secret">The session's own, for whoever opens or ends something by it; never shown and never logged.</param>
internal sealed record SignedIn(Account Account, string Secret);

/// <summary>
/// The cookie by which the hub knows who is signed in: out of reach of scripts, of other hosts and of other sites' forms. It
/// counts at the hub's own pages and nowhere else. Ports of one machine share cookies, so without TLS its name has the port.
/// </summary>
internal sealed class HubCookie(Sessions sessions, LedgerClock clock, NetworkSightings sightings, HubOptions options)
{
    private readonly bool isSecure = options.Url.Scheme == Uri.UriSchemeHttps;

    public string Name => NameAt(options.Url);

    /// <summary>What it is called at a hub of this address.</summary>
    public static string NameAt(Uri hub) => hub.Scheme == Uri.UriSchemeHttps ? "__Host-stint-hub" : $"stint-hub.{hub.Port}";

    /// <summary>Null where nobody is signed in.</summary>
    public SignedIn? Read(HttpContext context) =>
        Look(context) is { Outcome: SessionOutcome.Valid, Account: { } account } ? new SignedIn(account, context.Request.Cookies[Name]!) : null;

    /// <summary>What became of the session that the request carries; null where it carries none. Looked up once a request.</summary>
    public SessionLookup? Look(HttpContext context)
    {
        if (context.Features.Get<Looked>() is { } looked) return looked.Found;
        var found = context.Request.Cookies[Name] is { Length: > 0 } secret ? sessions.FindHubSession(secret, clock.Now) : null;
        if (found is not null) sightings.WasSignedIn(RequestIdentity.OfNetwork(context.Connection.RemoteIpAddress));
        context.Features.Set(new Looked(found));
        return found;
    }

    /// <summary>Signs an account in under a session that is new, whatever the request carried. False where the account was shut out meanwhile.</summary>
    public bool SignIn(HttpContext context, AccountId account)
    {
        if (sessions.CreateHubSession(account, clock.Now) is not { } secret) return false;
        SignOut(context);
        Write(context, secret, Sessions.Lifetime);
        return true;
    }

    /// <summary>Ends the session that the request carries, here and at every Space's address that it opened.</summary>
    public void SignOut(HttpContext context)
    {
        if (context.Request.Cookies[Name] is not { Length: > 0 } secret) return;
        sessions.EndHubSession(secret, clock.Now);
        Write(context, "", TimeSpan.Zero);
    }

    private void Write(HttpContext context, string value, TimeSpan lifetime)
    {
        var cookie = new SetCookieHeaderValue(Name, value)
        {
            Path = "/",
            HttpOnly = true,
            Secure = isSecure,
            SameSite = Microsoft.Net.Http.Headers.SameSiteMode.Lax,
            MaxAge = lifetime,
        };
        var others = context.Response.Headers.SetCookie.Where(line => line?.StartsWith(Name + "=", StringComparison.Ordinal) != true);
        context.Response.Headers.SetCookie = new([.. others, cookie.ToString()]);
        context.Features.Set<Looked>(null);
    }

    private sealed record Looked(SessionLookup? Found);
}
