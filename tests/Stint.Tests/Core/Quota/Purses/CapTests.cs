using Stint.Core.Identities;
using Stint.Core.Leasing;
using Stint.Core.Plans;
using Stint.Core.Quota;
using Stint.Core.Quota.Purses;
using Stint.Tests.Fakes;
using Xunit;
using static Stint.Tests.Fakes.Samples;

namespace Stint.Tests.Core.Quota.Purses;

[Trait("Behaviour", "B16")]
public sealed class CapTests
{
    private static readonly IdentityId Neighbour = IdentityId.OfNetwork("203.0.113.8");
    private static readonly Plan Campus = PlanOf(100) with { DeviceCap = GpuTime.FromSeconds(30), SharedCap = GpuTime.FromSeconds(150) };

    [Theory]
    [InlineData(30_000, "one", null)]
    [InlineData(30_001, "one", RefusalCause.DeviceCapReached)]
    [InlineData(30_001, null, RefusalCause.DeviceCapReached)]
    public void Device_OfANetwork_HasItsOwnCap(long declared, string? device, RefusalCause? cause)
    {
        var trial = Trial.WithSlots(1);
        var reply = trial.Request("a", Passer, Campus, Function() with { DeclaredMilliseconds = declared }, request => request with { Device = device });
        Assert.Equal(cause, reply.Refusal?.Main.Cause);
    }

    [Fact]
    public void Devices_BehindOneNetwork_ShareItsAllowanceAndNoDeviceTakesItAll()
    {
        var trial = Trial.WithSlots(8);
        for (var i = 0; i < 3; i++) trial.Run("r" + i, Passer, Campus, Function(30), request => request with { Device = "d" + i, TaskId = i });
        Assert.Equal(RefusalCause.DeviceCapReached, trial.Request("again", Passer, Campus, Function(1), request => request with { Device = "d0" }).Refusal!.Main.Cause);
        Assert.Equal(RefusalCause.QuotaExceeded, trial.Request("more", Passer, Campus, Function(11), request => request with { Device = "d3" }).Refusal!.Main.Cause);
        Assert.Equal(RequestLeaseOutcome.Queued, trial.Request("rest", Passer, Campus, Function(10), request => request with { Device = "d3" }).Outcome);
    }

    [Theory]
    [InlineData(20_000, null)]
    [InlineData(20_001, RefusalCause.AnonymousCapReached)]
    public void AnonymousVisitors_OfAllNetworks_HaveOneCapTogether(long declared, RefusalCause? cause)
    {
        var trial = Trial.WithSlots(8);
        foreach (var (who, count) in new[] { (Passer, 3), (Neighbour, 1) })
            for (var i = 0; i < count; i++) trial.Run($"r{who.Network}{i}", who, Campus, Function(30), request => request with { Device = "d" + i, TaskId = i });
        trial.Run("third", IdentityId.OfNetwork("198.51.100.1"), Campus, Function(10));
        var reply = trial.Request("a", Neighbour, Campus, Function() with { DeclaredMilliseconds = declared }, request => request with { Device = "d9" });
        Assert.Equal(cause, reply.Refusal?.Main.Cause);
        Assert.Equal(RequestLeaseOutcome.Queued, trial.Request("member", Ada, Campus, Function(60)).Outcome);
    }

    [Fact]
    public void Refusal_AtACap_SaysTrueNumbersAndWhenItFits()
    {
        var trial = Trial.WithSlots(2);
        trial.Pass(5);
        trial.Run("a", Passer, Campus, Function(20), request => request with { Device = "one" });
        trial.Pass(12);
        trial.Release("a");
        var refusal = trial.Request("b", Passer, Campus, Function(19), request => request with { Device = "one" }).Refusal!;
        var reason = Assert.Single(refusal.Reasons);
        Assert.Equal((19_000L, 18_000L, 30_000L), (reason.Required!.Value.Milliseconds, reason.Left!.Value.Milliseconds, reason.Limit!.Value.Milliseconds));
        Assert.Equal(Start + TimeSpan.FromSeconds(5) + Purses.Day, reason.RetryAt);
        trial.MoveTo(reason.RetryAt!.Value - TimeSpan.FromMilliseconds(1));
        Assert.Equal(RequestLeaseOutcome.Refused, trial.Request("early", Passer, Campus, Function(19), request => request with { Device = "one" }).Outcome);
        trial.MoveTo(reason.RetryAt!.Value);
        Assert.Equal(RequestLeaseOutcome.Queued, trial.Request("then", Passer, Campus, Function(19), request => request with { Device = "one" }).Outcome);
    }

    [Fact]
    public void Refusal_OfWhatNeverFitsUnderACap_PromisesNoTime()
    {
        var trial = Trial.WithSlots(1);
        Assert.Null(trial.Request("a", Passer, Campus, Function(31)).Refusal!.RetryAt);
    }

    [Fact]
    public void Run_ThatComesToItsCap_IsStoppedThereAndChargedToTheMillisecond()
    {
        var trial = Trial.WithSlots(1);
        trial.Teach(Passer, Function(60), 2, 2, 2);
        trial.Run("a", Passer, Campus, Function(60), request => request with { Device = "one" });
        trial.LiveUntil(Start + TimeSpan.FromMinutes(2));
        var ending = trial["a"].Ending!;
        Assert.Equal((30_000L, ExitClass.OutOfFunds, "device-cap"), (ending.Charged.Milliseconds, ending.Exit, ending.Cause));
        Assert.Equal(new GpuTime(30_000), Use("device:203.0.113.7:one", trial).Windows.Single().Spent);
        Assert.Equal(new GpuTime(30_000), Use("anonymous", trial).Windows.Single().Spent);
    }

    [Fact]
    public void Run_UnderTwoCapsOfWhichOneIsFull_IsStoppedInTheNameOfThatOne()
    {
        var trial = Trial.WithSlots(1);
        trial.Teach(Passer, Function(60), 2, 2, 2);
        trial.Run("a", Passer, Campus with { SharedCap = GpuTime.FromSeconds(20) }, Function(60), request => request with { Device = "one" });
        trial.LiveUntil(Start + TimeSpan.FromMinutes(2));
        Assert.Equal((20_000L, "anonymous-cap"), (trial["a"].Ending!.Charged.Milliseconds, trial["a"].Ending!.Cause));
    }

    [Fact]
    public void VoidRun_UnderACap_LeavesNoTraceOfIt()
    {
        var trial = Trial.WithSlots(1);
        trial.Request("a", Passer, Campus, Function(20), request => request with { Device = "one" });
        trial.Pass(1);
        trial.Release("a");
        Assert.Null(trial.Books.LedgerOf(IdentityId.OfCap("anonymous")).Under.Save());
    }

    [Fact]
    public void Ticket_ThatLeaves_HoldsNothingUnderItsCaps()
    {
        var trial = Trial.WithSlots(1);
        trial.Run("first", Ada, Campus, Function(60));
        trial.Request("a", Passer, Campus, Function(20), request => request with { Device = "one" });
        Assert.Equal(GpuTime.FromSeconds(20), Use("anonymous", trial).Waiting);
        trial.Cancel("a");
        Assert.Null(trial.Books.LedgerOf(IdentityId.OfCap("anonymous")).Under.Save());
    }

    [Fact]
    public void Run_AcrossTheEndOfItsCapsWindow_CountsWhereItBegan()
    {
        var trial = Trial.WithSlots(2);
        trial.Run("opens", Passer, Campus, Function(1), request => request with { Device = "one" });
        trial.Release("opens");
        trial.MoveTo(Start + Purses.Day - TimeSpan.FromSeconds(10));
        trial.Run("old", Passer, Campus, Function(25), request => request with { Device = "one", TaskId = 2 });
        trial.Pass(10);
        trial.Run("new", Passer, Campus, Function(30), request => request with { Device = "one", TaskId = 3 });
        trial.Pass(15);
        trial.Release("old");
        trial.Pass(15);
        trial.Release("new");
        Assert.Equal((25_000L, 30_000L), (trial["old"].Ending!.Charged.Milliseconds, trial["new"].Ending!.Charged.Milliseconds));
        Assert.Equal(new GpuTime(30_000), Use("device:203.0.113.7:one", trial).Windows[^1].Spent);
    }

    [Theory]
    [InlineData(99, 2)]
    [InlineData(100, 1)]
    public void DeviceCap_ThatTheNetworkNeverReaches_BindsNothing(long cap, int caps)
    {
        var trial = Trial.WithSlots(1);
        trial.Request("a", Passer, Campus with { DeviceCap = GpuTime.FromSeconds(cap) }, Function(10));
        Assert.Equal(caps, trial["a"].Caps.Count);
    }

    private static CapState Use(string cap, Trial trial) => trial.Books.LedgerOf(IdentityId.OfCap(cap)).Under.Save()!;
}
