using Stint.Core.Identities;

namespace Stint.Core.Spaces;

/// <summary>Who may open a Space: said once, for pages and APIs.</summary>
public static class SpaceAccess
{
    /// <param name="account">Null for someone who is not signed in.</param>
    public static bool IsOpenTo(this Space space, Account? account) => space.Visibility switch
    {
        SpaceVisibility.Public => true,
        SpaceVisibility.Members => account is not null,
        SpaceVisibility.Private => account is not null && (space.Owner == account.Id || account.Role == AccountRole.Administrator),
    };
}
