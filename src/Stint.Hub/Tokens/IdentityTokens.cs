using System.Runtime.InteropServices;
using System.Security.Claims;
using Microsoft.IdentityModel.JsonWebTokens;
using Stint.Core.Identities;
using Stint.Core.Quota;
using Stint.Core.Spaces;

namespace Stint.Hub.Tokens;

/// <summary>
/// The short-lived signed tokens that tell the device API who pays for a Gradio event (<c>X-IP-Token</c> on the wire). Each
/// is for ONE Space and one event. The Space that carries it reads a pseudonym; who pays is sealed inside for the hub alone.
/// </summary>
public sealed class IdentityTokens
{
    public const int LongestToken = 4096;
    public const int LongestEvent = 128;
    public const int LongestEndpoint = 200;
    public static readonly TimeSpan LongestLifetime = TimeSpan.FromHours(24);

    private const string Kind = "stint-identity+jwt";
    private const string EndpointClaim = "fn";
    private const string EvidenceClaim = "evidence";
    private const string ViaClaim = "via";

    private readonly Func<Instant> clock;
    private readonly LiveEvents? events;
    private readonly IdentitySeal seal;
    private readonly TokenSigner signer;

    /// <param name="clock">Ledger time in a hub; tokens are checked by the clock they are issued by.</param>
    /// <param name="events">The events that go on; null where nothing watches them, as on the command line.</param>
    public IdentityTokens(HubKeys keys, Func<Instant> clock, LiveEvents? events = null)
    {
        (this.clock, this.events, seal) = (clock, events, new IdentitySeal(keys));
        signer = new(keys, seal, Kind, LongestLifetime);
    }

    /// <param name="event">The Gradio event this is for; empty or longer than <see cref="LongestEvent"/> is a programmer's error.</param>
    /// <param name="endpoint">The Gradio endpoint, such as <c>/predict</c>; empty where there is none.</param>
    /// <param name="lifetime">More than nothing, at most <see cref="LongestLifetime"/>.</param>
    /// <param name="recognition">How the identity was recognised; null where nothing says so.</param>
    public string Issue(IdentityId identity, SpaceId audience, string @event, string endpoint, TimeSpan lifetime, Recognition? recognition = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(@event);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(@event.Length, LongestEvent);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(endpoint.Length, LongestEndpoint);
        var pseudonym = seal.PseudonymOf(identity, audience);
        var claims = new List<(string, string)>(5) { (JwtRegisteredClaimNames.Sub, pseudonym), (EndpointClaim, endpoint) };
        if (recognition is not null) claims.Add((EvidenceClaim, recognition.By.ToString()));
        if (recognition is { Via: { } first }) claims.Add((ViaClaim, recognition.ThenVia is { } second ? $"{first} {second}" : first.ToString()));
        // The `spaces` package takes a token without `user` for a visitor who is not signed in.
        if (!identity.IsAnonymous) claims.Add(("user", pseudonym));
        return signer.Sign(identity, audience, @event, clock(), lifetime, CollectionsMarshal.AsSpan(claims)).Text;
    }

    /// <summary>1 is it a token, ours, and of this time? 2 does its event go on? 3 is it for this Space? Never throws, whatever the text.</summary>
    public TokenCheck Check(string token, SpaceId audience, Instant now)
    {
        // 1
        var (outcome, known) = signer.Read(token, now);
        if (known is null) return new(outcome, null);
        var facts = FactsOf(known);
        // 2
        if (outcome == TokenOutcome.Expired || events?.IsOver(facts.Event, now) == true) return new(TokenOutcome.Expired, facts);
        // 3
        return new(facts.Audience == audience ? TokenOutcome.Valid : TokenOutcome.OfAnotherSpace, facts);
    }

    private TokenFacts FactsOf(SignedToken token)
    {
        var jwt = token.Jwt;
        var endpoint = Text(jwt, EndpointClaim) is { Length: > 0 } named ? named : events?.EndpointOf(jwt.Id) ?? "";
        return new(token.Payer, token.Audience, jwt.Id, endpoint, jwt.Subject, token.IssuedAt, token.ExpiresAt, RecognitionOf(jwt));
    }

    private static Recognition? RecognitionOf(JsonWebToken jwt)
    {
        if (!Enum.TryParse<EvidenceKind>(Text(jwt, EvidenceClaim), out var by)) return null;
        var via = Text(jwt, ViaClaim)?.Split(' ').Select(SpaceId.Parse).ToList() ?? [];
        return new(by, via.Count > 0 ? via[0] : null, via.Count > 1 ? via[1] : null);
    }

    private static string? Text(JsonWebToken jwt, string claim) => jwt.TryGetClaim(claim, out Claim found) ? found.Value : null;
}

/// <summary>What a token is worth at one Space at one moment.</summary>
public enum TokenOutcome
{
    Valid,
    Expired,
    /// <summary>Not signed by this hub, or changed.</summary>
    Forged,
    OfAnotherSpace,
    /// <summary>No token at all: too long, not three parts, not readable.</summary>
    Malformed,
}

/// <param name="Facts">Set exactly when the hub itself signed the token, whatever became of it since.</param>
public sealed record TokenCheck(TokenOutcome Outcome, TokenFacts? Facts);

/// <summary>What an identity token says.</summary>
/// <param name="Pseudonym">All that the Space may know of who it is.</param>
/// <param name="ExpiresAt">The first moment at which it is worth nothing.</param>
/// <param name="Recognition">How the identity was recognised; null where the token does not say.</param>
public sealed record TokenFacts(IdentityId Identity, SpaceId Audience, string Event, string Endpoint, string Pseudonym, Instant IssuedAt, Instant ExpiresAt, Recognition? Recognition = null);
