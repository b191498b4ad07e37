using Microsoft.Extensions.Primitives;
using Stint.Core.Identities;
using Stint.Core.Quota;
using Stint.Hub.Engine;
using Stint.Hub.Gateway.Hosts;
using Stint.Hub.Store;
using Stint.Hub.Texts;
using Stint.Hub.Tokens;

namespace Stint.Hub.Gateway.Recognising;

/// <summary>
/// Reads from a request at a Space's address what speaks for whom: each thing that is there becomes evidence that is believed,
/// or has a named fault. Decides nothing, changes nothing.
/// </summary>
internal sealed class EvidenceReader(
    IdentityTokens identityTokens, LiveEvents events, SpaceTokens spaceTokens, AccessTokens accessTokens, Sessions sessions, Catalogue catalogue, LedgerClock clock)
{
    private const string Bearer = "Bearer ";
    private const string Sign = "__sign";
    private const int LongestSecret = 8_192;

    public List<Evidence> Read(HttpContext context, SpaceHost host)
    {
        var (headers, now, sent) = (context.Request.Headers, clock.Now, new List<Evidence>(2));
        if (One(sent, EvidenceKind.IdentityToken, "X-IP-Token", headers["X-IP-Token"]) is { } identityToken) sent.Add(OfIdentityToken(identityToken, host, now));
        if (One(sent, EvidenceKind.SpaceToken, "x-zerogpu-token", headers["x-zerogpu-token"]) is { } spaceToken) sent.Add(OfSpaceToken("x-zerogpu-token", spaceToken, host, now));
        if (context.Request.QueryString.HasValue && One(sent, EvidenceKind.SpaceToken, Sign, context.Request.Query[Sign]) is { } sign) sent.Add(OfSpaceToken(Sign, sign, host, now));
        if (One(sent, EvidenceKind.AccessToken, "X-HF-Authorization", headers["X-HF-Authorization"]) is { } ofHub)
            sent.Add(OfAuthorization("X-HF-Authorization", ofHub, host, now, mayPass: false)!);
        if (One(sent, EvidenceKind.AccessToken, "Authorization", headers.Authorization) is { } secret
            && OfAuthorization("Authorization", secret, host, now, host.Space.PassesAuthorization) is { } authorized) sent.Add(authorized);
        if (One(sent, EvidenceKind.Cookie, "Cookie", SpaceCookies.Ours(headers.Cookie, host)) is { } cookie) sent.Add(OfCookie(cookie, context, host, now));
        sent.Add(OfNetwork(context));
        return sent;
    }

    /// <summary>The event whose token was believed: what it starts here is over when that one is. Null where something else was believed.</summary>
    public string? EventOf(HttpContext context, Evidence deciding) => deciding.Kind is EvidenceKind.IdentityToken or EvidenceKind.DelegatedToken
        ? identityTokens.Check(context.Request.Headers["X-IP-Token"].ToString().Trim(), deciding.Recognition!.ThenVia ?? deciding.Recognition.Via!.Value, clock.Now).Facts?.Event
        : null;

    public static Evidence OfNetwork(HttpContext context) => Evidence.Believed(
        EvidenceKind.Network, "address", RequestIdentity.OfNetwork(context.Connection.RemoteIpAddress));

    /// <summary>The one text that was sent; null where there is none, or where what was sent can be told to be none of worth without reading it.</summary>
    private static string? One(List<Evidence> sent, EvidenceKind kind, string carrier, StringValues values)
    {
        if (values.Count == 0) return null;
        if (values is [{ Length: <= LongestSecret } only]) return only.Trim();
        sent.Add(Evidence.Rejected(kind, carrier, values is [{ }] ? EvidenceFault.Malformed : EvidenceFault.Repeated));
        return null;
    }

    /// <summary>1 what the token is worth here 2 does its event go on? 3 its account 4 one more Space stands between.</summary>
    private Evidence OfIdentityToken(string text, SpaceHost host, Instant now)
    {
        const string Carrier = "X-IP-Token";
        // 1
        var check = identityTokens.Check(text, host.Id, now);
        var kind = check.Facts is { } known && known.Audience != host.Id ? EvidenceKind.DelegatedToken : EvidenceKind.IdentityToken;
        switch (check.Outcome)
        {
            case TokenOutcome.Malformed: return Evidence.Rejected(kind, Carrier, EvidenceFault.Malformed);
            case TokenOutcome.Forged: return Evidence.Rejected(kind, Carrier, EvidenceFault.Forged);
            case TokenOutcome.Expired: return Evidence.Rejected(kind, Carrier, now < check.Facts!.ExpiresAt && events.IsOver(check.Facts.Event, now) ? EvidenceFault.EventOver : EvidenceFault.Expired);
            case TokenOutcome.Valid or TokenOutcome.OfAnotherSpace: break;
        }

        // 2
        var facts = check.Facts!;
        if (events.IsOver(facts.Event, now)) return Evidence.Rejected(kind, Carrier, EvidenceFault.EventOver);
        // 3
        if (FaultOf(facts.Identity) is { } fault) return Evidence.Rejected(kind, Carrier, fault);
        // 4
        return (facts.Recognition ?? new Recognition(EvidenceKind.IdentityToken)).Through(facts.Audience) is { } recognition
            ? Evidence.Believed(kind, Carrier, facts.Identity, recognition)
            : Evidence.Rejected(kind, Carrier, EvidenceFault.TooManyHops);
    }

    private Evidence OfSpaceToken(string carrier, string text, SpaceHost host, Instant now)
    {
        var check = spaceTokens.Check(text, host.Id, now);
        return check.Outcome switch
        {
            TokenOutcome.Valid => OfAccount(EvidenceKind.SpaceToken, carrier, catalogue.FindAccount(check.Account!.Value)),
            TokenOutcome.Expired => Evidence.Rejected(EvidenceKind.SpaceToken, carrier, EvidenceFault.Expired),
            TokenOutcome.Forged => Evidence.Rejected(EvidenceKind.SpaceToken, carrier, EvidenceFault.Forged),
            TokenOutcome.OfAnotherSpace => Evidence.Rejected(EvidenceKind.SpaceToken, carrier, EvidenceFault.OfAnotherSpace),
            TokenOutcome.Malformed => Evidence.Rejected(EvidenceKind.SpaceToken, carrier, EvidenceFault.Malformed),
        };
    }

    /// <summary>Null where it is none of ours and the Space wants to see it: then it says nothing about anyone here.</summary>
    private Evidence? OfAuthorization(string carrier, string text, SpaceHost host, Instant now, bool mayPass)
    {
        var secret = text.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase) ? text[Bearer.Length..].Trim() : null;
        if (secret is null || !AuthorizationIsOurs(secret, host, now, out var signed))
            return mayPass ? null : Evidence.Rejected(EvidenceKind.AccessToken, carrier, secret is "" ? EvidenceFault.Malformed : EvidenceFault.ForeignForm);
        if (signed) return OfSpaceToken(carrier, secret, host, now);
        var found = accessTokens.Find(secret, now);
        if (EvidenceTexts.FaultOf(found.Outcome) is { } fault) return Evidence.Rejected(EvidenceKind.AccessToken, carrier, fault);
        return found.Token!.Grant.Permits(AccessTokenPermission.UseSpaces, host.Id)
            ? OfAccount(EvidenceKind.AccessToken, carrier, found.Account)
            : Evidence.Rejected(EvidenceKind.AccessToken, carrier, EvidenceFault.NotPermitted);
    }

    /// <summary>An <c>hf_</c> token of any hub must never reach a Space, and neither must a token that this hub signed.</summary>
    private bool AuthorizationIsOurs(string secret, SpaceHost host, Instant now, out bool signed)
    {
        signed = secret.Count(c => c == '.') == 2 && spaceTokens.Check(secret, host.Id, now).Outcome is not (TokenOutcome.Malformed or TokenOutcome.Forged);
        return signed || secret.StartsWith(AccessToken.Prefix, StringComparison.OrdinalIgnoreCase) || secret.StartsWith("api_org", StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>A browser sends a cookie whoever asked it to, so where something may change it counts only for a page of this very address.</summary>
    private Evidence OfCookie(string text, HttpContext context, SpaceHost host, Instant now)
    {
        var found = sessions.FindSpaceSession(text, host.Id, now);
        var fault = EvidenceTexts.FaultOf(found.Outcome) ?? (MayChange(context) && !IsFrom(context, host) ? EvidenceFault.CrossSite : null);
        return fault is { } named ? Evidence.Rejected(EvidenceKind.Cookie, "Cookie", named) : OfAccount(EvidenceKind.Cookie, "Cookie", found.Account);
    }

    private static bool MayChange(HttpContext context) =>
        !(HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method) || HttpMethods.IsOptions(context.Request.Method))
        || context.WebSockets.IsWebSocketRequest || context.Request.Headers.Upgrade.Count > 0;

    private static bool IsFrom(HttpContext context, SpaceHost host) => context.Request.Headers.Origin is [{ } origin] && origin == host.Origin;

    private static Evidence OfAccount(EvidenceKind kind, string carrier, Account? account) => account switch
    {
        null => Evidence.Rejected(kind, carrier, EvidenceFault.AccountGone),
        { Blocked: true } => Evidence.Rejected(kind, carrier, EvidenceFault.AccountBlocked),
        _ => Evidence.Believed(kind, carrier, IdentityId.Of(account.Id)),
    };

    private EvidenceFault? FaultOf(IdentityId identity) => identity.Account is not { } id
        ? null
        : catalogue.FindAccount(id) switch
        {
            null => EvidenceFault.AccountGone,
            { Blocked: true } => EvidenceFault.AccountBlocked,
            _ => null,
        };
}
