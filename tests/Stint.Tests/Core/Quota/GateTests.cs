using Stint.Core.Leasing;
using Stint.Core.Leasing.Decisions;
using Stint.Core.Plans;
using Stint.Core.Quota;
using Stint.Tests.Fakes;
using Xunit;
using static Stint.Tests.Fakes.Samples;

namespace Stint.Tests.Core.Quota;

public sealed class GateTests
{
    private static readonly Plan LongestOfHundred = PlanOf(10_000) with { LongestDuration = TimeSpan.FromSeconds(100) };

    [Theory, Trait("Behaviour", "B22")]
    [InlineData(60_000, 60_000, true)]
    [InlineData(60_000, 59_999, false)]
    public void Gate_AtTheLastMillisecond_AdmitsWhatExactlyFits(long floor, long left, bool admitted)
    {
        var trial = Trial.WithSlots(1);
        var plan = PlanOf(1) with { Allowance = new GpuTime(left + 30_000) };
        trial.Run("spends", Ada, plan, Function(30), request => request with { Strict = true });
        trial.Pass(30);
        trial.Release("spends");
        Assert.Equal(new GpuTime(left), trial.Read(Ada, plan).Left);
        var reply = trial.Request("a", Ada, plan, Function() with { DeclaredMilliseconds = floor });
        Assert.Equal(admitted ? RequestLeaseOutcome.Queued : RequestLeaseOutcome.Refused, reply.Outcome);
        Assert.All(reply.Refusal?.Reasons ?? [], reason => Assert.True(reason.Required > reason.Left));
    }

    [Fact, Trait("Behaviour", "B63")]
    public void Gate_Of200RequestsAtOnce_AdmitsExactlyWhatFits()
    {
        var trial = Trial.WithSlots(4);
        var replies = trial.Batch([.. Enumerable.Range(0, 200).Select(i => Request("r" + i, Ada, PlanOf(10), Function(1)))]);
        Assert.Equal(10, replies.Cast<RequestLeaseReply>().Count(reply => reply.Outcome == RequestLeaseOutcome.Queued));
        Assert.Equal(GpuTime.Zero, trial.Read(Ada, PlanOf(10)).Left);
        trial.LiveUntil(Start + TimeSpan.FromMinutes(5));
        Assert.True(trial.Read(Ada, PlanOf(10)).Spent <= GpuTime.FromSeconds(10));
        Assert.Equal(GpuTime.Zero, trial.Read(Ada, PlanOf(10)).Reserved);
    }

    [Fact, Trait("Behaviour", "B26")]
    public void Gate_OfParallelSmallJobs_CountsWhatTheyUseAndNotWhatTheyDeclare()
    {
        var trial = Trial.WithSlots(8);
        trial.Teach(Ada, Function(), 2, 2, 2);
        for (var i = 0; i < 8; i++)
            Assert.Equal(RequestLeaseOutcome.Queued, trial.Request("r" + i, Ada, PlanOf(60), Function()).Outcome);
        Assert.Equal(GpuTime.FromSeconds(16), trial.Read(Ada, PlanOf(60)).Reserved);
    }

    [Fact, Trait("Behaviour", "B3")]
    public void Read_AtEveryMomentOfARun_SumsToTheAllowance()
    {
        var trial = Trial.WithSlots(3);
        trial.Teach(Ada, Function(), 2, 2, 2);
        trial.Run("a", Ada, PlanOf(20), Function(), request => request with { Weight = new(1500) });
        trial.Run("b", Ada, PlanOf(20), Function(), request => request with { Weight = new(333) });
        trial.Request("c", Ada, PlanOf(20), Function());
        for (var i = 0; i < 200; i++)
        {
            trial.PassMilliseconds(137);
            var reading = trial.Read(Ada, PlanOf(20));
            Assert.Equal(reading.Allowance, reading.Spent + reading.Reserved + reading.Left);
        }
    }

    [Fact, Trait("Behaviour", "B26")]
    public void Read_OfARunPastItsFloor_HoldsWhatItUsed()
    {
        var trial = Trial.WithSlots(1);
        trial.Teach(Ada, Function(), 2, 2, 2);
        trial.Run("a", Ada, PlanOf(20), Function());
        Assert.Equal(GpuTime.FromSeconds(2), trial.Read(Ada, PlanOf(20)).Reserved);
        trial.Pass(2);
        Assert.Equal(GpuTime.FromSeconds(2), trial.Read(Ada, PlanOf(20)).Reserved);
        trial.PassMilliseconds(1);
        Assert.Equal(new GpuTime(2001), trial.Read(Ada, PlanOf(20)).Reserved);
    }

    [Fact, Trait("Behaviour", "B21")]
    public void Release_OfARun_GivesTheRestBackAtOnce()
    {
        var trial = Trial.WithSlots(1);
        trial.Run("a", Ada, PlanOf(60), Function());
        trial.Pass(5);
        trial.Release("a");
        var reading = trial.Read(Ada, PlanOf(60));
        Assert.Equal((5_000L, 0L, 55_000L), (reading.Spent.Milliseconds, reading.Reserved.Milliseconds, reading.Left.Milliseconds));
    }

    [Fact]
    public void Strict_WithAHistory_AsksForTheDeclaredDuration()
    {
        var trial = Trial.WithSlots(1);
        trial.Teach(Ada, Function(), 2, 2, 2);
        Assert.Equal(RequestLeaseOutcome.Queued, trial.Request("free", Ada, PlanOf(59), Function()).Outcome);
        trial.Cancel("free");
        var reply = trial.Request("strict", Ada, PlanOf(59), Function(), request => request with { Strict = true });
        Assert.Equal(RequestLeaseOutcome.Refused, reply.Outcome);
    }

    [Fact, Trait("Behaviour", "B27")]
    public void Refusal_OfWhatNeverFits_SaysSoAndPromisesNothing()
    {
        var trial = Trial.WithSlots(1);
        var refusal = trial.Request("a", Ada, PlanOf(50), Function()).Refusal!;
        Assert.Equal(RefusalCause.DurationNeverAllowed, refusal.Main.Cause);
        Assert.Null(refusal.RetryAt);
        Assert.True(refusal.Main.Required > refusal.Main.Left);
    }

    [Theory, Trait("Behaviour", "B27")]
    [InlineData(600_000, true)]
    [InlineData(600_001, false)]
    public void Declared_AroundThePlansLongest_IsAdmittedUpToIt(long declared, bool admitted)
    {
        var trial = Trial.WithSlots(1);
        var plan = PlanOf(10_000) with { LongestDuration = TimeSpan.FromSeconds(600) };
        var reply = trial.Request("a", Ada, plan, Function() with { DeclaredMilliseconds = declared });
        Assert.Equal(admitted ? null : RefusalCause.DurationNeverAllowed, reply.Refusal?.Main.Cause);
    }

    [Fact]
    public void Refusal_WithSeveralReasons_NamesThemAllInOrder()
    {
        var trial = Trial.WithSlots(1);
        trial.Run("holds", Ada, PlanOf(60), Function(50));
        var refusal = trial.Request(
            "a", Ada, PlanOf(60) with { LongestDuration = TimeSpan.FromSeconds(50) }, Function(55, SlotSize.XLarge)).Refusal!;
        Assert.Equal(
            [RefusalCause.DurationNeverAllowed, RefusalCause.SizeNotInPool, RefusalCause.QuotaExceeded], refusal.Reasons.Select(reason => reason.Cause));
        Assert.Null(refusal.RetryAt);
    }

    [Theory]
    [InlineData(99, true)]
    [InlineData(100, false)]
    [Trait("Behaviour", "B13")]
    public void Token_UsedForManyLeases_IsUsedUpAtItsBound(int before, bool admitted)
    {
        var trial = Trial.WithSlots(1);
        for (var i = 0; i < before; i++)
        {
            trial.Run("r" + i, Ada, PlanOf(10_000), Function(1), request => request with { Event = "one" });
            trial.Release("r" + i);
        }

        var reply = trial.Request("last", Ada, PlanOf(10_000), Function(1), request => request with { Event = "one" });
        Assert.Equal(admitted ? null : RefusalCause.TokenUsedUp, reply.Refusal?.Main.Cause);
    }

    [Fact]
    public void Token_WithManyTasksWaiting_IsUsedUpAtTheSameBound()
    {
        var trial = Trial.WithSlots(1);
        var replies = trial.Batch([.. Enumerable.Range(0, 101).Select(i => Request("r" + i, Ada, PlanOf(10_000), Function(1)) with { Event = "one" })]);
        Assert.Equal(100, replies.Cast<RequestLeaseReply>().Count(reply => reply.Outcome == RequestLeaseOutcome.Queued));
        Assert.Equal(RefusalCause.TokenUsedUp, ((RequestLeaseReply)replies[100]).Refusal!.Main.Cause);
    }

    [Theory]
    [InlineData(400_000, 100_000, true)]
    [InlineData(400_001, 100_000, false)]
    [InlineData(499_999, 1, true)]
    [InlineData(499_999, 2, false)]
    [Trait("Behaviour", "B13")]
    public void Token_ThatWasChargedMuch_IsUsedUpPastFiveRunsOfTheLongestDuration(long charged, long declared, bool admitted)
    {
        var trial = Trial.WithSlots(1);
        for (var left = charged; left > 0; left -= Math.Min(left, 100_000))
        {
            trial.Run($"r{left}", Ada, LongestOfHundred, Function(100), OfOneEvent);
            trial.PassMilliseconds(Math.Min(left, 100_000));
            trial.Release($"r{left}");
        }

        var reply = trial.Request("last", Ada, LongestOfHundred, Function() with { DeclaredMilliseconds = declared }, OfOneEvent);
        Assert.Equal(admitted ? null : RefusalCause.TokenUsedUp, reply.Refusal?.Main.Cause);
        Assert.Equal(admitted ? null : new GpuTime(declared), reply.Refusal?.Main.Required);
        Assert.Equal(admitted ? null : new GpuTime(500_000 - charged), reply.Refusal?.Main.Left);
    }

    [Fact, Trait("Behaviour", "B13")]
    public void Token_WhoseTasksRunAndWait_CountsThemWithAllTheyMayComeTo()
    {
        var trial = Trial.WithSlots(2);
        trial.Teach(Ada, Function(100), 2, 2, 2);
        foreach (var i in Enumerable.Range(0, 2)) trial.Run($"runs{i}", Ada, LongestOfHundred, Function(100), OfOneEvent);
        foreach (var i in Enumerable.Range(0, 3)) Assert.Equal(RequestLeaseOutcome.Queued, trial.Request($"waits{i}", Ada, LongestOfHundred, Function(100), OfOneEvent).Outcome);
        var refusal = trial.Request("more", Ada, LongestOfHundred, Function(100), OfOneEvent).Refusal!;
        Assert.Equal((RefusalCause.TokenUsedUp, GpuTime.FromSeconds(100), GpuTime.Zero), (refusal.Main.Cause, refusal.Main.Required!.Value, refusal.Main.Left!.Value));
        Assert.Equal(RequestLeaseOutcome.Queued, trial.Request("another event", Ada, LongestOfHundred, Function(100)).Outcome);
        trial.Release("runs0");
        Assert.Equal(RequestLeaseOutcome.Queued, trial.Request("again", Ada, LongestOfHundred, Function(100), OfOneEvent).Outcome);
    }

    [Fact, Trait("Behaviour", "B13")]
    public void Token_OfALargerSize_IsBoundByAsManyRunsOfThatSize()
    {
        var trial = Trial.WithSlots(1);
        RequestLease Double(RequestLease request) => OfOneEvent(request) with { Weight = new(2000) };
        foreach (var i in Enumerable.Range(0, 5)) Assert.Equal(RequestLeaseOutcome.Queued, trial.Request($"r{i}", Ada, LongestOfHundred, Function(100), Double).Outcome);
        Assert.Equal(RefusalCause.TokenUsedUp, trial.Request("more", Ada, LongestOfHundred, Function(1), Double).Refusal!.Main.Cause);
    }

    [Fact]
    public void Identity_WithAsManyWaitingAsMayWait_IsRefusedOneMore()
    {
        var trial = Trial.WithSlots(1);
        trial.Run("first", Bob, PlanOf(120), Function());
        trial.Batch([.. Enumerable.Range(0, Limits.WaitingPerIdentity).Select(i => Request("r" + i, Ada, PlanOf(10_000), Function(1)))]);
        Assert.Equal(RefusalCause.TooManyWaiting, trial.Request("more", Ada, PlanOf(10_000), Function(1)).Refusal!.Main.Cause);
        trial.Cancel("r7");
        Assert.Equal(RequestLeaseOutcome.Queued, trial.Request("again", Ada, PlanOf(10_000), Function(1)).Outcome);
    }

    private static RequestLease OfOneEvent(RequestLease request) => request with { Event = "one" };
}
