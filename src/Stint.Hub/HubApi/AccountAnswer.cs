using System.Text.Json.Serialization;
using Stint.Core.Identities;
using Stint.Core.Spaces;
using Stint.Hub.Tokens;

namespace Stint.Hub.HubApi;

/// <summary>Whose a token is, as <c>whoami-v2</c> says it.</summary>
/// <param name="IsPro">True on a plan that grants what 'pro' grants: clients know no better word.</param>
/// <param name="PeriodEnd">Null, for nothing is paid for here.</param>
public sealed record WhoAmIAnswer(
    string Type, string Id, string Name, string Fullname, string? Email, bool EmailVerified, bool CanPay, string BillingMode, long? PeriodEnd, bool IsPro, string AvatarUrl,
    IReadOnlyList<string> Orgs, AuthAnswer Auth)
{
    internal static WhoAmIAnswer Of(Account account, HeldToken token, bool isPro, string avatar) => new(
        "user", account.Id.Value, account.Name, account.Name, null, false, false, "prepaid", null, isPro, avatar, [], AuthAnswer.Of(account, token));
}

/// <summary>What spoke for the account.</summary>
public sealed record AuthAnswer(
    string Type, TokenAnswer AccessToken, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] DateTime? ExpiresAt)
{
    internal static AuthAnswer Of(Account account, HeldToken token) => new(
        "access_token", new(token.Name, AccessTokenGrant.Word(token.Grant.Role), token.CreatedAt.ToString(), ScopeAnswer.Of(account, token.Grant)), token.ExpiresAt?.ToUtc().UtcDateTime);
}

/// <summary>The token itself, without its secret.</summary>
public sealed record TokenAnswer(
    string DisplayName, string Role, string CreatedAt, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] ScopeAnswer? FineGrained);

/// <summary>What a fine-grained token names.</summary>
public sealed record ScopeAnswer(IReadOnlyList<ScopedAnswer> Scoped, IReadOnlyList<string> Global, bool CanReadGatedRepos)
{
    internal static ScopeAnswer? Of(Account account, AccessTokenGrant grant)
    {
        if (grant.Role != AccessTokenRole.FineGrained) return null;
        var words = grant.Permissions.Select(AccessTokenGrant.Word).ToList();
        var entities = grant.Spaces is { } spaces
            ? spaces.Select(space => new EntityAnswer(space.ToString(), "space", space.ToString()))
            : [new EntityAnswer(account.Id.Value, "user", account.Name)];
        return new([.. entities.Select(entity => new ScopedAnswer(entity, words))], [], false);
    }
}

public sealed record ScopedAnswer(EntityAnswer Entity, IReadOnlyList<string> Permissions);

public sealed record EntityAnswer([property: JsonPropertyName("_id")] string Id, string Type, string Name);

/// <summary>GPU time as quota tools read it: whole seconds, rounded down as on the wire of the GPUs.</summary>
/// <param name="Base">What the window grants.</param>
/// <param name="Current">What is left of it.</param>
/// <param name="ResetsAt">UTC; null while no window is open.</param>
/// <param name="OverquotaUsed">Nothing can be bought here.</param>
public sealed record ZeroGpuQuotaAnswer(long Base, long Current, string? ResetsAt, long OverquotaUsed);

/// <summary>Use by product, in the form of the billing API.</summary>
public sealed record BillingUsageAnswer(IReadOnlyDictionary<string, IReadOnlyList<UsageLineAnswer>> Usage, PeriodAnswer Period);

/// <summary>One Space's part of the use. Its cost is nothing: GPU time is granted, not sold.</summary>
public sealed record UsageLineAnswer(
    string EntityId, string Label, string Product, string ProductPrettyName, decimal Quantity, string UnitLabel, string StartedAt, string StoppedAt, bool Active,
    long TotalCostMicroUSD, long UnitCostMicroUSD)
{
    public const string ZeroGpuMinutes = "spaces/zero-a10g/minutes";

    internal static UsageLineAnswer Of(SpaceId space, decimal minutes, string from, string to) =>
        new(space.ToString(), space.ToString(), ZeroGpuMinutes, "GPU time of Spaces", minutes, "minutes", from, to, false, 0, 0);
}

public sealed record PeriodAnswer(string PeriodStart, string PeriodEnd);
