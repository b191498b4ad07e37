using Stint.Core.Identities;
using Stint.Core.Leasing.Forecasts;
using Stint.Core.Quota;

namespace Stint.Hub.Tickets;

/// <summary>One's own places in the queue: as they are, and as they change. An administrator opens anyone's by its id.</summary>
internal static class TicketEndpoints
{
    private static readonly string TooMany = $"There are too many live streams open: at most {TicketStreams.MostOfOne} of one identity. Close one, or ask without /events.";

    public static void MapTickets(this IEndpointRouteBuilder app)
    {
        app.MapGet("/v1/tickets", (HttpContext context, TicketWatch watch) =>
                May(context) ?? Results.Ok(new TicketsAnswer([.. watch.WaitingOf(RequestIdentity.Of(context).Identity).Select(TicketAnswer.Of)])))
            .WithName("listTickets").WithSummary("The caller's waiting tasks: place in the queue, when they are expected to start, and why each place changed.")
            .Produces<TicketsAnswer>().WithTags("queue");
        app.MapGet("/v1/tickets/{id}", (string id, HttpContext context, TicketWatch watch) =>
                May(context) ?? (Find(id, context, watch) is { } ticket ? Results.Ok(TicketAnswer.Of(ticket)) : Missing(id)))
            .WithName("getTicket").WithSummary("One ticket: place, expected start as a range that four of five starts keep, and the reason of each move.")
            .Produces<TicketAnswer>().WithTags("queue");
        app.MapGet("/v1/tickets/{id}/events", (string id, HttpContext context, TicketWatch watch, TicketStreams streams) => Follow(id, context, watch, streams))
            .WithName("followTicket").WithSummary("The same as server-sent events, one whenever it changes; ends when the ticket started or left.")
            .Produces(StatusCodes.Status200OK, contentType: "text/event-stream").WithTags("queue");
    }

    private static async Task<IResult> Follow(string id, HttpContext context, TicketWatch watch, TicketStreams streams)
    {
        if (May(context) is { } refused) return refused;
        if (Find(id, context, watch) is not { } first) return Missing(id);
        var wasWritten = await streams.TryWriteAsync(context, RequestIdentity.Of(context).Identity, () =>
            watch.Find(first.Id) is { } ticket ? (TicketAnswer.Of(ticket), ticket.Phase != TicketPhase.Waiting) : null).ConfigureAwait(false);
        return wasWritten ? Results.Empty : Problems.Client(StatusCodes.Status429TooManyRequests, "too-many-streams", "Too many live streams", TooMany).ToResult();
    }

    private static IResult? May(HttpContext context) => RequestIdentity.Of(context).Grant.Permits(AccessTokenPermission.ReadQuota)
        ? null
        : Problems.PermissionMissing(AccessTokenGrant.Word(AccessTokenPermission.ReadQuota)).ToResult();

    /// <summary>Someone else's is answered like one that never was, so that ids give nothing away.</summary>
    private static Ticket? Find(string id, HttpContext context, TicketWatch watch)
    {
        var caller = RequestIdentity.Of(context);
        return watch.Find(new ReservationId(id)) is { } ticket && (ticket.Reservation.Identity == caller.Identity || caller.IsAdministrator) ? ticket : null;
    }

    private static IResult Missing(string id) =>
        Problems.NotFound($"There is no ticket '{id}' of yours that waits or waited lately. What ran has a receipt under the same id: /v1/receipts/{Uri.EscapeDataString(id)}").ToResult();
}
