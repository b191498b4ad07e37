using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using Stint.Core.Identities;
using Stint.Core.Leasing;
using Stint.Core.Plans;
using Stint.Core.Quota;
using Stint.Core.Spaces;
using Stint.Hub.Engine;
using Stint.Hub.Store.Audits;
using Stint.Hub.Store.Ledgers;
using Stint.Tests.Hub.Store;
using Xunit;
using static Stint.Tests.Fakes.Samples;

namespace Stint.Tests.Hub.Engine;

/// <summary>Many at once on one purse, through the real engine over the real store.</summary>
#pragma warning disable CA1001 // What it owns goes by IAsyncLifetime, as xunit has it.
public sealed class ContentionTests : IAsyncLifetime
#pragma warning restore CA1001
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly HubFolder folder = new();
    private SqliteLedgerStore store = null!;
    private LedgerEngine engine = null!;

    [Fact, Trait("Behaviour", "B63")]
    public async Task Reservations_OfOneHundredOnAPurseOfOneThousand_FiveThousandAtOnce_AdmitExactlyTen()
    {
        await StartAsync(slots: 1);
        var plan = new Plan("thousand", new GpuTime(1_000), 1, TimeSpan.FromHours(1), 1);
        var function = Function(space: Sing) with { DeclaredMilliseconds = 100 };
        var replies = await Task.WhenAll(Enumerable.Range(0, 5_000).Select(i => Task.Run(
            () => engine.RequestAsync(Request("r" + i, Ada, plan, function, new Weight(1_000)) with { Strict = true, Event = "e" + i }))));
        Assert.Equal(10, replies.Count(reply => reply.Reply.Outcome == RequestLeaseOutcome.Queued));
        Assert.All(replies.Where(reply => reply.Reply.Refusal is not null), reply => Assert.Equal(RefusalCause.QuotaExceeded, reply.Reply.Refusal!.Main.Cause));
        AssertSound();
    }

    [Fact, Trait("Behaviour", "B63")]
    public async Task Runs_TwoHundredInParallelOnASmallPurse_NeverPassItAndAreRefusedOnlyWhatDoesNotFit()
    {
        await StartAsync(slots: 40);
        var plan = new Plan("small", GpuTime.FromSeconds(2), 1, TimeSpan.FromHours(1), 1);
        var function = Function(space: Sing) with { DeclaredMilliseconds = 60 };
        var refusals = new ConcurrentBag<Refusal>();
        var charged = await Task.WhenAll(Enumerable.Range(0, 200).Select(i => Task.Run(() => RunAsync("r" + i, plan, function, refusals))));
        Assert.InRange(charged.Sum(), 1, 2_000);
        Assert.NotEmpty(refusals);
        // Measured use and live floors are what a reading calls spent and reserved: a refusal shows that what was asked was not left.
        Assert.All(refusals, refusal =>
        {
            var (reading, reason) = (refusal.Reading!, refusal.Main);
            Assert.Equal(reading.Allowance, reading.Spent + reading.Reserved + reading.Left);
            Assert.True(reason.Required > reading.Left, $"{reason.Required} was refused though {reading.Left} was left");
        });
        var ledger = new LedgerReads(folder.Database).Ledger(Ada);
        Assert.Equal(charged.Sum(), ledger.Current!.Spent.Milliseconds);
        AssertSound();
    }

    /// <summary>
    /// Linearisable: the order of commits explains every answer, and agrees with real time. What was answered before another
    /// was asked stands before it in that order, and each answer is what the sequential ledger gives at its place.
    /// </summary>
    [Fact]
    public async Task History_OfEachAccountUnderSixtyFourWriters_IsLinearisable()
    {
        await StartAsync(slots: 8);
        var observed = new ConcurrentBag<Observed>();
        await Task.WhenAll(Enumerable.Range(0, 64).Select(writer => Task.Run(() => WriteAsync(writer, observed))));
        var order = new LedgerReads(folder.Database).Entries(0, 1_000_000).Select((line, place) => (line.Entry, Place: place))
            .Where(line => line.Entry is GpuTimeReserved or RequestRefused)
            .ToDictionary(line => line.Entry is GpuTimeReserved reserved ? reserved.Reservation.RefusalId.Value : ((RequestRefused)line.Entry).Refusal.Id.Value, line => line.Place);
        Assert.Equal(64 * 40, observed.Count);
        foreach (var account in observed.GroupBy(seen => seen.Identity)) AssertFollowsRealTime([.. account.OrderBy(seen => order["refusal-" + seen.Id])], account.Key);
        AssertAnswersAreSequential(observed.ToDictionary(seen => seen.Id));
        AssertSound();
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await engine.DisposeAsync();
        store.Dispose();
        folder.Dispose();
    }

    private async Task StartAsync(int slots)
    {
        store = new SqliteLedgerStore(folder.Database);
        engine = new LedgerEngine(store, new LedgerClock(TimeProvider.System, null), [], NullLogger<LedgerEngine>.Instance);
        engine.Start();
        await engine.SendAsync<NodeReply>(new JoinSlots("n0", [.. Enumerable.Range(0, slots).Select(i => SlotNamed($"n0/{i:00}"))]));
    }

    /// <returns>What it was charged, in milliseconds.</returns>
    private async Task<long> RunAsync(string id, Plan plan, FunctionKey function, ConcurrentBag<Refusal> refusals)
    {
        var (reply, wait) = await engine.RequestAsync(Request(id, Ada, plan, function));
        if (reply.Refusal is { } refusal)
        {
            refusals.Add(refusal);
            return 0;
        }

        if ((await wait.Result.WaitAsync(Patience)).Granted is null) return 0;
        await engine.SendAsync<AllowWorkerReply>(new AllowWorker(new(id), Sing, Worker(id.GetHashCode(StringComparison.Ordinal))));
        await engine.SendAsync<ReleaseLeaseReply>(new ReleaseLease(new(id), Sing, Failed: false));
        return new LedgerReads(folder.Database).Receipt(new(id))!.Charged.Milliseconds;
    }

    private async Task WriteAsync(int writer, ConcurrentBag<Observed> observed)
    {
        var plan = new Plan("p", GpuTime.FromSeconds(30), 1, TimeSpan.FromHours(1), 1);
        var random = new Random(writer);
        for (var i = 0; i < 40; i++)
        {
            var (id, who) = ($"w{writer}-{i}", IdentityId.Of(new AccountId("a" + random.Next(4))));
            var function = Function(space: Sing) with { DeclaredMilliseconds = random.Next(1_000, 9_000) };
            var asked = Stopwatch.GetTimestamp();
            var (reply, _) = await engine.RequestAsync(Request(id, who, plan, function) with { Strict = true });
            observed.Add(new(id, who, asked, Stopwatch.GetTimestamp(), reply.Outcome, reply.Refusal?.Reading?.Left));
            if (reply.Outcome == RequestLeaseOutcome.Queued && random.Next(3) > 0) await engine.SendAsync<CancelReply>(new Cancel(new(id), Undelivered: true));
        }
    }

    private static void AssertFollowsRealTime(List<Observed> inOrder, IdentityId account)
    {
        // The latest moment at which anything before it was asked: whoever was answered before that is out of order.
        var lastAsked = long.MinValue;
        foreach (var seen in inOrder)
        {
            Assert.True(seen.Answered >= lastAsked, $"{account}: {seen.Id} was answered before another was asked that is kept before it");
            lastAsked = Math.Max(lastAsked, seen.Asked);
        }
    }

    /// <summary>The ledger once more, one entry after another: at each place the answer is what it gives there.</summary>
    private void AssertAnswersAreSequential(Dictionary<string, Observed> observed)
    {
        var books = new Books(identity => new Ledger(identity), function => new FunctionHistory(function), _ => null);
        foreach (var (_, entry) in new LedgerReads(folder.Database).Entries(0, 1_000_000))
        {
            if (entry is GpuTimeReserved { Reservation: var made })
            {
                var left = books.LedgerOf(made.Identity).Read(made.Plan(books), entry.At).Left;
                Assert.True(made.Floor <= left, $"{made.Id} holds {made.Floor} where {left} was left");
                Assert.Equal(RequestLeaseOutcome.Queued, observed[made.Id.Value].Outcome);
            }
            else if (entry is RequestRefused { Refusal: { Identity: { } identity } refusal })
            {
                var left = books.LedgerOf(identity).Read(books.LedgerOf(identity).Plan!, entry.At).Left;
                Assert.Equal(left, observed[refusal.Id.Value["refusal-".Length..]].Left);
                Assert.True(refusal.Main.Required > left);
            }

            books.Record(entry);
        }
    }

    private void AssertSound() => Assert.Empty(LedgerAudit.Of(folder.Database).Discrepancies);

    private sealed record Observed(string Id, IdentityId Identity, long Asked, long Answered, RequestLeaseOutcome Outcome, GpuTime? Left);
}

file static class Plans
{
    public static Plan Plan(this Reservation made, Books books) => books.LedgerOf(made.Identity).Plan!;
}
