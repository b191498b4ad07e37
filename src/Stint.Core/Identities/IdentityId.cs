namespace Stint.Core.Identities;

/// <summary>
/// Who pays for a request, in one canonical text: <c>account:ID</c>, <c>organization:ID</c>, <c>sponsor:ID</c> or
/// <c>anonymous:PREFIX</c>. A ledger belongs to exactly one. A limit that pays nothing is counted in a ledger too, and is named
/// here as <c>cap:WHAT</c>.
/// </summary>
public readonly record struct IdentityId(string Value) : IComparable<IdentityId>
{
    public static IdentityId Of(AccountId account) => new("account:" + account.Value);

    /// <param name="prefix">An IPv4 address or the first 64 bits of an IPv6 one, as text.</param>
    public static IdentityId OfNetwork(string prefix) => new("anonymous:" + prefix);

    /// <param name="name">The pool's own name.</param>
    public static IdentityId OfSponsor(string name) => new("sponsor:" + name);

    /// <param name="what">What is bounded, in one text.</param>
    public static IdentityId OfCap(string what) => new("cap:" + what);

    /// <summary>The network that an anonymous visitor came from; empty for every other kind.</summary>
    public string Network => IsAnonymous ? Value["anonymous:".Length..] : "";

    public bool IsAnonymous => Value.StartsWith("anonymous:", StringComparison.Ordinal);

    /// <summary>The account this identity is; null for every other kind.</summary>
    public AccountId? Account => Value.StartsWith("account:", StringComparison.Ordinal) ? new AccountId(Value["account:".Length..]) : null;

    public int CompareTo(IdentityId other) => string.CompareOrdinal(Value, other.Value);
    public static bool operator <(IdentityId a, IdentityId b) => a.CompareTo(b) < 0;
    public static bool operator >(IdentityId a, IdentityId b) => a.CompareTo(b) > 0;
    public static bool operator <=(IdentityId a, IdentityId b) => a.CompareTo(b) <= 0;
    public static bool operator >=(IdentityId a, IdentityId b) => a.CompareTo(b) >= 0;

    public override string ToString() => Value;
}

/// <summary>Names one account for ever; its user name may change, this does not.</summary>
public readonly record struct AccountId(string Value)
{
    public override string ToString() => Value;
}
