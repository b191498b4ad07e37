namespace Stint.Hub.Accounts.Own;

/// <summary>Sentences of the pages about accounts that only these pages say.</summary>
internal static class AccountTexts
{
    public const string Differ = "The two new passwords differ. Write the same one twice.";
    public const string WrongPresent = "This is not your present password; nothing was changed.";
    public const string NoPassword = "Your account has no password. An administrator of this hub makes you a link to choose one.";
    public const string OnlyAdministrators = "Links by which people choose their passwords are made by administrators.";

    public const string WebhookGone = "Your alerts are shown on the hub's pages and sent nowhere.";
    public const string NoWebhook = "You have named no address.";
    public const string WebhookRule = "What your pages tell you, such as 80 or 95 % of a purse used, is sent there too, once each. Whoever runs the address learns your user name and these numbers.";

    public static string WebhookSet(string shown) => $"Your alerts go to {shown}. Send a test to prove the way.";

    public static string TestDelivered(string says) => $"The test was delivered: {says}.";

    public static string TestFailed(string says) => $"The test was not delivered: {says}.";

    public static string Sentence(string problem) => $"{char.ToUpperInvariant(problem[0])}{problem[1..]}.";

    public static string Role(Core.Identities.AccountRole role) => role switch
    {
        Core.Identities.AccountRole.Member => "member",
        Core.Identities.AccountRole.Administrator => "administrator",
    };
}
