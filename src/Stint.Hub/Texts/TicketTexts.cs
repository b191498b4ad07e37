using Stint.Core.Leasing.Forecasts;
using Stint.Core.Quota;

namespace Stint.Hub.Texts;

/// <summary>What is said of a place in the queue. Others are "someone": nobody learns who waits.</summary>
public static class TicketTexts
{
    public static string Word(TicketPhase phase) => phase switch
    {
        TicketPhase.Waiting => "waiting",
        TicketPhase.Started => "started",
        TicketPhase.Left => "left",
    };

    public static string Sentence(Ticket ticket) => ticket.Phase switch
    {
        TicketPhase.Waiting => $"You are number {ticket.Place} of {ticket.Waiting} in the queue; {Starts(ticket.Range, ticket.At)}",
        TicketPhase.Started => $"It got a GPU after {Amounts.About(ticket.EndedAt!.Value - ticket.Reservation.ReservedAt)}.",
        TicketPhase.Left => $"It left the queue without a GPU: {Left(ticket.Cause)}. Nothing was charged.",
    };

    public static string Starts(StartRange? range, Instant now) => range switch
    {
        null => "no slot that is there can serve it, so nobody can say when it starts.",
        { } held when held.Latest <= now => "it is expected to start any moment.",
        { } held when held.Earliest - now < TimeSpan.FromSeconds(1) => $"it is expected to start within {Amounts.About(held.Latest - now)}.",
        { } held => $"it is expected to start in {Amounts.About(held.Earliest - now)} to {Amounts.About(held.Latest - now)}.",
    };

    public static string Sentence(Move move)
    {
        var what = move.From == move.To ? $"still number {move.To}" : $"from {move.From} to {move.To}";
        return $"{what}: {string.Join(", and ", move.Reasons.Select(Sentence))}";
    }

    public static string Word(MoveCause cause) => cause switch
    {
        MoveCause.StartedAhead => "started-ahead",
        MoveCause.LeftAhead => "left-ahead",
        MoveCause.CameAhead => "came-ahead",
        MoveCause.SetBack => "set-back",
        MoveCause.PutAhead => "put-ahead",
        MoveCause.OwnServed => "own-served",
        MoveCause.SlotsLost => "slots-lost",
        MoveCause.SlotsBack => "slots-back",
    };

    public static string Sentence(MoveReason reason) => reason.Cause switch
    {
        MoveCause.StartedAhead => $"{Tasks(reason)} ahead started",
        MoveCause.LeftAhead => $"{Tasks(reason)} ahead left",
        MoveCause.CameAhead => $"{Tasks(reason)} came that {Go(reason)} first, being shorter or of someone who used less",
        MoveCause.SetBack => $"{Tasks(reason)} ahead {Were(reason)} set back, because someone was served or used more",
        MoveCause.PutAhead => $"{Tasks(reason)} behind {Were(reason)} put ahead, because someone has less waiting or used less than was thought",
        MoveCause.OwnServed => "another task of yours was served, so your others wait anew",
        MoveCause.SlotsLost => $"{Slots(reason)} lost",
        MoveCause.SlotsBack => $"{Slots(reason)} added",
    };

    private static string Left(string? cause) => cause switch
    {
        EndingCauses.VisitorLeft => "its visitor left or cancelled it",
        EndingCauses.NoGpuInTime => "its wait limit passed",
        EndingCauses.QuotaExceeded => "the quota no longer held it",
        EndingCauses.HubRestarted => "the hub was started anew",
        EndingCauses.NodeLost => "the machine it was for was lost",
        _ => cause ?? "",
    };

    private static string Tasks(MoveReason reason) => reason.Count == 1 ? "one task" : $"{reason.Count} tasks";
    private static string Slots(MoveReason reason) => reason.Count == 1 ? "a GPU slot was" : $"{reason.Count} GPU slots were";
    private static string Go(MoveReason reason) => reason.Count == 1 ? "goes" : "go";
    private static string Were(MoveReason reason) => reason.Count == 1 ? "was" : "were";
}
