using System.Text.Json.Serialization;
using Stint.Core.Quota;

namespace Stint.Core.Identities;

[JsonConverter(typeof(JsonStringEnumConverter<AccountRole>))]
public enum AccountRole { Member, Administrator }

/// <summary>Someone who can sign in. Its plan is named here and read from the plans, so that an edited plan reaches everyone on it.</summary>
/// <param name="Name">The user name, unique whatever its case: 1 to 40 letters, digits, <c>-</c>, <c>_</c>, <c>.</c>.</param>
/// <param name="Blocked">True where an administrator shut it out: none of its evidence is believed.</param>
public sealed record Account(AccountId Id, string Name, AccountRole Role, string Plan, Instant CreatedAt, bool Blocked = false)
{
    public const string NameRule = "a user name has 1 to 40 letters, digits, '-', '_' and '.'";

    public static bool IsName(string name) =>
        name.Length is > 0 and <= 40 && name is not ("." or "..") && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.');
}
