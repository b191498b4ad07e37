using System.Text.Json.Serialization;
using Stint.Core.Spaces;

namespace Stint.Core.Identities;

/// <summary>What kind of thing speaks for an identity, in the order in which evidence is heard.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<EvidenceKind>))]
public enum EvidenceKind
{
    /// <summary>A token the gateway issued for an event of this very Space.</summary>
    IdentityToken,
    /// <summary>A token the gateway issued for an event of another Space, which calls on its visitor's behalf.</summary>
    DelegatedToken,
    /// <summary>A short token for this one Space, as a page or a client shows it.</summary>
    SpaceToken,
    /// <summary>A bearer <c>hf_…</c> token that an account made.</summary>
    AccessToken,
    /// <summary>A session of the very address that was asked.</summary>
    Cookie,
    /// <summary>The network the request came from: always there, and nobody's name.</summary>
    Network,
}

/// <summary>Why evidence that was there is not believed.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<EvidenceFault>))]
public enum EvidenceFault
{
    /// <summary>Not readable as what it was sent as: mistyped, cut short.</summary>
    Malformed,
    /// <summary>Sent more than once, so that nobody can say which of them counts.</summary>
    Repeated,
    /// <summary>Of a form this hub has nothing to do with, and the Space did not ask to be shown it.</summary>
    ForeignForm,
    /// <summary>Not signed by this hub, or changed on its way.</summary>
    Forged,
    /// <summary>A real secret of another hub.</summary>
    OfAnotherHub,
    /// <summary>Made for another Space.</summary>
    OfAnotherSpace,
    /// <summary>Of this hub's make, but not known to it any more, or never.</summary>
    Unknown,
    Revoked,
    SignedOut,
    Expired,
    /// <summary>The event it was issued for is over.</summary>
    EventOver,
    /// <summary>It was handed on by as many Spaces as may.</summary>
    TooManyHops,
    AccountBlocked,
    /// <summary>The account behind it was removed.</summary>
    AccountGone,
    /// <summary>It does not permit the use of this Space.</summary>
    NotPermitted,
    /// <summary>It was sent by a page of another site, or by something that does not say which page sends it.</summary>
    CrossSite,
}

/// <summary>One thing a request carried that speaks for an identity. Always: it is believed and names one, or it has a fault.</summary>
/// <param name="Carrier">Where it was: the header, cookie or parameter as the wire calls it.</param>
/// <param name="Identity">Whose it is; null where it has a fault.</param>
/// <param name="Recognition">How that identity came to speak here; null where it has a fault.</param>
public sealed record Evidence(EvidenceKind Kind, string Carrier, IdentityId? Identity, Recognition? Recognition, EvidenceFault? Fault)
{
    public static Evidence Believed(EvidenceKind kind, string carrier, IdentityId identity, Recognition? recognition = null) =>
        new(kind, carrier, identity, recognition ?? new Recognition(kind), null);

    public static Evidence Rejected(EvidenceKind kind, string carrier, EvidenceFault fault) => new(kind, carrier, null, null, fault);
}

/// <summary>How the one who pays was recognised, kept with what was reserved or refused.</summary>
/// <param name="By">What first spoke for the visitor, however many Spaces handed the call on.</param>
/// <param name="Via">The Space that called on the visitor's behalf; null for a visitor who called directly.</param>
/// <param name="ThenVia">The Space that the first one called, and that called in its turn. With it, nothing hands the call on any further.</param>
public sealed record Recognition(EvidenceKind By, SpaceId? Via = null, SpaceId? ThenVia = null)
{
    public const int MostHops = 2;

    /// <summary>How many Spaces stand between the visitor and the Space that was asked.</summary>
    [JsonIgnore]
    public int Hops => (Via, ThenVia) switch { (null, _) => 0, (_, null) => 1, _ => 2 };

    /// <summary>The same visitor, with one more Space between; null where there are as many as may be.</summary>
    public Recognition? Through(SpaceId space) => Hops switch
    {
        0 => this with { Via = space },
        1 => this with { ThenVia = space },
        _ => null,
    };
}
