namespace Stint.Hub.Texts;

/// <summary>What the sign-in page says.</summary>
public static class SignInTexts
{
    public const string Lead = "Signed in, what you run is counted to your own account instead of the network you come from.";
    public const string Wrong = "No account has this user name and password.";
    public const string Forgotten = "No password yet, or forgotten? An administrator of this hub makes you a link to choose one.";

    public const string Crowded = "Too many people sign in at this moment. Try again in a few seconds.";

    public static string TooOften(TimeSpan wait) => $"Too many tries. The next one is possible in {Amounts.About(wait)}.";

    /// <summary>Why somebody is sent to sign in. Null for a word that is none of ours: nothing from an address is ever shown.</summary>
    public static string? Cause(string? word) => word switch
    {
        "sign-in-expired" => "Your last sign-in has passed its time.",
        "sign-in-ended" => "You were signed out.",
        "sign-in-unknown" => "Your last sign-in is not known here any more.",
        "sign-in-of-another-space" => "Your sign-in was for another Space.",
        "sign-in-needed" => "This is open to people who are signed in.",
        "space-not-yours" => "This Space is open to other people than the one who was signed in.",
        "account-blocked" => "The account that was signed in was shut out by an administrator.",
        "account-gone" => "The account that was signed in does not exist any more.",
        _ => null,
    };
}
