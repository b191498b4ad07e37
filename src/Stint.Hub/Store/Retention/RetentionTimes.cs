namespace Stint.Hub.Store.Retention;

/// <summary>How long what is over is kept. <see cref="TimeSpan.MaxValue"/> is for ever.</summary>
/// <param name="Receipts">Entries of the ledger, the receipts they tell of, and the keys that instructions were given under.</param>
/// <param name="Refusals">Never longer than <paramref name="Receipts"/>: a refusal goes with the entry that tells of it at the latest.</param>
internal sealed record RetentionTimes(TimeSpan Receipts, TimeSpan Refusals)
{
    /// <param name="receiptsDays">0 for ever.</param>
    /// <param name="refusalsDays">0 for as long as receipts.</param>
    public static RetentionTimes OfDays(int receiptsDays, int refusalsDays)
    {
        var receipts = receiptsDays == 0 ? TimeSpan.MaxValue : TimeSpan.FromDays(receiptsDays);
        return new(receipts, refusalsDays == 0 ? receipts : TimeSpan.FromDays(refusalsDays));
    }
}
