using Stint.Core.Leasing.Forecasts;
using Stint.Core.Spaces;
using Stint.Hub.Store.Ledgers;
using Stint.Hub.Texts;

namespace Stint.Hub.Spaces.Front;

/// <summary>What changes on a Space's page while it is open: GPU time left and the last run. From the reading that the gate admits by.</summary>
/// <param name="Stage">As clients of the Hub API know it.</param>
/// <param name="Receipt">The visitor's last run in this Space, in words.</param>
/// <param name="ReceiptAt">When it ended; empty where there was none.</param>
/// <param name="Queue">The visitor's tasks of this Space that wait, next first; at most <see cref="MostShown"/>.</param>
public sealed record SpaceStanding(
    string Stage, string Left, decimal LeftSeconds, decimal AllowanceSeconds, string Resets, string Receipt, string ReceiptAt, IReadOnlyList<QueuedTask> Queue)
{
    /// <summary>Of so many last runs the last one in this Space is looked for.</summary>
    private const int Looked = 50;

    public const int MostShown = 5;

    public static SpaceStanding Of(SpaceId space, SpaceStage stage, QuotaSnapshot quota, LedgerReads reads, IReadOnlyList<Ticket> waiting)
    {
        var reading = quota.Reading;
        var last = reads.Receipts(quota.Identity, Looked).FirstOrDefault(receipt => receipt.Function.Space == space);
        return new(
            stage.Name(), VisitorTexts.Left(reading), reading.Left.InSeconds(), reading.Allowance.InSeconds(), VisitorTexts.Resets(reading),
            last is null ? VisitorTexts.NoRun : QuotaTexts.ChargeLine(last), last is null ? "" : VisitorTexts.Ended(last),
            [.. waiting.Where(ticket => ticket.Reservation.Function.Space == space).Take(MostShown).Select(QueuedTask.Of)]);
    }
}

/// <summary>A task that waits, in words.</summary>
/// <param name="Moved">Why its place changed last; empty where it never did.</param>
public sealed record QueuedTask(string Id, string Sentence, string Moved)
{
    public static QueuedTask Of(Ticket ticket) =>
        new(ticket.Id.Value, TicketTexts.Sentence(ticket), ticket.Moves is [.., var last] ? $"{Amounts.Of(last.At)}: {TicketTexts.Sentence(last)}" : "");
}
