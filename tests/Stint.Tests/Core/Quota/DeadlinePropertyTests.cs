using Stint.Core.Leasing;
using Stint.Core.Quota;
using Stint.Tests.Fakes;
using Xunit;
using static Stint.Tests.Fakes.Samples;

namespace Stint.Tests.Core.Quota;

public sealed class DeadlinePropertyTests
{
    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 25)];

    [Theory, MemberData(nameof(Seeds))]
    public void Deadlines_OfAnyRuns_AreWhatCountingMillisecondByMillisecondSays(int seed)
    {
        var random = new Random(seed);
        for (var round = 0; round < 20; round++)
        {
            var runs = Enumerable.Range(0, 1 + random.Next(5)).Select(i => RandomRun(random, i)).ToList();
            var unheld = new GpuTime(random.Next(4) == 0 ? 0 : random.Next(1500));
            var resetsAt = random.Next(500);
            var afterReset = unheld + new GpuTime(random.Next(2) * random.Next(500));
            // One in three resets comes in the very millisecond after the one in which the purse would be empty.
            if (random.Next(3) == 0) resetsAt = (int)Math.Min(2000, 1 + Counted(runs, unheld, unheld, 0).Values.Max(end => end.At));
            var expected = Counted(runs, unheld, afterReset, resetsAt);
            foreach (var (run, deadline, cause, _) in Deadlines.Of([.. runs], unheld, new Instant(resetsAt), afterReset))
                Assert.Equal((run.Id, expected[run.Id]), (run.Id, (deadline.UnixMilliseconds, cause == StopCause.Funds)));
        }
    }

    [Theory, MemberData(nameof(Seeds))]
    public void Charges_WhateverTheRunsDo_NeverSumPastTheAllowance(int seed)
    {
        var random = new Random(seed);
        var trial = Trial.WithSlots(4);
        var plan = PlanOf(10 + random.Next(50));
        var function = Function(30);
        trial.Teach(Ada, function, 1 + random.Next(5), 2, 3);
        var charged = GpuTime.Zero;
        for (var i = 0; i < 200; i++)
        {
            trial.Request("r" + i, Ada, plan, function, request => request with { Weight = new(random.Next(3) switch { 0 => 1000, 1 => 1500, _ => 333 }), TaskId = random.Next(3) });
            if (random.Next(3) > 0) trial.Allow("r" + i, worker: Worker(random.Next(1, 1000)));
            trial.PassMilliseconds(random.Next(3000));
            if (random.Next(3) == 0) trial.Release("r" + random.Next(i + 1));
            if (random.Next(4) == 0) trial.Cancel("r" + random.Next(i + 1));
            foreach (var slot in trial.Books.Pool.Slots.Values.Where(slot => slot.Leaving is not null).ToList())
                trial.Send<Done>(new ReportWorkerGone(slot.Id, slot.Leaving!));
            var ledger = trial.Books.LedgerOf(Ada);
            Assert.All(ledger.Deadlines(), end => Assert.True(end.Deadline >= trial.Now && end.Deadline <= end.Run.Lease!.MeterStartsAt + end.Run.Weight.Lasts(end.Run.Ceiling)));
            charged = ledger.Current?.Spent ?? GpuTime.Zero;
            Assert.True(charged <= plan.Allowance);
        }

        trial.LiveUntil(trial.Now + TimeSpan.FromHours(1));
        Assert.True(trial.Books.LedgerOf(Ada).Current!.Spent > plan.Allowance - GpuTime.FromSeconds(5), "the purse should have been used up by now");
    }

    /// <summary>The rule as it is told: count up; whoever would use more than there is, stops, unless it is within its floor; nobody passes its ceiling.</summary>
    private static Dictionary<ReservationId, (long At, bool ForLackOfFunds)> Counted(List<Reservation> runs, GpuTime unheld, GpuTime afterReset, long resetsAt)
    {
        var dry = long.MaxValue;
        for (var ms = 0L; ms < 5000 && dry == long.MaxValue; ms++)
        {
            var drawn = runs.Sum(run => Math.Max(0, Math.Min(run.Ceiling.Milliseconds, UsedMilliseconds(run, ms)) - run.Floor.Milliseconds));
            if (drawn > (ms < resetsAt ? unheld : afterReset).Milliseconds) dry = ms - 1;
        }

        return runs.ToDictionary(run => run.Id, run =>
        {
            var ceilingAt = LastAt(run, run.Ceiling.Milliseconds);
            var funded = Math.Max(dry, LastAt(run, run.Floor.Milliseconds));
            return (Math.Min(ceilingAt, funded), funded < ceilingAt);
        });
    }

    private static long LastAt(Reservation run, long gpuTime)
    {
        var at = run.Lease!.GrantedAt.UnixMilliseconds;
        // In thousandths, so that a fraction of a millisecond past the amount counts as past it.
        while ((at + 1 - run.Lease.GrantedAt.UnixMilliseconds) * run.Weight.Thousandths <= gpuTime * 1000) at++;
        return at;
    }

    private static long UsedMilliseconds(Reservation run, long at) =>
        Math.Max(0, at - run.Lease!.GrantedAt.UnixMilliseconds) * run.Weight.Thousandths / 1000;

    private static Reservation RandomRun(Random random, int number)
    {
        var floor = random.Next(1, 400);
        var start = new Instant(random.Next(300));
        return new Reservation
        {
            Id = new("r" + number),
            Identity = Ada,
            Function = Function(),
            TaskId = 1,
            Weight = new(random.Next(4) switch { 0 => 1000, 1 => 1500, 2 => 2000, _ => 333 }),
            Floor = new(floor),
            Ceiling = new(floor + (random.Next(4) == 0 ? 0 : random.Next(600))),
            Expected = new(floor),
            Event = "e",
            Priority = 1,
            RefusalId = new("x"),
            ReservedAt = start,
            ArrivedAt = start,
            WaitUntil = start,
            Phase = ReservationPhase.Leased,
            Lease = new Lease(new("n0/" + number), 0, "GPU", start, new Instant(0), false),
        };
    }
}
