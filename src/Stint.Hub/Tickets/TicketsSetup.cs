using Stint.Hub.Engine;

namespace Stint.Hub.Tickets;

/// <summary>Puts the book of tickets into the container, and its reads on the API.</summary>
internal static class TicketsSetup
{
    public static void AddTickets(this IServiceCollection services)
    {
        services.AddSingleton<TicketWatch>();
        services.AddSingleton<TicketStreams>();
        services.AddSingleton<IEffects>(container => container.GetRequiredService<TicketWatch>());
        services.AddHostedService(container => container.GetRequiredService<TicketWatch>());
    }
}
