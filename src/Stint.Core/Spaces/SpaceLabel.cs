namespace Stint.Core.Spaces;

/// <summary>Which host name labels a Space may have: none that the hub's own addresses use, and none that DNS refuses.</summary>
public static class SpaceLabel
{
    /// <summary>Labels the hub keeps for itself, used today or not: a Space that had one could pass for the hub.</summary>
    public static readonly IReadOnlySet<string> Reserved = new HashSet<string>(StringComparer.Ordinal)
    {
        "account", "accounts", "admin", "api", "app", "assets", "auth", "billing", "cdn", "device", "docs", "hub", "login", "mail",
        "metrics", "oauth", "pages", "settings", "setup", "sign-in", "spaces", "static", "status", "stint", "usage", "v1", "www",
    };

    /// <param name="label">As <see cref="SpaceId.Subdomain"/> makes it.</param>
    public static bool IsFree(string label) => label.Length is > 0 and <= 63 && !Reserved.Contains(label);
}
