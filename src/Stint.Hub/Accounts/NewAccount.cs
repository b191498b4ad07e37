using System.Security.Cryptography;
using Stint.Core.Identities;
using Stint.Core.Quota;

namespace Stint.Hub.Accounts;

/// <summary>An account that is about to be added, under an id that names it for ever: 24 hexadecimal digits, as clients expect of an id.</summary>
public static class NewAccount
{
    public static Account Of(string name, AccountRole role, string plan, Instant now) =>
        new(new AccountId(RandomNumberGenerator.GetHexString(24, lowercase: true)), name, role, plan, now);
}
