using Microsoft.Extensions.Primitives;
using Stint.Core.Identities;
using Stint.Hub.Engine;
using Stint.Hub.Layout;
using Stint.Hub.Store;
using Stint.Hub.Telemetry;
using Stint.Hub.Texts;
using Stint.Hub.Tokens;

namespace Stint.Hub.Doctor.Observing;

/// <summary>
/// Reads what a request at the hub's own address carries that speaks for someone. Never refuses: evidence that does not hold
/// is what the doctor is there for.
/// </summary>
internal sealed class RequestEvidence(AccessTokens tokens, Sessions sessions, HubCookie cookie, Catalogue catalogue, LedgerClock clock, NetworkSightings sightings)
{
    /// <summary>So many headers are looked at for a token that lost its way.</summary>
    private const int MostHeaders = 64;
    private const int LongestValue = 4_096;

    public EvidenceSight Read(HttpContext context)
    {
        var headers = context.Request.Headers;
        if (!StringValues.IsNullOrEmpty(headers.Authorization)) return OfToken(CallerAttribution.Token(headers.Authorization));
        if (context.Request.Cookies[cookie.Name] is { Length: > 0 } secret) return OfSession(sessions.FindHubSession(secret, clock.Now));
        return new(null, null, null, null, null, null, null, false, TokenElsewhere(headers), sightings.Of(RequestIdentity.OfNetwork(context.Connection.RemoteIpAddress)).SignedIn);
    }

    private EvidenceSight OfToken(string? text)
    {
        if (text is null) return Rejected(EvidenceKind.AccessToken, EvidenceFault.ForeignForm);
        var found = tokens.Find(text, clock.Now);
        return EvidenceTexts.FaultOf(found.Outcome) is { } fault ? Rejected(EvidenceKind.AccessToken, fault) : Of(EvidenceKind.AccessToken, found.Account!);
    }

    private EvidenceSight OfSession(SessionLookup found) => found.Outcome switch
    {
        SessionOutcome.Valid => Of(EvidenceKind.Cookie, found.Account!),
        SessionOutcome.Ended => Rejected(EvidenceKind.Cookie, EvidenceFault.SignedOut),
        SessionOutcome.Expired => Rejected(EvidenceKind.Cookie, EvidenceFault.Expired),
        SessionOutcome.AccountBlocked => Rejected(EvidenceKind.Cookie, EvidenceFault.AccountBlocked),
        SessionOutcome.Unknown or SessionOutcome.OfAnotherSpace => Rejected(EvidenceKind.Cookie, EvidenceFault.Unknown),
    };

    private EvidenceSight Of(EvidenceKind kind, Account account)
    {
        var identity = IdentityId.Of(account.Id);
        var plan = catalogue.PlanOf(identity);
        return new(EvidenceTexts.Word(kind), null, null, null, account.Name, identity.Value, plan.Name, plan.Name != Core.Plans.Plan.Free && plan.Name != Core.Plans.Plan.Anonymous, null, false);
    }

    private static EvidenceSight Rejected(EvidenceKind kind, EvidenceFault fault) =>
        new(EvidenceTexts.Word(kind), EvidenceTexts.Code(kind, fault), EvidenceTexts.Sentence(kind, fault), EvidenceTexts.Advice(kind, fault), null, null, null, false, null, false);

    /// <summary>The name of the first header that holds a token of this hub's make; the token itself goes no further.</summary>
    private string? TokenElsewhere(IHeaderDictionary headers) => headers.Take(MostHeaders)
        .Where(header => header.Value is [{ Length: > 0 and <= LongestValue } value] && tokens.IsOurs(LastWord(value)))
        .Select(header => header.Key).FirstOrDefault();

    private static string LastWord(string value) => value.Trim().Split(' ', '=')[^1].Trim('"', ';');
}
