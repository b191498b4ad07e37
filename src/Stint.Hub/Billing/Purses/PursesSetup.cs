namespace Stint.Hub.Billing.Purses;

/// <summary>What people ask of ledgers: credits, ceilings, refunds.</summary>
internal static class PursesSetup
{
    /// <summary>Brings instructions to the engine of this process.</summary>
    public static void AddInstructions(this IServiceCollection services) => services.AddHostedService<InstructionWatch>();
}
