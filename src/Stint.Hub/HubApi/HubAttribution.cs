using Microsoft.Extensions.Primitives;
using Stint.Core.Identities;
using Stint.Hub.Engine;
using Stint.Hub.Texts;
using Stint.Hub.Tokens;

namespace Stint.Hub.HubApi;

/// <summary>
/// Everything under <c>/api</c>: 1 each answer has an id, is kept by nobody, and may be read by scripts of any site, which the
/// browser then sends without cookies 2 a bearer token says who asks; one that does not hold is refused with its cause, never
/// taken for nobody's, except where it only asks for the address of a Space that everyone may open: <c>@gradio/client</c> would
/// show a text of its own in place of this refusal, and shows the Space's 3 no token is somebody unknown, and each endpoint says whether that is enough.
/// </summary>
internal sealed class HubAttribution(RequestDelegate next, AccessTokens tokens, LedgerClock clock)
{
    public Task InvokeAsync(HttpContext context)
    {
        // 1
        Mark(context.Response.Headers);
        if (HttpMethods.IsOptions(context.Request.Method)) return Preflight(context.Response);
        // 2
        var header = context.Request.Headers.Authorization;
        if (StringValues.IsNullOrEmpty(header)) return next(context);
        if (CallerAttribution.Token(header) is not { } token) return HubError.Unrecognised(EvidenceTexts.Unusable, EvidenceTexts.UnusableCode, context).ExecuteAsync(context);
        var found = tokens.Find(token, clock.Now);
        if (found is not { Outcome: AccessTokenOutcome.Valid, Token: { } held, Account: { } account })
        {
            if (!AsksForAddress(context.Request)) return HubError.Unrecognised(found.Outcome, context).ExecuteAsync(context);
            context.Features.Set(new DeadToken(found.Outcome));
            return next(context);
        }

        context.Features.Set(new RequestIdentity(IdentityId.Of(account.Id), account, EvidenceKind.AccessToken, held.Grant));
        context.Features.Set(held);
        // 3
        return next(context);
    }

    /// <summary>What every answer carries, a failed one too.</summary>
    public static void Mark(IHeaderDictionary headers)
    {
        headers[HubError.IdHeader] = Guid.CreateVersion7().ToString("N");
        headers.CacheControl = "no-store";
        headers.AccessControlAllowOrigin = "*";
        headers.AccessControlExposeHeaders = $"{HubError.IdHeader}, {HubError.CodeHeader}, {HubError.MessageHeader}, Retry-After";
    }

    /// <summary>The address of a Space that is open to everyone is the same for all who ask, and nothing is counted for it.</summary>
    private static bool AsksForAddress(HttpRequest request) =>
        HttpMethods.IsGet(request.Method) && request.Path.StartsWithSegments("/api/spaces") && request.Path.Value!.EndsWith("/host", StringComparison.Ordinal);

    private static Task Preflight(HttpResponse response)
    {
        response.Headers.AccessControlAllowMethods = "GET, HEAD, POST, OPTIONS";
        response.Headers.AccessControlAllowHeaders = "authorization, content-type, x-requested-with";
        response.Headers.AccessControlMaxAge = "86400";
        response.StatusCode = StatusCodes.Status204NoContent;
        return Task.CompletedTask;
    }
}

/// <summary>A token that does not hold, sent along with a question whose answer may be the same for everyone. Where it is not, the token is why.</summary>
internal sealed record DeadToken(AccessTokenOutcome Outcome);
