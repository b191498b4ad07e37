using System.Security.Cryptography;
using System.Text;
using Stint.Core.Identities;
using Stint.Core.Quota;
using Stint.Core.Quota.Purses;

namespace Stint.Hub;

/// <summary>
/// Names a purse to whoever may hear of it: the same in a quota answer and in a refusal, so that a caller can tell its own
/// purse from another's. Says nothing about who owns it.
/// </summary>
public readonly record struct PurseId(string Value)
{
    private const int Shown = 16;

    public static PurseId OfAllowance(IdentityId identity) => Named("allowance\n" + identity.Value);

    /// <param name="of">Whose ledger the credit stands in.</param>
    public static PurseId OfCredit(IdentityId of, CreditId credit) => Named($"credit\n{of}\n{credit}");

    /// <summary>The purse that paid a part of a charge.</summary>
    public static PurseId Of(PurseShare share) => share.Credit is { } credit ? OfCredit(share.Of, credit) : OfAllowance(share.Of);

    public override string ToString() => Value;

    private static PurseId Named(string what) => new("purse_" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(what)))[..Shown]);
}
