using Stint.Core.Quota;

namespace Stint.Core.Leasing.Forecasts;

/// <summary>Waiting → Started | Left.</summary>
public enum TicketPhase { Waiting, Started, Left }

/// <summary>What a person in the queue may know of their ticket, as it was at one moment.</summary>
/// <param name="Reservation">As it was when it came.</param>
/// <param name="Place">1 for who is next; the last one it had where it waits no more.</param>
/// <param name="Waiting">How many wait, itself included.</param>
/// <param name="Middle">What is imagined of the wait from <paramref name="At"/> on; null where nothing serves it.</param>
/// <param name="Range">When it is expected to start, as of <paramref name="At"/>.</param>
/// <param name="ToldFirst">The range it was told when it came: the one that four of five starts keep.</param>
/// <param name="Moves">The latest last, at most <see cref="MostMoves"/>.</param>
public sealed record Ticket(
    Reservation Reservation, Instant At, TicketPhase Phase, int Place, int Waiting, TimeSpan? Middle, StartRange? Range, StartRange? ToldFirst, IReadOnlyList<Move> Moves)
{
    public const int MostMoves = 20;

    public ReservationId Id => Reservation.Id;

    /// <summary>When it started or left; null while it waits.</summary>
    public Instant? EndedAt { get; init; }

    /// <summary>The stable word for why it left; null otherwise.</summary>
    public string? Cause { get; init; }

    /// <summary>What was imagined of its wait when it came: what its start is held against.</summary>
    public TimeSpan? MiddleFirst { get; init; }

    public Ticket Moved(Move move) => this with { Moves = [.. Moves.Skip(Math.Max(0, Moves.Count + 1 - MostMoves)), move] };
}

/// <summary>A ticket that waits no more.</summary>
/// <param name="Cause">Null where it was granted.</param>
public sealed record Departed(ReservationId Id, Instant At, string? Cause);
