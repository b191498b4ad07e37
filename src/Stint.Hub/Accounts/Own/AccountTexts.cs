namespace Stint.Hub.Accounts.Own;

/// <summary>Sentences of the pages about accounts that only these pages say.</summary>
internal static class AccountTexts
{
    public const string Differ = "The two new passwords differ. Write the same one twice.";
    public const string WrongPresent = "This is not your present password; nothing was changed.";
    public const string NoPassword = "Your account has no password. An administrator of this hub makes you a link to choose one.";
    public const string OnlyAdministrators = "Links by which people choose their passwords are made by administrators.";

    public static string Sentence(string problem) => $"{char.ToUpperInvariant(problem[0])}{problem[1..]}.";

    public static string Role(Core.Identities.AccountRole role) => role switch
    {
        Core.Identities.AccountRole.Member => "member",
        Core.Identities.AccountRole.Administrator => "administrator",
    };
}
