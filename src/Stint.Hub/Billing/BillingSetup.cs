using Microsoft.AspNetCore.Authorization;
using Stint.Core.Identities;
using Stint.Hub.Billing.Limits;
using Stint.Hub.Billing.Purses;
using Stint.Hub.Billing.Refusals;
using Stint.Hub.Billing.Usage;
using Stint.Hub.Store.Instructions;
using Stint.Hub.Store.Ledgers;

namespace Stint.Hub.Billing;

/// <summary>The API that reads the ledger: quota, quotes, receipts and refusals under <c>/v1</c>, and its description.</summary>
internal static class BillingSetup
{
    public static void AddBilling(this IServiceCollection services)
    {
        services.AddSingleton<LedgerReads>();
        services.AddSingleton<UseReads>();
        services.AddSingleton<TypicalRuns>();
        services.AddSingleton<InstructionBox>();
        services.AddSingleton<MeasuredRuns>();
        services.AddSingleton<RefusalEndpoints>();
        services.AddSingleton<UsageEndpoints>();
        services.AddSingleton<LimitEndpoints>();
        services.AddOpenApi(ApiDescription.Version, ApiDescription.Configure);
    }

    public static void MapBilling(this WebApplication app)
    {
        app.UseWhen(IsAboutSomeone, v1 =>
        {
            v1.UseExceptionHandler(new ExceptionHandlerOptions { ExceptionHandler = context => context.Response.WriteAsync(Problems.HubAtFault) });
            v1.UseStatusCodePages(pages => pages.HttpContext.Response.WriteAsync(Problems.OfStatus(pages.HttpContext.Response.StatusCode)));
            v1.UseMiddleware<CallerAttribution>();
            v1.UseMiddleware<QuotaHeaders>();
        });

        var v1 = app.MapGroup("/v1").WithTags("ledger").Needs(AccessTokenPermission.ReadQuota)
            .ProducesProblems(StatusCodes.Status401Unauthorized, StatusCodes.Status403Forbidden);
        v1.MapQuota();
        v1.MapLedger();
        v1.MapPurseReads();
        app.MapGroup("/v1").WithTags("purses").Needs(AccessTokenPermission.ManageQuota)
            .ProducesProblems(StatusCodes.Status401Unauthorized, StatusCodes.Status403Forbidden).MapPurseWrites();
        app.MapProblems();
        RefusalEndpoints.Map(app);
        UsageEndpoints.Map(app);
        LimitEndpoints.Map(app);
        app.MapOpenApi("/openapi/{documentName}.json");
    }

    /// <summary>All of <c>/v1</c> but what says that it takes anyone: the doctor is for those whose evidence does not hold.</summary>
    private static bool IsAboutSomeone(HttpContext context) =>
        context.Request.Path.StartsWithSegments("/v1") && context.GetEndpoint()?.Metadata.GetMetadata<IAllowAnonymous>() is null;

    /// <summary>Every endpoint of the group asks for this permission.</summary>
    private static RouteGroupBuilder Needs(this RouteGroupBuilder group, AccessTokenPermission permission) =>
        group.AddEndpointFilter(async (call, next) => RequestIdentity.Of(call.HttpContext).Grant.Permits(permission)
            ? await next(call).ConfigureAwait(false)
            : Problems.PermissionMissing(AccessTokenGrant.Word(permission)).ToResult());
}
