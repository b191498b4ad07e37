using System.Security.Cryptography;
using System.Text;
using Stint.Core.Identities;

namespace Stint.Hub;

/// <summary>
/// Names a purse to whoever may hear of it: the same in a quota answer and in a refusal, so that a caller can tell its own
/// purse from another's. Says nothing about who owns it.
/// </summary>
public readonly record struct PurseId(string Value)
{
    private const int Shown = 16;

    public static PurseId OfAllowance(IdentityId identity) =>
        new("purse_" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes("allowance\n" + identity.Value)))[..Shown]);

    public override string ToString() => Value;
}
