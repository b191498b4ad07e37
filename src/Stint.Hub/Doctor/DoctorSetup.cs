using Stint.Hub.Doctor.Observing;
using Stint.Hub.Telemetry;

namespace Stint.Hub.Doctor;

internal static class DoctorSetup
{
    public static void AddDoctor(this IServiceCollection services)
    {
        services.AddCounts();
        services.AddSingleton<RequestEvidence>();
        services.AddSingleton<LedgerDamage>();
        services.AddSingleton<HubLook>();
        services.AddSingleton<AppProbe>();
        services.AddSingleton<Observer>();
        services.AddSingleton<DoctorThrottle>();
        services.AddSingleton<DoctorEndpoints>();
    }

    public static void MapDoctor(this IEndpointRouteBuilder app) => DoctorEndpoints.Map(app);
}
