using Stint.Core.Leasing.Forecasts;
using Stint.Core.Quota;
using Stint.Core.Spaces;
using Stint.Hub.Store.Ledgers;
using Stint.Hub.Texts;

namespace Stint.Hub.Spaces.Front;

/// <summary>What changes on a Space's page while it is open: GPU time left, what waits and runs, and the last run. From the reading that the gate admits by.</summary>
/// <param name="Last">The visitor's last run in this Space; null where there was none of late.</param>
/// <param name="Queue">The visitor's tasks of this Space that wait, next first; at most <see cref="MostShown"/>.</param>
/// <param name="Runs">The visitor's runs of this Space that go on.</param>
public sealed record SpaceStanding(QuotaReading Reading, Receipt? Last, IReadOnlyList<QueuedTask> Queue, IReadOnlyList<OpenRun> Runs)
{
    /// <summary>Of so many last runs the last one in this Space is looked for.</summary>
    private const int Looked = 50;

    public const int MostShown = 5;

    public static SpaceStanding Of(SpaceId space, QuotaSnapshot quota, LedgerReads reads, IReadOnlyList<Ticket> waiting) => new(
        quota.Reading, reads.Receipts(quota.Identity, Looked).FirstOrDefault(receipt => receipt.Function.Space == space),
        [.. waiting.Where(ticket => ticket.Reservation.Function.Space == space).Take(MostShown).Select(QueuedTask.Of)], OpenRun.Of(space, quota));
}

/// <summary>A task that waits, in words.</summary>
/// <param name="Moved">Why its place changed last; empty where it never did.</param>
public sealed record QueuedTask(string Id, string Sentence, string Moved)
{
    public static QueuedTask Of(Ticket ticket) =>
        new(ticket.Id.Value, TicketTexts.Sentence(ticket), ticket.Moves is [.., var last] ? $"{Amounts.Of(last.At)}: {TicketTexts.Sentence(last)}" : "");
}
