using Stint.Hub.Layout;

namespace Stint.Hub.Admin.Ledgers;

/// <summary>The ledger added up again, while the hub serves.</summary>
internal static class AuditEndpoints
{
    public static void MapAudit(this IEndpointRouteBuilder rooms)
    {
        rooms.MapGet(AdminPaths.Audit, (AuditRun audit) => Pages.Page<AuditPage>(new { audit.Standing }));
        rooms.MapPost(AdminPaths.Audit, (AuditRun audit, HttpContext context) =>
        {
            audit.Start(Administrator.Of(context).Account.Name);
            return Results.LocalRedirect(AdminPaths.Audit);
        });
    }
}
