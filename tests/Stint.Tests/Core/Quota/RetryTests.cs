using Stint.Core.Leasing;
using Stint.Core.Quota;
using Stint.Tests.Fakes;
using Xunit;
using static Stint.Tests.Fakes.Samples;

namespace Stint.Tests.Core.Quota;

/// <summary>B37: a promised moment is true, or there is none.</summary>
[Trait("Behaviour", "B37")]
public sealed class RetryTests
{
    [Fact]
    public void RetryAt_WithAnOpenWindow_IsItsReset()
    {
        var trial = Trial.WithSlots(1);
        trial.Run("a", Ada, PlanOf(60), Function(30));
        var refusal = trial.Request("b", Ada, PlanOf(60), Function(40)).Refusal!;
        Assert.Equal(Start + Window.Length, refusal.RetryAt);
    }

    [Fact]
    public void RetryAt_WithNoWindowOpen_IsAbsent()
    {
        var trial = Trial.WithSlots(1);
        trial.Run("first", Bob, PlanOf(120), Function());
        trial.Request("a", Ada, PlanOf(60), Function(30));
        var refusal = trial.Request("b", Ada, PlanOf(60), Function(40)).Refusal!;
        Assert.Equal(RefusalCause.QuotaExceeded, refusal.Main.Cause);
        Assert.Null(refusal.RetryAt);
    }

    [Theory]
    [InlineData(20, true)]
    [InlineData(21, false)]
    public void RetryAt_WithOthersWaiting_IsPromisedOnlyIfAllFitTogether(long waiting, bool promised)
    {
        var trial = Trial.WithSlots(1);
        trial.Run("a", Ada, PlanOf(60), Function(30));
        trial.Request("waits", Ada, PlanOf(60), Function(waiting));
        var refusal = trial.Request("b", Ada, PlanOf(60), Function(40)).Refusal!;
        Assert.Equal(promised, refusal.RetryAt is not null);
    }

    [Fact]
    public void RetryAt_OntoALoweredPlanThatIsTooSmall_IsAbsent()
    {
        var trial = Trial.WithSlots(1);
        trial.Run("a", Ada, PlanOf(60), Function(30));
        Assert.Null(trial.Request("b", Ada, PlanOf(35), Function(40)).Refusal!.RetryAt);
    }

    [Fact]
    public void RetryAt_OfAWaitThatFoundNoGpu_IsAbsent()
    {
        var trial = Trial.WithSlots(1);
        trial.Run("first", Bob, PlanOf(120), Function(100));
        trial.Request("a", Ada, PlanOf(60), Function(40));
        trial.LiveUntil(Start + TimeSpan.FromSeconds(61));
        Assert.Null(trial.Store.Find(new RefusalId("refusal-a"))!.RetryAt);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    public void RetryAt_WheneverPromised_IsKeptIfNothingNewIsUsed(int seed)
    {
        var random = new Random(seed);
        var promises = 0;
        for (var round = 0; round < 60; round++)
        {
            var (trial, refusal, request) = RandomRefusal(random);
            if (refusal?.RetryAt is not { } at) continue;
            promises++;
            trial.LiveUntil(at - TimeSpan.FromMilliseconds(1));
            trial.MoveTo(at);
            var reply = trial.Send<RequestLeaseReply>(request with { Id = new("again"), RefusalId = new("refusal-again") });
            Assert.True(reply.Outcome == RequestLeaseOutcome.Queued, $"seed {seed} round {round}: {string.Join(", ", reply.Refusal?.Reasons ?? [])}");
        }

        Assert.True(promises > 5, $"only {promises} promises to test");
    }

    /// <summary>An identity that asks, runs and spends at random until it is refused; the others keep the slots busy.</summary>
    private static (Trial Trial, Refusal? Refusal, RequestLease Request) RandomRefusal(Random random)
    {
        var trial = Trial.WithSlots(1 + random.Next(3));
        RequestLease request = null!;
        for (var i = 0; i < 30; i++)
        {
            if (random.Next(4) == 0) trial.Request("bob" + i, Bob, PlanOf(100_000), Function(random.Next(1, 3000)), r => r with { Strict = true });
            var plan = PlanOf(random.Next(3) == 0 ? 90 : 120);
            request = Request("a" + i, Ada, plan, Function(random.Next(1, 60))) with { Strict = random.Next(2) == 0, WaitLimit = TimeSpan.FromHours(random.Next(1, 40)) };
            var reply = trial.Send<RequestLeaseReply>(request);
            if (reply.Outcome == RequestLeaseOutcome.Refused) return (trial, reply.Refusal, request);
            if (random.Next(2) == 0) trial.Allow("a" + i);
            trial.PassMilliseconds(random.Next(20_000));
            if (random.Next(2) == 0) trial.Release("a" + i);
        }

        return (trial, null, request);
    }
}
