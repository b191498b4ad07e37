using Stint.Core.Leasing.Forecasts;
using Stint.Hub.Texts;

namespace Stint.Hub.Tickets;

/// <summary>A place in the queue as its owner sees it. Four of five starts lie within the range told on arrival.</summary>
/// <param name="State"><c>waiting</c>, <c>started</c> or <c>left</c>.</param>
/// <param name="Place">1 for who is next.</param>
/// <param name="Waiting">How many wait, this one included.</param>
/// <param name="Starts">When it is expected to start, as of <paramref name="At"/>; null where it waits no more, or no slot serves it.</param>
/// <param name="ToldOnArrival">The range it was told when it came.</param>
/// <param name="EndedAt">When it started or left.</param>
/// <param name="Cause">Why it left, as one stable word.</param>
/// <param name="Moves">Each change of place with its reasons, the latest last.</param>
public sealed record TicketAnswer(
    string Id, string Space, string? Function, string State, int Place, int Waiting, DateTime ArrivedAt, DateTime WaitsUntil, DateTime At, RangeAnswer? Starts, RangeAnswer? ToldOnArrival,
    DateTime? EndedAt, string? Cause, string Sentence, IReadOnlyList<MoveAnswer> Moves)
{
    public static TicketAnswer Of(Ticket ticket) => new(
        ticket.Id.Value, ticket.Reservation.Function.Space.ToString(), ticket.Reservation.Function.Endpoint is "" ? null : ticket.Reservation.Function.Endpoint,
        TicketTexts.Word(ticket.Phase), ticket.Place, ticket.Waiting, ticket.Reservation.ArrivedAt.ToUtc().UtcDateTime, ticket.Reservation.WaitUntil.ToUtc().UtcDateTime,
        ticket.At.ToUtc().UtcDateTime, RangeAnswer.Of(ticket.Range, ticket), RangeAnswer.Of(ticket.ToldFirst, ticket),
        ticket.EndedAt?.ToUtc().UtcDateTime, ticket.Cause, TicketTexts.Sentence(ticket),
        [.. ticket.Moves.Select(MoveAnswer.Of)]);
}

/// <param name="EarliestInSeconds">From the moment of the answer; nothing where that has passed.</param>
public sealed record RangeAnswer(DateTime Earliest, DateTime Latest, decimal EarliestInSeconds, decimal LatestInSeconds)
{
    public static RangeAnswer? Of(StartRange? range, Ticket ticket) => range is not { } held ? null : new(
        held.Earliest.ToUtc().UtcDateTime, held.Latest.ToUtc().UtcDateTime, Math.Max(0, (held.Earliest - ticket.At).InSeconds()), Math.Max(0, (held.Latest - ticket.At).InSeconds()));
}

/// <summary>One change of place.</summary>
public sealed record MoveAnswer(DateTime At, int From, int To, string Sentence, IReadOnlyList<MoveReasonAnswer> Reasons)
{
    public static MoveAnswer Of(Move move) => new(
        move.At.ToUtc().UtcDateTime, move.From, move.To, TicketTexts.Sentence(move),
        [.. move.Reasons.Select(reason => new MoveReasonAnswer(TicketTexts.Word(reason.Cause), reason.Count, TicketTexts.Sentence(reason)))]);
}

/// <param name="Cause">As one stable word.</param>
/// <param name="Count">Of how many tickets, or slots.</param>
public sealed record MoveReasonAnswer(string Cause, int Count, string Sentence);

/// <param name="Tickets">The caller's waiting tickets, next first.</param>
public sealed record TicketsAnswer(IReadOnlyList<TicketAnswer> Tickets);
