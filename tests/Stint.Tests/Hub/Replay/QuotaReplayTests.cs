using Stint.Hub.Replay;
using Stint.Tests.Fakes;
using Xunit;

namespace Stint.Tests.Hub.Replay;

public sealed class QuotaReplayTests
{
    private const double Third = 100.0 / 3;

    /// <summary>80 s a window. Three runs of 30 s one after another: two fit.</summary>
    [Theory]
    [InlineData(QuotaMode.Oracle, 1, 0, 60)]
    [InlineData(QuotaMode.Blanket, 2, 2, 30)]
    [InlineData(QuotaMode.Check, 2, 2, 30)]
    [InlineData(QuotaMode.Stint, 1, 0, 60)]
    public void Replay_OfRunsOneAfterAnother_RefusesWhatEachModeCannotKnowToFit(QuotaMode mode, int refused, int fitted, double servedSeconds)
    {
        var figures = QuotaReplay.Run(Traces.Of((0, "a", 30), (100, "a", 30), (200, "a", 30)), 80, mode);
        Assert.Equal(refused * Third, figures.RefusedPercent, 6);
        Assert.Equal(100.0 * fitted / refused, figures.WouldHaveFittedPercent, 6);
        Assert.Equal(servedSeconds / 3600, figures.ServedGpuHours, 6);
        Assert.Equal((0.0, 0), (figures.StoppedPercent, figures.OverAdmissions));
    }

    /// <summary>80 s a window. Two runs of 60 s at once: only a check without a hold takes both.</summary>
    [Theory]
    [InlineData(QuotaMode.Oracle, 50, 0, 60)]
    [InlineData(QuotaMode.Blanket, 50, 0, 60)]
    [InlineData(QuotaMode.Check, 0, 1, 120)]
    [InlineData(QuotaMode.Stint, 50, 0, 60)]
    public void Replay_OfRunsAtOnce_OverAdmitsWithoutAHoldOnly(QuotaMode mode, double refusedPercent, int over, double servedSeconds)
    {
        var figures = QuotaReplay.Run(Traces.Of((0, "a", 60), (1, "a", 60)), 80, mode);
        Assert.Equal((refusedPercent, over), (figures.RefusedPercent, figures.OverAdmissions));
        Assert.Equal(servedSeconds / 3600, figures.ServedGpuHours, 6);
    }

    [Fact]
    public void Replay_OfARunLongerThanItsLikes_IsStoppedWhenTheWindowIsSpent()
    {
        var figures = QuotaReplay.Run(Traces.Of((0, "a", 10), (100, "a", 10), (200, "a", 10), (300, "a", 40)), 61, QuotaMode.Stint);
        Assert.Equal((0.0, 25.0, 0), (figures.RefusedPercent, figures.StoppedPercent, figures.OverAdmissions));
        Assert.Equal(61 / 3600.0, figures.ServedGpuHours, 6);
    }

    [Fact]
    public void Replay_OfAFunctionNobodyKnows_DoesNotLookAtItsDeclaredDuration()
    {
        // A run of 100 s declares 120 s. Were that read, 70 s left would refuse it.
        var figures = QuotaReplay.Run(Traces.Of((0, "a", 100)), 70, QuotaMode.Stint);
        Assert.Equal((0.0, 100.0), (figures.RefusedPercent, figures.StoppedPercent));
    }

    [Fact]
    public void Replay_AcrossADay_OpensANewWindow()
    {
        Assert.Equal(0.0, QuotaReplay.Run(Traces.Of((0, "a", 50), (86_400, "a", 50)), 60, QuotaMode.Oracle).RefusedPercent);
        Assert.Equal(50.0, QuotaReplay.Run(Traces.Of((0, "a", 50), (86_399, "a", 50)), 60, QuotaMode.Oracle).RefusedPercent);
    }

    [SharedTheory]
    [InlineData(120, 12.5, 0.85)]
    [InlineData(210, 15, 0.4)]
    public void Replay_OfTheRealTrace_RefusesAndStopsFew(int quota, double mostFitted, double mostStopped)
    {
        var trace = Traces.Real();
        var (ours, oracle) = (QuotaReplay.Run(trace, quota, QuotaMode.Stint), QuotaReplay.Run(trace, quota, QuotaMode.Oracle));
        Assert.Equal(0, ours.OverAdmissions);
        Assert.InRange(ours.WouldHaveFittedPercent, 0, mostFitted);
        Assert.InRange(ours.StoppedPercent, 0, mostStopped);
        Assert.InRange(ours.ServedGpuHours, 0.98 * oracle.ServedGpuHours, oracle.ServedGpuHours * 1.1);
        Assert.Equal((0.0, 0.0), (oracle.WouldHaveFittedPercent, oracle.StoppedPercent));
    }

    [SharedTheory]
    [InlineData(120)]
    public void Replay_OfTheRealTraceByOtherRules_ShowsWhatTheyCost(int quota)
    {
        var trace = Traces.Real();
        Assert.InRange(QuotaReplay.Run(trace, quota, QuotaMode.Check).OverAdmissions, 25, 40);
        Assert.InRange(QuotaReplay.Run(trace, quota, QuotaMode.Blanket).WouldHaveFittedPercent, 65, 70);
    }
}
