using System.Text.Encodings.Web;
using Stint.Core.Identities;
using Stint.Core.Spaces;
using Stint.Hub.Gateway.Hosts;
using Stint.Hub.Gateway.Recognising;
using Stint.Hub.Layout;
using Stint.Hub.Texts;
using Stint.Hub.Texts.Refusals;

namespace Stint.Hub.Gateway;

/// <summary>
/// What the gateway itself answers at a Space's address: a person gets a page that says what to do, a program the form that
/// Gradio's clients show their users. Each names the side at fault.
/// </summary>
internal sealed class GatewayAnswers(HubOptions options)
{
    private const string Style =
        ":root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;margin:10vh auto;max-width:34rem;padding:0 1rem}h1{font-size:1.4rem}"
        + "a.do{display:inline-block;margin:.5rem .75rem .5rem 0;padding:.5rem 1rem;border:1px solid;border-radius:.4rem;text-decoration:none}small{opacity:.7}";

    public static bool IsNavigation(HttpRequest request) => HttpMethods.IsGet(request.Method) && (request.Headers["Sec-Fetch-Mode"] switch
    {
        ["navigate"] => true,
        [] => request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase),
        _ => false,
    });

    /// <summary>
    /// 1 A stale cookie of someone who goes to a page is cleared, and they are sent to sign in with the cause; where there are
    /// several, one of them is not ours to clear, so they are told, and not sent round in circles. 2 Whoever else is refused is
    /// told why. 3 A stranger who comes straight to the address is offered to sign in, once. False for the rest.
    /// </summary>
    public async Task<bool> TurnedAwayAsync(HttpContext context, SpaceHost host, Attribution attribution, Admission admission)
    {
        var (isNavigation, deciding) = (IsNavigation(context.Request), attribution.Deciding);
        switch (admission)
        {
            case Admission.Refused when isNavigation && deciding is { Kind: EvidenceKind.Cookie, Fault: not EvidenceFault.Repeated }:
                context.Response.Headers.Append("Set-Cookie", SpaceCookies.Clear(SpaceCookies.Session(host), host));
                context.Response.Redirect(SignIn(context, host, EvidenceTexts.Code(deciding.Kind, deciding.Fault!.Value)));
                return true;
            case Admission.Refused:
                await RefuseAsync(context, host, StatusCodes.Status401Unauthorized, DoorTexts.KeyOf(deciding.Kind, deciding.Fault!.Value)).ConfigureAwait(false);
                return true;
            case Admission.SignInNeeded when isNavigation:
                context.Response.Redirect(SignIn(context, host, EvidenceTexts.SignInNeededCode));
                return true;
            case Admission.SignInNeeded:
                await RefuseAsync(context, host, StatusCodes.Status401Unauthorized, EvidenceTexts.SignInNeededCode).ConfigureAwait(false);
                return true;
            case Admission.NotTheirs:
                await RefuseAsync(context, host, StatusCodes.Status403Forbidden, EvidenceTexts.NotYoursCode).ConfigureAwait(false);
                return true;
            case Admission.Open when isNavigation && attribution.Outcome == AttributionOutcome.Anonymous && IsFirstDirectVisit(context, host):
                context.Response.Redirect($"{Visit.Own}/welcome?path={Uri.EscapeDataString(PathOf(context))}");
                return true;
            case Admission.Open:
                return false;
            default:
                throw new System.Diagnostics.UnreachableException();
        }
    }

    public Task WelcomeAsync(HttpContext context, SpaceHost host, string path) => PageAsync(
        context, StatusCodes.Status200OK, host.Id.ToString(),
        "You are about to use a Space that runs on shared GPUs. Signed in, the GPU time you use counts to your account; otherwise it counts to the network you come from, which has less of it.",
        (Hub(Visit.AtHub(host.Id, path)), "Sign in"),
        (Visit.AsNobody(path), "Go on without signing in"));

    /// <summary>What the way in had left in this browser is not there: it keeps no cookies, or never was on that way.</summary>
    public Task SignInLostAsync(HttpContext context, SpaceHost host, string path) => PageAsync(
        context, StatusCodes.Status403Forbidden, "The sign-in did not reach this Space",
        $"This browser brought no cookie of {host.Origin} along. Most likely it keeps none: allow cookies for this address and try again. "
        + "Or the link was made for another browser: nobody is signed in by a link of somebody else's. "
        + "If you go on, the GPU time you use counts to the network you come from, which has less of it.",
        (Hub(Visit.AtHub(host.Id, path)), "Try again"), (Visit.AsNobody(path), "Go on without signing in"));

    public Task CodeRefusedAsync(HttpContext context, SpaceHost host, string cause, string path) => PageAsync(
        context, StatusCodes.Status403Forbidden, "The way in has closed", cause, (Hub(Visit.AtHub(host.Id, path)), "Try again"));

    public Task NoSpaceAsync(HttpContext context) => IsNavigation(context.Request)
        ? PageAsync(context, StatusCodes.Status404NotFound, "There is no Space here", "No Space has this address.", (Hub("/"), "To the hub"))
        : JsonAsync(context, StatusCodes.Status404NotFound, "space-unknown", "No Space has this address.", "client");

    /// <summary>The Space gave no answer: its fault, unless it is only on its way.</summary>
    public Task UnreachedAsync(HttpContext context, SpaceHost host, SpaceReach reach)
    {
        var status = reach.Stage switch
        {
            SpaceStage.AppStarting or SpaceStage.Sleeping or SpaceStage.Stopped => StatusCodes.Status503ServiceUnavailable,
            SpaceStage.Running or SpaceStage.RuntimeError => StatusCodes.Status502BadGateway,
        };
        var (code, text) = (SpaceTexts.UnreachedCode(reach.Stage), $"{SpaceTexts.Unreached(reach.Stage, $"The Space {host.Id}")} {SpaceTexts.UnreachedAdvice(reach.Stage)}");
        context.Response.Clear();
        if (status == StatusCodes.Status503ServiceUnavailable) context.Response.Headers.RetryAfter = reach.Stage is SpaceStage.AppStarting or SpaceStage.Sleeping ? "2" : "60";
        // Without any script: the browser looks again by itself until the Space is there.
        if (reach.Wake is not null && IsNavigation(context.Request)) context.Response.Headers["Refresh"] = "2";
        return IsNavigation(context.Request)
            ? PageAsync(context, status, host.Id.ToString(), text, (PathOf(context), "Try again"), (WhyOf(host, code), "Why, and until when"), (Hub("/"), "To the hub"))
            : JsonAsync(context, status, code, $"{text} {WhyOf(host, code)}", "space");
    }

    public static Task BodyRefusedAsync(HttpContext context, int status)
    {
        context.Response.Clear();
        return status == StatusCodes.Status413PayloadTooLarge
            ? JsonAsync(context, status, "body-too-large", "The body is larger than this hub lets a Space be sent.", "client")
            : JsonAsync(context, status, "body-unreadable", "The body could not be read to its end.", "client");
    }

    public static Task JsonAsync(HttpContext context, int status, string code, string text, string side)
    {
        context.Response.StatusCode = status;
        context.Response.Headers.CacheControl = "no-store";
        // A page of any site may read why it was refused; there is nothing else in it.
        if (context.Request.Headers.Origin.Count > 0) context.Response.Headers.AccessControlAllowOrigin = "*";
        return context.Response.WriteAsJsonAsync(new { detail = new { error = text, auth_message = text, code, side } });
    }

    /// <param name="key">Names the cause, as the page of such a refusal is called.</param>
    private Task RefuseAsync(HttpContext context, SpaceHost host, int status, string key)
    {
        var cause = DoorTexts.Find(key)!;
        var code = cause.Code;
        if (status == StatusCodes.Status401Unauthorized) context.Response.Headers.WWWAuthenticate = $"Bearer realm=\"stint\", error_description=\"{code}\"";
        return IsNavigation(context.Request)
            ? PageAsync(context, status, cause.Title, $"{cause.Sentence} {cause.Advice}", (SignIn(context, host, code), "Sign in"), (WhyOf(host, key), "Why, and what to do"), (Hub("/"), "To the hub"))
            : JsonAsync(context, status, code, $"{cause.Sentence} {cause.Advice} {WhyOf(host, key)}", "client");
    }

    /// <summary>Who comes from a page of this very address has been asked, though their browser may have kept no cookie of it.</summary>
    private static bool IsFirstDirectVisit(HttpContext context, SpaceHost host) =>
        context.Request.Headers["Sec-Fetch-Dest"] is [] or ["document"] && context.Request.Headers["Sec-Fetch-Site"] is not ["same-origin"]
        && SpaceCookies.Named(context.Request.Headers.Cookie, SpaceCookies.Visitor(host)).Count == 0;

    /// <summary>The hub's address that makes a code for the browser of this mark.</summary>
    public string WayIn(SpaceHost host, string path, string browser) => Hub(Visit.AtHub(host.Id, path, browser: browser));

    private string SignIn(HttpContext context, SpaceHost host, string cause) => Hub(Visit.AtHub(host.Id, PathOf(context), cause));

    /// <summary>Where the whole of it can be opened.</summary>
    private string WhyOf(SpaceHost host, string key) => Hub(Links.TurnedAway(host.Id, key));

    private string Hub(string path) => options.Url.GetLeftPart(UriPartial.Authority) + path;

    private static string PathOf(HttpContext context) => context.Request.Path.ToUriComponent() + SpaceTransformer.WithoutSign(context.Request.QueryString.ToUriComponent());

    private Task PageAsync(HttpContext context, int status, string title, string text, params (string To, string Says)[] ways)
    {
        var html = HtmlEncoder.Default;
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/html; charset=utf-8";
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers["Referrer-Policy"] = "no-referrer";
        context.Response.Headers.XContentTypeOptions = "nosniff";
        context.Response.Headers.ContentSecurityPolicy = $"default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors {Hub("")}";
        // No frame shows the hub: from within one its pages open beside.
        var isFramed = context.Request.Headers["Sec-Fetch-Dest"] is ["iframe"];
        var links = string.Concat(ways.Select(way =>
            $"<a class=\"do\" href=\"{html.Encode(way.To)}\"{(isFramed && !way.To.StartsWith('/') ? " target=\"_blank\" rel=\"noopener\"" : "")}>{html.Encode(way.Says)}</a>"));
        return context.Response.WriteAsync(
            $"<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"><title>{html.Encode(title)} · Stint</title>"
            + $"<style>{Style}</style></head><body><main><h1>{html.Encode(title)}</h1><p>{html.Encode(text)}</p><p>{links}</p><p><small>Stint</small></p></main></body></html>");
    }
}
