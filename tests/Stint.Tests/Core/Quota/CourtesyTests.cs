using Stint.Core.Leasing;
using Stint.Core.Quota;
using Stint.Tests.Core.Quota.Purses;
using Stint.Tests.Fakes;
using Xunit;
using static Stint.Tests.Fakes.Samples;

namespace Stint.Tests.Core.Quota;

/// <summary>The moment past its funds that the house gives a run: bounded, shown and never charged.</summary>
public sealed class CourtesyTests
{
    [Theory, Trait("Behaviour", "B73")]
    [InlineData(9_999, ExitClass.Completed, 9_999, 0)]
    [InlineData(10_000, ExitClass.Completed, 10_000, 0)]
    [InlineData(10_001, ExitClass.Completed, 10_000, 1)]
    [InlineData(15_000, ExitClass.Completed, 10_000, 5_000)]
    [InlineData(15_001, ExitClass.OutOfFunds, 10_000, 5_000)]
    public void Run_PastItsFunds_MayEndWithinFiveSecondsAtTheHousesCost(long milliseconds, ExitClass exit, long charged, long house)
    {
        var trial = Unsure();
        trial.Run("a", Ada, PlanOf(10), Function());
        trial.PassMilliseconds(milliseconds);
        trial.Release("a");
        var receipt = Receipt.Of(trial["a"]);
        Assert.Equal((exit, charged, house), (receipt.Exit, receipt.Charged.Milliseconds, receipt.PaidByHouse.Milliseconds));
        Assert.Equal(charged, trial.Read(Ada, PlanOf(10)).Spent.Milliseconds);
    }

    [Fact]
    public void Courtesy_OfAWindow_IsGivenToOneRunAndToNoOther()
    {
        var trial = Unsure();
        for (var i = 0; i < 3; i++) trial.Run("r" + i, Ada, PlanOf(10), Function(), request => request with { TaskId = i });
        trial.LiveUntil(Start + TimeSpan.FromMinutes(2));
        var ends = Enumerable.Range(0, 3).Select(i => trial["r" + i].Ending!.Measured.TotalMilliseconds).Order().ToList();
        Assert.Equal([3_333, 3_333, 8_334], ends);
        Assert.True(trial.Read(Ada, PlanOf(10)).Spent <= GpuTime.FromSeconds(10));
        trial.MoveTo(Start + TimeSpan.FromDays(1));
        foreach (var slot in trial.Books.Pool.Slots.Values.Where(slot => slot.Leaving is not null).ToList()) trial.Send<Done>(new ReportWorkerGone(slot.Id, slot.Leaving!));
        trial.Run("next day", Ada, PlanOf(10), Function());
        trial.LiveUntil(trial.Now + TimeSpan.FromMinutes(2));
        Assert.Equal(15_000, trial["next day"].Ending!.Measured.TotalMilliseconds);
    }

    [Fact]
    public void Courtesy_AtTheDeclaredDuration_EndsThere()
    {
        var trial = Unsure();
        trial.Teach(Ada, Function(11), 2, 2, 2);
        trial.Run("a", Ada, PlanOf(10), Function(11));
        trial.LiveUntil(Start + TimeSpan.FromMinutes(1));
        Assert.Equal((ExitClass.Overrun, 11_000.0, 10_000L), (trial["a"].Ending!.Exit, trial["a"].Ending!.Measured.TotalMilliseconds, trial["a"].Ending!.Charged.Milliseconds));
    }

    [Fact]
    public void Courtesy_WhereAnotherPurseHasAnything_IsNotGiven()
    {
        var trial = Unsure();
        trial.Grant("b", Ada, 3_000);
        trial.Run("a", Ada, PlanOf(10), Function());
        trial.LiveUntil(Start + TimeSpan.FromMilliseconds(12_500));
        Assert.Equal(TimeSpan.Zero, trial["a"].Courtesy);
        trial.LiveUntil(Start + TimeSpan.FromMinutes(1));
        Assert.Equal(("allowance 10000 + boost 3000", 18_000.0), (trial.PaidBy("a"), trial["a"].Ending!.Measured.TotalMilliseconds));
    }

    [Fact]
    public void Ticket_BesideARunOnTheHousesCost_IsGrantedAllTheSame()
    {
        var trial = Unsure(slots: 1);
        trial.Run("a", Ada, PlanOf(10), Function());
        trial.Request("waits", Ada, PlanOf(10), Function(), request => request with { TaskId = 2 });
        trial.LiveUntil(Start + TimeSpan.FromSeconds(30));
        foreach (var slot in trial.Books.Pool.Slots.Values.Where(slot => slot.Leaving is not null).ToList()) trial.Send<Done>(new ReportWorkerGone(slot.Id, slot.Leaving!));
        Assert.NotNull(trial["waits"].Lease);
        Assert.Equal((8_000L, 13_000.0), (trial["a"].Ending!.Charged.Milliseconds, trial["a"].Ending!.Measured.TotalMilliseconds));
    }

    /// <summary>A function that is thought to take two seconds and declares a minute.</summary>
    private static Trial Unsure(int slots = 3)
    {
        var trial = Trial.WithSlots(slots);
        trial.Teach(Ada, Function(), 2, 2, 2);
        return trial;
    }
}
