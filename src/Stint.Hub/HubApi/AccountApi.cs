using Stint.Core.Identities;
using Stint.Core.Plans;
using Stint.Core.Quota;
using Stint.Hub.Engine;
using Stint.Hub.Layout;
using Stint.Hub.Store;
using Stint.Hub.Store.Ledgers;
using Stint.Hub.Texts;
using Stint.Hub.Tokens;

namespace Stint.Hub.HubApi;

/// <summary>What a token's holder may ask about itself: who it is, what is left, what was used.</summary>
internal sealed class AccountApi(Catalogue catalogue, LedgerReads reads, LedgerClock clock, HubOptions options)
{
    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet("/api/whoami-v2", (HttpContext context, AccountApi api) => For(context, null, api.WhoAmI)).ExcludeFromDescription();
        app.MapGet("/api/spaces/zero-gpu/quota", (HttpContext context, AccountApi api) => For(context, AccessTokenPermission.ReadQuota, api.Quota)).ExcludeFromDescription();
        app.MapGet("/api/settings/billing/usage", (HttpContext context, AccountApi api) => For(context, AccessTokenPermission.ReadBilling, api.Usage)).ExcludeFromDescription();
    }

    private static IResult For(HttpContext context, AccessTokenPermission? permission, Func<RequestIdentity, HeldToken, IResult> answer) =>
        context.Features.Get<RequestIdentity>() is not { } caller || context.Features.Get<HeldToken>() is not { } token ? HubError.NobodyKnown(context)
        : permission is { } needed && !caller.Grant.Permits(needed) ? HubError.NotPermitted(AccessTokenGrant.Word(needed))
        : answer(caller, token);

    private IResult WhoAmI(RequestIdentity caller, HeldToken token)
    {
        var plan = catalogue.PlanOf(caller.Identity);
        var isPro = plan.Name == Plan.Pro || plan.Allowance >= catalogue.FindPlan(Plan.Pro)?.Allowance;
        return Results.Json(WhoAmIAnswer.Of(caller.Account, token, isPro, new Uri(options.Url, SharedFiles.Icon).AbsoluteUri));
    }

    private IResult Quota(RequestIdentity caller, HeldToken token)
    {
        var reading = QuotaSnapshot.Take(reads, catalogue, caller.Identity, clock.Now).Reading;
        return Results.Json(new ZeroGpuQuotaAnswer(reading.Allowance.WholeSeconds, reading.Left.WholeSeconds, reading.ResetsAt?.ToString(), 0));
    }

    /// <summary>The calendar month so far, in UTC.</summary>
    private IResult Usage(RequestIdentity caller, HeldToken token)
    {
        var now = clock.Now.ToUtc();
        var from = Instant.From(new DateTimeOffset(now.Year, now.Month, 1, 0, 0, 0, TimeSpan.Zero));
        var to = Instant.From(from.ToUtc().AddMonths(1));
        var lines = reads.UseBySpace(caller.Identity, from)
            .Select(use => UsageLineAnswer.Of(use.Space, use.Charged.InSeconds() / 60, use.FirstAt.ToString(), use.LastAt.ToString()))
            .ToList();
        return Results.Json(new BillingUsageAnswer(
            new Dictionary<string, IReadOnlyList<UsageLineAnswer>> { [UsageLineAnswer.ZeroGpuMinutes] = lines }, new(from.ToString(), to.ToString())));
    }
}
