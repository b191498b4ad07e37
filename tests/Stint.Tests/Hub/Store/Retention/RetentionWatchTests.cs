using Dapper;
using Microsoft.Extensions.Logging.Abstractions;
using Stint.Core.Leasing;
using Stint.Core.Quota;
using Stint.Hub;
using Stint.Hub.Engine;
using Stint.Hub.Store.Audits;
using Stint.Hub.Store.Ledgers;
using Stint.Hub.Store.Retention;
using Stint.Tests.Fakes;
using Xunit;
using static Stint.Tests.Fakes.Samples;

namespace Stint.Tests.Hub.Store.Retention;

public sealed class RetentionWatchTests : IDisposable
{
    private readonly HubFolder folder = new();

    [Fact]
    public async Task Watch_OfAHubThatServes_RollsUpWhatIsOlderThanItIsKept()
    {
        var time = new ManualTime();
        var clock = new LedgerClock(time, null);
        using var store = new SqliteLedgerStore(folder.Database);
        var step = new DecisionStep(store);
        Refuse("old", 700);
        time.Advance(TimeSpan.FromDays(31));
        Refuse("young", 3);
        using var watch = new RetentionWatch(folder.Database, RetentionTimes.OfDays(400, 30), clock, time, NullLogger<RetentionWatch>.Instance);
        await watch.StartAsync(default);
        // A minute until it looks, then a moment after each step.
        await Eventually.True(() => CountAfter(time) == 3);
        Assert.True(LedgerAudit.Of(folder.Database).IsSound);
        await watch.StopAsync(default);

        void Refuse(string id, int times)
        {
            for (var i = 0; i < times; i += 100)
                step.Step([.. Enumerable.Range(i, Math.Min(100, times - i)).Select(each => new Received(new RecordRefusal(new(id + each), null, Function(), Weight.One, RefusalCause.NoVisitor), clock.Now))], clock.Now);
        }
    }

    [Theory]
    [InlineData(0, 0, null)]
    [InlineData(35, 90, null)]
    [InlineData(34, 30, "keepReceiptsDays 34 is neither 0 (for ever) nor within 35 to 36500; the pages of one's own use show a month")]
    [InlineData(400, -1, "keepRefusalsDays -1 is outside 0 to 36500")]
    public void Problem_OfTimesThatCannotBe_SaysWhatCan(int receipts, int refusals, string? problem) =>
        Assert.Equal(problem, new HubOptions { KeepReceiptsDays = receipts, KeepRefusalsDays = refusals }.Problem());

    [Fact]
    public void OfDays_OfNoDays_IsForEver()
    {
        Assert.Equal(new(TimeSpan.MaxValue, TimeSpan.FromDays(30)), RetentionTimes.OfDays(0, 30));
        Assert.Equal(new(TimeSpan.FromDays(400), TimeSpan.FromDays(400)), RetentionTimes.OfDays(400, 0));
    }

    public void Dispose() => folder.Dispose();

    private int CountAfter(ManualTime time)
    {
        time.Advance(TimeSpan.FromSeconds(1));
        using var reader = folder.Database.OpenReader();
        return reader.ExecuteScalar<int>("SELECT count(*) FROM refusals");
    }
}
