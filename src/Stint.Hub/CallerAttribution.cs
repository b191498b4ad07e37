using Microsoft.Extensions.Primitives;
using Stint.Core.Identities;
using Stint.Hub.Engine;
using Stint.Hub.Layout;
using Stint.Hub.Texts;
using Stint.Hub.Tokens;

namespace Stint.Hub;

/// <summary>
/// Attribution of the hub's own API: 1 a bearer access token 2 else the hub's own sign-in, where it is a page of the hub that
/// asks. Evidence that does not hold is refused with its cause and never taken for nobody's; 3 no evidence is refused too, for
/// every answer here is about someone.
/// </summary>
internal sealed class CallerAttribution(RequestDelegate next, AccessTokens tokens, HubCookie cookie, LedgerClock clock)
{
    private const string Scheme = "Bearer ";
    private const int LongestToken = 4_096;

    /// <summary>Whoever is signed in may do what a token that reads may: nothing here is worth more to whoever gets hold of a browser.</summary>
    private static readonly AccessTokenGrant OfSession = new(AccessTokenRole.Read, []);

    public Task InvokeAsync(HttpContext context)
    {
        // Each answer is about one caller; nothing between here and there may keep it.
        context.Response.Headers.CacheControl = "no-store";
        // 1
        var header = context.Request.Headers.Authorization;
        if (!StringValues.IsNullOrEmpty(header)) return ByTokenAsync(context, header);
        // 2
        if (cookie.Look(context) is { } session) return BySessionAsync(context, session);
        // 3
        return RefuseAsync(context, EvidenceTexts.MissingCode, EvidenceTexts.Missing, EvidenceTexts.HowToBeRecognised, error: null);
    }

    /// <summary>Null where the header is anything but one bearer token.</summary>
    internal static string? Token(StringValues header) =>
        header is [{ Length: <= LongestToken } only] && only.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) ? only[Scheme.Length..].Trim() : null;

    private Task ByTokenAsync(HttpContext context, StringValues header)
    {
        if (Token(header) is not { } token) return RefuseAsync(context, EvidenceTexts.UnusableCode, EvidenceTexts.Unusable, EvidenceTexts.HowToBeRecognised, "invalid_request");
        var found = tokens.Find(token, clock.Now);
        if (found is not { Outcome: AccessTokenOutcome.Valid, Token: { } held, Account: { } account })
            return RefuseAsync(context, EvidenceTexts.Code(found.Outcome), EvidenceTexts.Sentence(found.Outcome), EvidenceTexts.HowToBeRecognised, "invalid_token");
        context.Features.Set(new RequestIdentity(IdentityId.Of(account.Id), account, EvidenceKind.AccessToken, held.Grant));
        return next(context);
    }

    private Task BySessionAsync(HttpContext context, SessionLookup session)
    {
        if (EvidenceTexts.FaultOf(session.Outcome) is { } fault) return RefuseAsync(context, fault);
        if (!IsOfThisPage(context.Request)) return RefuseAsync(context, EvidenceFault.CrossSite);
        context.Features.Set(new RequestIdentity(IdentityId.Of(session.Account!.Id), session.Account, EvidenceKind.Cookie, OfSession));
        return next(context);
    }

    /// <summary>
    /// A browser sends a cookie whoever asked it to, and says in <c>Origin</c> who did. A question may come without one, for
    /// another site cannot read what it is answered; whatever may change something has to come from this very address.
    /// </summary>
    private static bool IsOfThisPage(HttpRequest request) =>
        PageForms.IsFromHere(request) && (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method) || request.Headers.Origin.Count == 1);

    private static Task RefuseAsync(HttpContext context, EvidenceFault fault) => RefuseAsync(
        context, EvidenceTexts.Code(EvidenceKind.Cookie, fault), EvidenceTexts.Sentence(EvidenceKind.Cookie, fault), EvidenceTexts.Advice(EvidenceKind.Cookie, fault), "invalid_request");

    private static Task RefuseAsync(HttpContext context, string code, string cause, string advice, string? error)
    {
        context.Response.Headers.WWWAuthenticate = error is null ? "Bearer realm=\"stint\"" : $"Bearer realm=\"stint\", error=\"{error}\", error_description=\"{code}\"";
        return context.Response.WriteAsync(Problems.Client(StatusCodes.Status401Unauthorized, code, EvidenceTexts.Title, $"{cause} {advice}"));
    }
}
