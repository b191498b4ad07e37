using Stint.Core.Plans;
using Stint.Core.Quota;
using Stint.Core.Quota.Purses;
using Stint.Tests.Fakes;
using Xunit;

namespace Stint.Tests.Core.Plans;

/// <summary>B61: each kind of rule without effect, one row on each side of its boundary.</summary>
[Trait("Behaviour", "B61")]
public sealed class IdleRuleTests
{
    /// <summary>An anonymous plan: allowance, device cap, shared cap, longest run, Spaces it hosts; in seconds, 0 for no cap.</summary>
    [Theory]
    [InlineData(120, 119, 7200, 119, 0)]
    [InlineData(120, 120, 7200, 120, 0, IdleCause.DeviceCapNotBelowAllowance)]
    [InlineData(120, 0, 0, 120, 0)]
    [InlineData(120, 100, 51, 51, 0, IdleCause.AllowanceNotReached)]
    [InlineData(120, 100, 50, 50, 0, IdleCause.DeviceCapNotBelowSharedCap, IdleCause.AllowanceNotReached)]
    [InlineData(120, 0, 60, 60, 0)]
    [InlineData(120, 0, 59, 59, 0, IdleCause.AllowanceNotReached)]
    [InlineData(120, 60, 7200, 60, 0)]
    [InlineData(120, 60, 7200, 61, 0, IdleCause.LongestBeyondCap)]
    [InlineData(120, 0, 7200, 121, 0, IdleCause.LongestBeyondAllowance)]
    [InlineData(120, 130, 7200, 121, 0, IdleCause.DeviceCapNotBelowAllowance, IdleCause.LongestBeyondAllowance)]
    [InlineData(120, 0, 100, 101, 0, IdleCause.LongestBeyondCap)]
    [InlineData(120, 0, 0, 120, 1, IdleCause.HostingOfNobody)]
    public void Of_AnAnonymousPlan_NamesEachRuleWithoutEffect(int allowance, int device, int shared, int longest, int hosting, params IdleCause[] expected)
    {
        var plan = new Plan(Plan.Anonymous, GpuTime.FromSeconds(allowance), 1, TimeSpan.FromSeconds(longest), hosting) { DeviceCap = Cap(device), SharedCap = Cap(shared) };
        Assert.Equal(expected, IdleRules.Of(plan).Select(rule => rule.Cause));
    }

    [Theory]
    [InlineData(210, 210, 0, 0)]
    [InlineData(210, 211, 0, 0, IdleCause.LongestBeyondAllowance)]
    [InlineData(210, 210, 1, 0, IdleCause.CapOfNobody)]
    [InlineData(210, 210, 0, 1, IdleCause.CapOfNobody)]
    public void Of_APlanOfAccounts_NamesEachRuleWithoutEffect(int allowance, int longest, int device, int shared, params IdleCause[] expected)
    {
        var plan = new Plan(Plan.Free, GpuTime.FromSeconds(allowance), 1, TimeSpan.FromSeconds(longest), 5) { DeviceCap = Cap(device), SharedCap = Cap(shared) };
        Assert.Equal(expected, IdleRules.Of(plan).Select(rule => rule.Cause));
    }

    [Theory]
    [InlineData(false, 1)]
    [InlineData(false, 1, 2)]
    [InlineData(true, 2, 2)]
    [InlineData(true, 3, 3, 3)]
    [InlineData(false, 3, 3, 4)]
    public void Of_AllPlans_NamesAPriorityThatOrdersNobody(bool isIdle, params int[] priorities)
    {
        var plans = priorities.Select((priority, i) => Samples.PlanOf(3600, priority) with { Name = $"p{i}" }).ToList();
        Assert.Equal(isIdle, IdleRules.Of(plans).Any(rule => rule.Cause == IdleCause.PriorityOfAll));
    }

    /// <summary>A plan of 100 s: the ceiling for credits and what they hold; the ceiling for a Space and what pays beyond the plan (-1: without a known end).</summary>
    [Theory]
    [InlineData(60, 60, 1000, -1)]
    [InlineData(61, 60, 1000, -1, IdleCause.CeilingBeyondCredits)]
    [InlineData(0, 0, 199, 0)]
    [InlineData(0, 0, 200, 0, IdleCause.CeilingBeyondFunds)]
    [InlineData(0, 0, 229, 30)]
    [InlineData(0, 0, 230, 30, IdleCause.CeilingBeyondFunds)]
    public void Of_APersonsCeilings_NamesThoseThatNothingReaches(int beyond, int credits, int space, int further, params IdleCause[] expected)
    {
        var ceilings = new Ceilings(GpuTime.FromSeconds(beyond), [new(Samples.Paint, GpuTime.FromSeconds(space))]);
        var found = IdleRules.Of(ceilings, Samples.PlanOf(100), GpuTime.FromSeconds(credits), further < 0 ? null : GpuTime.FromSeconds(further));
        Assert.Equal(expected, found.Select(rule => rule.Cause));
    }

    /// <summary>A hub does not begin with a rule that it would have to flag.</summary>
    [Fact, Trait("Behaviour", "B61")]
    public void Of_TheDefaults_NamesNothing() => Assert.Empty(IdleRules.Of(Plan.Defaults));

    private static GpuTime? Cap(int seconds) => seconds == 0 ? null : GpuTime.FromSeconds(seconds);
}
