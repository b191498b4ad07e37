using System.Buffers.Text;
using System.Security.Cryptography;
using Stint.Core.Identities;
using Stint.Hub.Engine;
using Stint.Hub.Gateway.Hosts;
using Stint.Hub.Gateway.Recognising;
using Stint.Hub.Tokens;

namespace Stint.Hub.Gateway;

/// <summary>What the hub itself answers at every Space's address, under <see cref="Visit.Own"/>: who you are here, and the way in and out.</summary>
internal sealed class OwnPaths(ExaminePage examine, EvidenceReader evidence, WhoAmI whoAmI, GatewayAnswers answers, Sessions sessions, LedgerClock clock)
{
    /// <summary>Longer than a code holds, and than a way with a slow hub takes.</summary>
    private static readonly TimeSpan WayLifetime = TimeSpan.FromMinutes(10);

    private static readonly TimeSpan VisitorLifetime = TimeSpan.FromDays(30);

    public Task HandleAsync(HttpContext context, SpaceHost host, PathString rest) => (context.Request.Method, rest.Value) switch
    {
        ("GET", "/me") => MeAsync(context, host),
        ("GET", "/sign-in") => BeginAsync(context, host),
        ("GET", "/examine") => examine.PageAsync(context),
        ("GET", "/examine.js") => ExaminePage.ScriptAsync(context),
        ("GET", "/session") => OpenSessionAsync(context, host),
        ("GET", "/welcome") => answers.WelcomeAsync(context, host, Path(context)),
        ("GET", "/visitor") => GoOnAsync(context, host),
        ("POST", "/sign-out") => SignOutAsync(context, host),
        _ => GatewayAnswers.JsonAsync(context, StatusCodes.Status404NotFound, "not-found", $"The hub answers nothing here; {Visit.Own}/me says who you are.", "client"),
    };

    /// <summary>Never refuses: what is wrong with the evidence is its answer.</summary>
    private Task MeAsync(HttpContext context, SpaceHost host)
    {
        context.Response.Headers.CacheControl = "no-store";
        var visitor = SpaceCookies.Named(context.Request.Headers.Cookie, SpaceCookies.Visitor(host));
        return context.Response.WriteAsJsonAsync(whoAmI.Of(Attributing.Decide(evidence.Read(context, host)), visitor is [{ } mark] ? mark : null));
    }

    /// <summary>The hub's code will be for this browser alone: one that somebody else brings along opens nothing here.</summary>
    private Task BeginAsync(HttpContext context, SpaceHost host)
    {
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers["Referrer-Policy"] = "no-referrer";
        // Two tabs on their way at once are one browser.
        var secret = SpaceCookies.Named(context.Request.Headers.Cookie, SpaceCookies.Way(host)) is [{ } kept] && Sessions.IsMark(kept) ? kept : Sessions.NewBrowserSecret();
        context.Response.Headers.Append("Set-Cookie", SpaceCookies.Write(SpaceCookies.Way(host), secret, host, WayLifetime));
        context.Response.Redirect(answers.WayIn(host, Path(context), Sessions.MarkOf(secret)));
        return Task.CompletedTask;
    }

    private Task OpenSessionAsync(HttpContext context, SpaceHost host)
    {
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers["Referrer-Policy"] = "no-referrer";
        var browser = SpaceCookies.Named(context.Request.Headers.Cookie, SpaceCookies.Way(host)) is [{ } kept] ? kept : null;
        // Whoever blocks cookies here has lost the way's by now, and hears so instead of being nobody from here on.
        if (browser is null) return answers.SignInLostAsync(context, host, Path(context));
        var (outcome, secret) = sessions.RedeemCode(context.Request.Query["code"].ToString(), host.Id, browser, clock.Now);
        if (secret is null) return answers.CodeRefusedAsync(context, host, Cause(outcome), Path(context));
        context.Response.Headers.Append("Set-Cookie", SpaceCookies.Write(SpaceCookies.Session(host), secret, host, Sessions.Lifetime));
        context.Response.Redirect(Path(context));
        return Task.CompletedTask;
    }

    /// <summary>
    /// A mark for a visitor who goes on unknown: it tells one browser from another in the explanation and is nobody's name. A
    /// session that was there before is left behind, or who signed out at the hub would be sent to sign in again, in its own frame.
    /// </summary>
    private static Task GoOnAsync(HttpContext context, SpaceHost host)
    {
        context.Response.Headers.CacheControl = "no-store";
        var mark = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(16));
        if (SpaceCookies.Ours(context.Request.Headers.Cookie, host).Count > 0) context.Response.Headers.Append("Set-Cookie", SpaceCookies.Clear(SpaceCookies.Session(host), host));
        context.Response.Headers.Append("Set-Cookie", SpaceCookies.Write(SpaceCookies.Visitor(host), mark, host, VisitorLifetime));
        context.Response.Redirect(Path(context));
        return Task.CompletedTask;
    }

    private Task SignOutAsync(HttpContext context, SpaceHost host)
    {
        if (context.Request.Headers.Origin is not [{ } origin] || origin != host.Origin)
            return GatewayAnswers.JsonAsync(context, StatusCodes.Status403Forbidden, "cross-site", "Only a page of this address can sign out here.", "client");
        foreach (var secret in SpaceCookies.Ours(context.Request.Headers.Cookie, host)) sessions.EndSpaceSession(secret ?? "", clock.Now);
        context.Response.Headers.Append("Set-Cookie", SpaceCookies.Clear(SpaceCookies.Session(host), host));
        context.Response.Redirect("/");
        return Task.CompletedTask;
    }

    private static string Path(HttpContext context) => Visit.LocalPath(context.Request.Query["path"].ToString());

    private static string Cause(RedeemCodeOutcome outcome) => outcome switch
    {
        RedeemCodeOutcome.Redeemed => "It opened.",
        RedeemCodeOutcome.Unknown => "This address was made for another browser, or copied incompletely. Nobody is signed in by a link of somebody else's.",
        RedeemCodeOutcome.Used => "This address opens once, and it has.",
        RedeemCodeOutcome.Expired => "This address holds for a minute, and that has passed.",
        RedeemCodeOutcome.OfAnotherSpace => "This address was made for another Space.",
        RedeemCodeOutcome.SessionEnded => "You have signed out at the hub since.",
    };
}
