using Stint.Core.Quota;
using Stint.Core.Spaces;

namespace Stint.Hub.Layout;

/// <summary>Paths of pages that other pages lead to.</summary>
internal static class Links
{
    public const string SignOut = "/sign-out";
    public const string Usage = "/settings/billing";
    public const string Limits = "/settings/limits";
    public const string AccessTokens = "/settings/tokens";
    public const string Account = "/settings/account";
    public const string Administration = "/admin";
    public const string DismissNotice = "/notices/dismiss";

    /// <summary>Where an administrator makes a link by which this account's password is chosen; a form with nothing in it but its antiforgery token may post there too.</summary>
    public static string SetUpLinkOf(string account) => $"/accounts/{Uri.EscapeDataString(account)}/set-up-link";

    public static string SignIn(string? next = null, string? cause = null) =>
        Visit.SignIn + QueryString.Create(new Dictionary<string, string?> { ["next"] = next, ["cause"] = cause }.Where(pair => pair.Value is not null));

    public static string Space(SpaceId space) => $"/spaces/{space}";

    /// <summary>What the author of a Space sees of it.</summary>
    public static string Author(SpaceId space) => $"/spaces/{space}/author";

    public static string Doctor(SpaceId space) => $"/doctor?space={Uri.EscapeDataString(space.ToString())}";

    /// <summary>Its line on the page of one's own use.</summary>
    public static string Receipt(ReservationId receipt) => $"{Usage}#receipt-{receipt}";

    /// <summary>The page of a request that was turned away at a Space's address before anything was counted.</summary>
    public static string TurnedAway(SpaceId space, string cause) => $"/refusals/at/{space}/{cause}";

    public static string Refusal(RefusalId refusal) => $"/refusals/{refusal}";
}
