using Stint.Core.Leasing;
using Stint.Core.Quota;
using Stint.Tests.Fakes;
using Xunit;
using static Stint.Tests.Fakes.Samples;

namespace Stint.Tests.Core.Quota;

/// <summary>Durations and weights at their edges, whatever a Space declares.</summary>
public sealed class DurationTests
{
    [Theory, Trait("Behaviour", "B27")]
    [InlineData(long.MinValue, null)]
    [InlineData(-1, null)]
    [InlineData(0, null)]
    [InlineData(1, null)]
    [InlineData(3_600_000, null)]
    [InlineData(3_600_001, RefusalCause.DurationNeverAllowed)]
    [InlineData(31L * 86_400_000, RefusalCause.DurationNeverAllowed)]
    [InlineData(922_337_203_685_478, RefusalCause.DurationNeverAllowed)]
    [InlineData(long.MaxValue, RefusalCause.DurationNeverAllowed)]
    public void Declared_OfAnyLength_IsAdmittedOrRefusedByName(long milliseconds, RefusalCause? cause)
    {
        var trial = Trial.WithSlots(1);
        var reply = trial.Request("a", Ada, PlanOf(7_200), Function() with { DeclaredMilliseconds = milliseconds }, request => request with { Weight = new(2000) });
        Assert.Equal(cause, reply.Refusal?.Main.Cause);
        Assert.All(reply.Refusal?.Reasons ?? [], reason => Assert.True(reason.Required > reason.Left));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-5)]
    public void Declared_OfNothing_IsStoppedAtOnceAndCostsNothing(long milliseconds)
    {
        var trial = Trial.WithSlots(1);
        trial.Run("a", Ada, PlanOf(60), Function() with { DeclaredMilliseconds = milliseconds });
        trial.LiveUntil(Start + TimeSpan.FromSeconds(5));
        Assert.Equal((ExitClass.Overrun, GpuTime.Zero), (trial["a"].Ending!.Exit, trial["a"].Ending!.Charged));
    }

    [Theory, Trait("Behaviour", "B23")]
    [InlineData(1000, 30_000, true)]
    [InlineData(1000, 30_001, false)]
    [InlineData(2000, 15_000, true)]
    [InlineData(2000, 15_001, false)]
    [InlineData(1500, 20_000, true)]
    [InlineData(1500, 20_001, false)]
    [InlineData(333, 90_090, true)]
    [InlineData(333, 90_091, false)]
    public void Weight_OfASlot_CountsInWhatIsAskedAndWhatIsCharged(int thousandths, long milliseconds, bool fits)
    {
        var trial = Trial.WithSlots(1);
        var request = Function() with { DeclaredMilliseconds = milliseconds };
        var reply = trial.Request("a", Ada, PlanOf(30), request, asked => asked with { Weight = new(thousandths), Strict = true });
        Assert.Equal(fits, reply.Outcome == RequestLeaseOutcome.Queued);
        if (!fits) return;
        trial.Allow("a");
        trial.PassMilliseconds(milliseconds);
        trial.Release("a");
        Assert.Equal(milliseconds * thousandths / 1000, trial["a"].Ending!.Charged.Milliseconds);
        Assert.True(trial.Read(Ada, PlanOf(30)).Spent <= GpuTime.FromSeconds(30));
    }

    [Theory]
    [InlineData(false, false, RequestLeaseOutcome.Queued)]
    [InlineData(true, false, RequestLeaseOutcome.Refused)]
    [InlineData(false, true, RequestLeaseOutcome.Refused)]
    [InlineData(true, true, RequestLeaseOutcome.Refused)]
    public void Strict_ByPlanOrBySpace_AsksForTheDeclaredDuration(bool plan, bool space, RequestLeaseOutcome outcome)
    {
        var trial = Trial.WithSlots(1);
        trial.Teach(Ada, Function(), 2, 2, 2);
        var reply = trial.Request("a", Ada, PlanOf(59) with { Strict = plan }, Function(), request => request with { Strict = space });
        Assert.Equal(outcome, reply.Outcome);
    }
}
