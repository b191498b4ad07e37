using System.Text.Json.Serialization;
using Stint.Core.Spaces;

namespace Stint.Core.Identities;

/// <summary>How much of its account a token may act for.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<AccessTokenRole>))]
public enum AccessTokenRole
{
    /// <summary>Uses Spaces and reads; changes nothing.</summary>
    [JsonStringEnumMemberName("read")] Read,
    /// <summary>All that <see cref="Read"/> may, and changes Spaces and ceilings.</summary>
    [JsonStringEnumMemberName("write")] Write,
    /// <summary>Only what it names.</summary>
    [JsonStringEnumMemberName("fineGrained")] FineGrained,
}

/// <summary>One thing a token may do. Whose it is (name and plan of its account), every valid token may read.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<AccessTokenPermission>))]
public enum AccessTokenPermission
{
    /// <summary>Open and call Spaces that the account may open; their GPU time counts to the account.</summary>
    [JsonStringEnumMemberName("spaces.use")] UseSpaces,
    /// <summary>Read the account's quota, its receipts and its refusals.</summary>
    [JsonStringEnumMemberName("quota.read")] ReadQuota,
    /// <summary>Read the account's use by day and Space, as the billing API reports it.</summary>
    [JsonStringEnumMemberName("billing.read")] ReadBilling,
    /// <summary>Add, change, restart and rotate the account's Spaces and read their logs and environment.</summary>
    [JsonStringEnumMemberName("spaces.manage")] ManageSpaces,
    /// <summary>Set the account's ceilings; for an administrator, also grant and withdraw credits and give charges back.</summary>
    [JsonStringEnumMemberName("quota.manage")] ManageQuota,
    /// <summary>Create, list and revoke the account's access tokens. No role includes it: a leaked token must not make others unless it was asked to.</summary>
    [JsonStringEnumMemberName("tokens.manage")] ManageTokens,
}

/// <summary>What a token was given: a role, and where that is <see cref="AccessTokenRole.FineGrained"/> the permissions it names.</summary>
/// <param name="Permissions">Empty for every other role.</param>
/// <param name="Spaces">The only Spaces it uses or manages; null where it may use all of the account's. Binds any role.</param>
public sealed record AccessTokenGrant(
    AccessTokenRole Role, IReadOnlyList<AccessTokenPermission> Permissions, IReadOnlyList<SpaceId>? Spaces = null)
{
    public static readonly IReadOnlyList<AccessTokenPermission> EveryPermission = Enum.GetValues<AccessTokenPermission>();

    /// <param name="space">The Space it is asked for, spelled as the catalogue has it; null where the question is of no one Space.</param>
    public bool Permits(AccessTokenPermission permission, SpaceId? space = null) =>
        Permits(Role, Permissions, permission) && (!IsOfASpace(permission) || Spaces is null || (space is { } id && Spaces.Contains(id)));

    /// <summary>What is wrong with this grant, as a sentence that says what to do; null when nothing is.</summary>
    public string? Problem() => this switch
    {
        { Role: AccessTokenRole.FineGrained, Permissions.Count: 0 } =>
            $"a fineGrained token must name what it permits; choose from {string.Join(", ", EveryPermission.Select(Word))}",
        { Role: not AccessTokenRole.FineGrained, Permissions.Count: > 0 } =>
            $"role {Word(Role)} already says what the token permits; leave the permissions out, or use role fineGrained",
        { Spaces.Count: 0 or > 100 } => "a token limited to Spaces names 1 to 100 of them",
        _ => null,
    };

    public static bool Permits(AccessTokenRole role, IReadOnlyList<AccessTokenPermission> permissions, AccessTokenPermission permission) => role switch
    {
        AccessTokenRole.Read => permission is AccessTokenPermission.UseSpaces or AccessTokenPermission.ReadQuota or AccessTokenPermission.ReadBilling,
        AccessTokenRole.Write => permission is not AccessTokenPermission.ManageTokens,
        AccessTokenRole.FineGrained => permissions.Contains(permission),
    };

    /// <summary>The word the wire and the command line use.</summary>
    public static string Word(AccessTokenRole role) => role switch
    {
        AccessTokenRole.Read => "read",
        AccessTokenRole.Write => "write",
        AccessTokenRole.FineGrained => "fineGrained",
    };

    /// <summary>The word the wire and the command line use.</summary>
    public static string Word(AccessTokenPermission permission) => permission switch
    {
        AccessTokenPermission.UseSpaces => "spaces.use",
        AccessTokenPermission.ReadQuota => "quota.read",
        AccessTokenPermission.ReadBilling => "billing.read",
        AccessTokenPermission.ManageSpaces => "spaces.manage",
        AccessTokenPermission.ManageQuota => "quota.manage",
        AccessTokenPermission.ManageTokens => "tokens.manage",
    };

    /// <summary>One sentence for a page or a help text.</summary>
    public static string Says(AccessTokenPermission permission) => permission switch
    {
        AccessTokenPermission.UseSpaces => "open and call Spaces; their GPU time counts to the account",
        AccessTokenPermission.ReadQuota => "read quota, receipts and refusals",
        AccessTokenPermission.ReadBilling => "read use by day and Space",
        AccessTokenPermission.ManageSpaces => "add, change, restart and rotate the account's Spaces",
        AccessTokenPermission.ManageQuota => "set the account's ceilings; for administrators, grant credits and refunds",
        AccessTokenPermission.ManageTokens => "create, list and revoke the account's tokens",
    };

    private static bool IsOfASpace(AccessTokenPermission permission) => permission switch
    {
        AccessTokenPermission.UseSpaces or AccessTokenPermission.ManageSpaces => true,
        AccessTokenPermission.ReadQuota or AccessTokenPermission.ReadBilling or AccessTokenPermission.ManageQuota or AccessTokenPermission.ManageTokens => false,
    };
}
