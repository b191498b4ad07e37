using Stint.Hub.Admin.Alerting;
using Stint.Hub.Admin.Hosted;
using Stint.Hub.Admin.Ledgers;
using Stint.Hub.Admin.People;
using Stint.Hub.Admin.Plans;
using Stint.Hub.Admin.Slots;

namespace Stint.Hub.Admin;

/// <summary>The pages of the administration; all of them behind one door.</summary>
internal static class AdminSetup
{
    public static void AddAdmin(this IServiceCollection services)
    {
        services.AddSingleton<AdminDoor>();
        services.AddSingleton<OverviewEndpoints>();
        services.AddSingleton<PeopleEndpoints>();
        services.AddSingleton<AuditRun>();
    }

    public static void MapAdmin(this WebApplication app)
    {
        var door = app.Services.GetRequiredService<AdminDoor>();
        var rooms = app.MapGroup("").AddEndpointFilter(door).DisableAntiforgery().ExcludeFromDescription();
        rooms.MapOverview();
        rooms.MapPeople();
        rooms.MapPlans();
        rooms.MapSpacesOfAll();
        rooms.MapRefunds();
        rooms.MapAudit();
        rooms.MapAlerting();
    }
}
