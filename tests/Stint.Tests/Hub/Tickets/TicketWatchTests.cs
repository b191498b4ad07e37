using Microsoft.Extensions.Logging.Abstractions;
using Stint.Core.Leasing;
using Stint.Core.Quota;
using Stint.Hub.Engine;
using Stint.Hub.Tickets;
using Stint.Prove.Faults;
using Xunit;
using static Stint.Tests.Fakes.Samples;

namespace Stint.Tests.Hub.Tickets;

/// <summary>One slot, and people who come for it more often than anybody has to be told.</summary>
[Trait("Behaviour", "B47")]
public sealed class TicketWatchTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly TicketWatch watch = new(NullLogger<TicketWatch>.Instance);
    private readonly DecisionStep step = new(new MemoryLedgerStore());
    private Instant now = Start;
    private int asked;

    public TicketWatchTests()
    {
        step.Step([new(new JoinSlots("n0", [SlotNamed("n0/0")]), now)], now);
        _ = watch.StartAsync(default);
    }

    public void Dispose() => watch.Dispose();

    [Fact]
    public async Task Tickets_OfAnOrdinaryPool_AreThereAfterTheirOwnCommit()
    {
        Ask();
        for (var i = 0; i < 10; i++)
        {
            var mine = Ask();
            Assert.Equal(Instant.Never, watch.Due);
            await SeenAsync(mine);
        }
    }

    [Fact]
    public async Task Commits_OfARush_AreLookedAtAFewTimesASecond()
    {
        await SpendTheRushAsync();
        var looks = 0;
        for (var i = 0; i < 1_000; i++)
        {
            var before = watch.Changed;
            now += TimeSpan.FromMilliseconds(2);
            Commit();
            if (watch.Due != Instant.Never) continue;
            looks++;
            await before.WaitAsync(Patience);
        }

        Assert.InRange(looks, 7, 9);
    }

    [Fact]
    public async Task LastCommit_OfARush_IsLookedAtThoughNoneFollows()
    {
        var last = await SpendTheRushAsync();
        Assert.True(watch.Due > now && watch.Due <= now + TimeSpan.FromMilliseconds(250), $"due {watch.Due}, now {now}");
        Assert.Null(watch.Find(last));
        now = watch.Due;
        Commit();
        Assert.Equal(Instant.Never, watch.Due);
        await SeenAsync(last);
    }

    /// <summary>Until a ticket has to wait for its look.</summary>
    private async Task<ReservationId> SpendTheRushAsync()
    {
        Ask();
        for (var i = 0; i < 40; i++)
        {
            var mine = Ask();
            if (watch.Due != Instant.Never) return mine;
            await SeenAsync(mine);
        }

        throw new InvalidOperationException("every commit is looked at");
    }

    private ReservationId Ask()
    {
        var id = $"r{asked++}";
        Commit(Request(id, Ada, PlanOf(1_000_000), Function()));
        return new(id);
    }

    private void Commit(params Command[] commands) => watch.After(step.Step([.. commands.Select(command => new Received(command, now))], now));

    private async Task SeenAsync(ReservationId id)
    {
        using var over = new CancellationTokenSource(Patience);
        while (true)
        {
            var changed = watch.Changed;
            if (watch.Find(id) is not null) return;
            await changed.WaitAsync(over.Token);
        }
    }
}
