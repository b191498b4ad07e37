using Microsoft.Extensions.Primitives;
using Stint.Core.Identities;
using Stint.Hub.Engine;
using Stint.Hub.Texts;
using Stint.Hub.Tokens;

namespace Stint.Hub;

/// <summary>
/// Attribution of the hub's own API: a bearer access token or nothing. Evidence that does not hold is refused with its
/// cause and never taken for nobody's; no evidence is refused too, for every answer here is about someone.
/// </summary>
internal sealed class BearerAttribution(RequestDelegate next, AccessTokens tokens, LedgerClock clock)
{
    private const string Scheme = "Bearer ";
    private const int LongestToken = 4_096;

    public Task InvokeAsync(HttpContext context)
    {
        // Each answer is about one caller; nothing between here and there may keep it.
        context.Response.Headers.CacheControl = "no-store";
        var header = context.Request.Headers.Authorization;
        if (StringValues.IsNullOrEmpty(header)) return RefuseAsync(context, EvidenceTexts.MissingCode, EvidenceTexts.Missing, error: null);
        if (Token(header) is not { } token) return RefuseAsync(context, EvidenceTexts.UnusableCode, EvidenceTexts.Unusable, "invalid_request");
        var found = tokens.Find(token, clock.Now);
        if (found is not { Outcome: AccessTokenOutcome.Valid, Token: { } held, Account: { } account })
            return RefuseAsync(context, EvidenceTexts.Code(found.Outcome), EvidenceTexts.Sentence(found.Outcome), "invalid_token");
        context.Features.Set(new RequestIdentity(IdentityId.Of(account.Id), account, EvidenceKind.AccessToken, held.Grant));
        return next(context);
    }

    /// <summary>Null where the header is anything but one bearer token.</summary>
    internal static string? Token(StringValues header) =>
        header is [{ Length: <= LongestToken } only] && only.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) ? only[Scheme.Length..].Trim() : null;

    private static Task RefuseAsync(HttpContext context, string code, string cause, string? error)
    {
        context.Response.Headers.WWWAuthenticate = error is null ? "Bearer realm=\"stint\"" : $"Bearer realm=\"stint\", error=\"{error}\", error_description=\"{code}\"";
        return context.Response.WriteAsync(Problems.Client(
            StatusCodes.Status401Unauthorized, code, EvidenceTexts.Title, $"{cause} {EvidenceTexts.HowToBeRecognised}"));
    }
}
