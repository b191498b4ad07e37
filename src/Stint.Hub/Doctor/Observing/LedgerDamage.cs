using Stint.Hub.Store;
using Stint.Hub.Store.Audits;

namespace Stint.Hub.Doctor.Observing;

/// <summary>
/// What the last audit of the data file said is wrong. Goes on beside whoever asks, and takes no more than a small share of
/// the machine: the longer the ledger, the rarer it is gone through.
/// </summary>
internal sealed class LedgerDamage(Database database, TimeProvider time)
{
    private const int ShareOfTime = 20;
    private static readonly TimeSpan AtLeastBetween = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    private readonly Lock gate = new();
    private Task<IReadOnlyList<string>>? going;
    private IReadOnlyList<string> last = [];
    private long nextAt = long.MinValue;

    /// <summary>A line each; empty where it was sound. What a long audit finds is told to whoever asks after it.</summary>
    public async Task<IReadOnlyList<string>> LinesAsync()
    {
        Task<IReadOnlyList<string>> audit;
        lock (gate)
        {
            if (going is null && time.GetTimestamp() < nextAt) return last;
            audit = going ??= Task.Run(Audit);
        }

        await Task.WhenAny(audit, Task.Delay(Patience, time)).ConfigureAwait(false);
        return audit.IsCompletedSuccessfully ? await audit.ConfigureAwait(false) : last;
    }

    private IReadOnlyList<string> Audit()
    {
        var began = time.GetTimestamp();
        var found = LedgerAudit.Of(database).Discrepancies.Select(line => line.ToString()).ToList();
        lock (gate)
        {
            var took = time.GetTimestamp() - began;
            nextAt = time.GetTimestamp() + Math.Max(ShareOfTime * took, (long)(AtLeastBetween.TotalSeconds * time.TimestampFrequency));
            going = null;
            return last = found;
        }
    }
}
