using Stint.Core.Quota;
using Stint.Hub.Store;
using Stint.Hub.Store.Ledgers;
using Stint.Prove.Size;
using Xunit;

namespace Stint.Tests.Hub.Store;

/// <summary>What <c>stint prove size</c> measures, small: the bulk of SQL writes what the engine would have.</summary>
public sealed class GrownLedgerTests : IDisposable
{
    private readonly HubFolder folder = new();

    [Fact]
    public async Task Grow_OfAnyNumber_IsALedgerTheEngineGoesOnWith()
    {
        var grown = GrownLedger.Grow(folder.Path, accounts: 50, entries: 2_000, _ => { });
        var reads = new LedgerReads(new Database(folder.Path));
        Assert.Equal(2_000, reads.Entries(0, 10_000).Count);
        var receipts = reads.Receipts(GrownLedger.Identity(7), 100);
        Assert.Equal(10, receipts.Count);
        Assert.All(receipts, receipt => Assert.Equal(GpuTime.FromSeconds(3), receipt.Charged));
        await using var rounds = await ReserveRounds.OverAsync(grown);
        // On a busy machine no round may come to its end in so short a time.
        for (var tries = 0; tries < 100; tries++)
            if ((await rounds.RunAsync(TimeSpan.FromMilliseconds(200))).Length > 0) return;
        Assert.Fail("no round came to its end");
    }

    public void Dispose() => folder.Dispose();
}
