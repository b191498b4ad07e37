using System.Text;
using Stint.Core.Identities;
using Stint.Core.Leasing;
using Stint.Core.Leasing.Decisions;
using Stint.Core.Plans;
using Stint.Core.Quota;
using Stint.Hub.DeviceApi;
using Stint.Tests.Fakes;
using Xunit;

namespace Stint.Tests.Hub.DeviceApi;

public sealed class WireTests
{
    private static readonly PoolTerms Terms = new();

    [Theory]
    [InlineData(RefusalCause.NoVisitor, 429)]
    [InlineData(RefusalCause.TokenExpired, 401)]
    [InlineData(RefusalCause.TokenForged, 401)]
    [InlineData(RefusalCause.TokenOfAnotherSpace, 401)]
    [InlineData(RefusalCause.IdentityUnknown, 401)]
    [InlineData(RefusalCause.DurationNeverAllowed, 429)]
    [InlineData(RefusalCause.SizeNotInPool, 503)]
    [InlineData(RefusalCause.TokenUsedUp, 401)]
    [InlineData(RefusalCause.QuotaExceeded, 429)]
    [InlineData(RefusalCause.TooManyWaiting, 503)]
    [InlineData(RefusalCause.PoolQueueFull, 503)]
    [InlineData(RefusalCause.NoGpuInTime, 503)]
    public void StatusOf_EachCause_IsOneTheClientKnows(RefusalCause cause, int status) => Assert.Equal(status, Wire.StatusOf(Wire.Of(cause)));

    [Fact]
    public void StatusOf_CausesOfTheTable_AreAllThereAre() =>
        Assert.All(Enum.GetValues<RefusalCause>(), cause => Assert.Contains(Wire.StatusOf(Wire.Of(cause)), new[] { 401, 429, 503 }));

    [Theory]
    [InlineData(1, 1)]
    [InlineData(999, 1)]
    [InlineData(1_000, 1)]
    [InlineData(1_001, 2)]
    [InlineData(49_327_000, 49_327)]
    public void QuotaOf_TimeToTheReset_IsWholeSecondsRoundedUp(long milliseconds, long wait)
    {
        var at = Samples.Start;
        var reason = new RefusalReason(RefusalCause.QuotaExceeded, GpuTime.FromSeconds(60), new GpuTime(41_999), at + TimeSpan.FromMilliseconds(milliseconds));

        Assert.Equal((41, wait), Wire.QuotaOf(RefusalFor(at, Weight.One, reason), Terms));
    }

    [Fact]
    public void QuotaOf_NobodyKnowsWhen_IsAMinute() => Assert.Equal(
        (20, 60), Wire.QuotaOf(RefusalFor(Samples.Start, new Weight(2000), new RefusalReason(RefusalCause.QuotaExceeded, GpuTime.FromSeconds(60), new GpuTime(41_999))), Terms));

    [Fact]
    [Trait("Behaviour", "B22")]
    public void QuotaOf_WhateverWasRefused_ShowsLessLeftThanAskedAndNeverAWaitOfNothing()
    {
        var random = new Random(20261122);
        var refused = 0;
        for (var i = 0; i < 20_000; i++)
        {
            var size = random.Next(2) == 0 ? SlotSize.Large : SlotSize.XLarge;
            var declared = random.Next(4) == 0 ? random.Next(1, 200_000) : random.Next(1, 400) * 1000L;
            var plan = new Plan("p", new GpuTime(random.Next(0, 600_000)), 1, TimeSpan.FromMilliseconds(random.Next(1_000, 400_000)), 0);
            if (Refuse(random, plan, size, declared) is not { } refusal || Wire.StatusOf(Wire.Of(refusal.Main.Cause)) != 429) continue;
            refused++;
            var (left, wait) = Wire.QuotaOf(refusal, Terms);
            // A client shows what it declared, or for a whole card twice that.
            Assert.True(left * 1000 < declared, $"{declared} ms asked and {left} s left of {plan} at {size}");
            Assert.True(left >= 0);
            Assert.True(wait is -1 or >= 1, $"wait {wait}");
            Assert.Equal(refusal.Main.Cause == RefusalCause.DurationNeverAllowed, wait == -1);
        }

        Assert.True(refused > 5_000, $"only {refused} of them were refused");
    }

    [Fact]
    public void Grant_Lease_IsExactlyWhatTheClientParses() => Assert.Equal(
        """{"idle":true,"nvidiaIndex":3,"nvidiaUUID":"GPU-x","allowToken":"r_1.abc"}""",
        Encoding.UTF8.GetString(Wire.Grant(new Lease(new SlotId("local/3"), 3, "GPU-x", Samples.Start, Samples.Start, Idle: true), "r_1.abc")));

    [Theory]
    [InlineData("free", 210, "regular")]
    [InlineData("pro", 1, "pro")]
    [InlineData("team", 1499, "regular")]
    [InlineData("team", 1500, "pro")]
    public void AuthenticatedAs_Plan_IsProFromWhatProGrants(string plan, long seconds, string said)
    {
        var held = new Plan(plan, GpuTime.FromSeconds(seconds), 1, TimeSpan.FromMinutes(1), 0);

        Assert.Equal(said, Wire.AuthenticatedAs(Samples.Ada, held, Plan.Defaults[2]));
        Assert.Equal(plan == Plan.Pro ? "pro" : "regular", Wire.AuthenticatedAs(Samples.Ada, held, null));
        Assert.Null(Wire.AuthenticatedAs(IdentityId.OfNetwork("192.0.2.1"), held, Plan.Defaults[2]));
    }

    /// <summary>Asks with some of the window spent and some held by a run and by a task that waits.</summary>
    private static Refusal? Refuse(Random random, Plan plan, SlotSize size, long declared)
    {
        var opened = Samples.Start;
        var now = opened + TimeSpan.FromMilliseconds(random.Next(1, (int)Window.Length.TotalMilliseconds));
        var spent = new GpuTime(random.NextInt64(0, plan.Allowance.Milliseconds + 1));
        var window = random.Next(4) == 0 ? null : new Window(opened, plan.Allowance, spent, 1);
        var state = new LedgerState(Samples.Ada, 1, plan, window, [], new Dictionary<string, EventUse>());
        var books = new Books(_ => Ledger.Restore(state, []), key => new FunctionHistory(key), _ => null);
        books.Pool.Put(Samples.SlotNamed("n0/0", SlotSize.XLarge));
        for (var i = random.Next(3); i > 0; i--)
        {
            Decide.Handle(books, Samples.Request("held-" + i, Samples.Ada, plan, Samples.Function(random.Next(1, 60))), now);
            Decide.AdvanceTo(books, now);
        }

        var function = Samples.Function(size: size) with { DeclaredMilliseconds = declared };
        return ((RequestLeaseReply)Decide.Handle(books, Samples.Request("asked", Samples.Ada, plan, function, size.Weight()), now)).Refusal;
    }

    private static Refusal RefusalFor(Instant at, Weight weight, RefusalReason reason) =>
        new(new RefusalId("f"), at, Samples.Ada, Samples.Function(), TimeSpan.FromSeconds(60), weight, [reason], null);
}
