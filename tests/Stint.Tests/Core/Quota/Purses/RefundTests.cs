using Stint.Core.Leasing;
using Stint.Core.Leasing.Instructions;
using Stint.Core.Quota;
using Stint.Tests.Fakes;
using Xunit;
using static Stint.Tests.Fakes.Samples;

namespace Stint.Tests.Core.Quota.Purses;

[Trait("Behaviour", "B33")]
public sealed class RefundTests
{
    [Fact]
    public void Refund_InTheSameWindow_GoesBackToThePursesThatPaid()
    {
        var trial = Ran(25);
        Assert.Equal("allowance 10000 + boost 15000", trial.PaidBy("a"));
        Assert.Equal(InstructionOutcome.Done, trial.Tell(Refund()));
        var refund = trial["a"].Refund!;
        Assert.Equal((25_000L, "node:n0", null), (refund.Amount.Milliseconds, refund.By, refund.Boost));
        Assert.Equal(new GpuTime(70_000), trial.Read(Ada, PlanOf(10)).LeftInAll);
        Assert.Equal(25_000, trial["a"].Ending!.Charged.Milliseconds);
        Assert.Same(refund.Reason, Receipt.Of(trial["a"] with { Refund = refund }).Refund!.Reason);
    }

    [Fact]
    public void Refund_GivenAgain_ComesBackOnce()
    {
        var trial = Ran(25);
        trial.Tell(Refund());
        Assert.Equal(InstructionOutcome.AlreadyDone, trial.Tell(Refund()));
        Assert.Equal(new GpuTime(70_000), trial.Read(Ada, PlanOf(10)).LeftInAll);
    }

    [Theory]
    [InlineData(-1, 70_000, false)]
    [InlineData(0, 80_000, true)]
    public void Refund_AroundTheEndOfTheWindow_ComesBackAsABoostFromThenOn(long offset, long left, bool asBoost)
    {
        var trial = Ran(25, TimeSpan.FromDays(5));
        trial.MoveTo(Start + Purses.Day + TimeSpan.FromMilliseconds(offset));
        Assert.Equal(InstructionOutcome.Done, trial.Tell(Refund()));
        Assert.Equal(asBoost, trial["a"].Refund!.Boost is not null);
        Assert.Equal(new GpuTime(left), trial.Read(Ada, PlanOf(10)).LeftInAll);
    }

    [Fact]
    public void Refund_OfACreditThatIsOver_ComesBackAsABoost()
    {
        var trial = Ran(25, TimeSpan.FromHours(1));
        trial.Pass(7200);
        trial.Tell(Refund());
        Assert.Equal(new GpuTime(15_000), trial["a"].Refund!.Boost!.Amount);
        Assert.Equal(new GpuTime(25_000), trial.Read(Ada, PlanOf(10)).LeftInAll);
    }

    [Fact]
    public void Refund_OfWhatCostNothingOrNeverWas_IsRefusedByName()
    {
        var trial = Ran(25);
        Assert.Equal(InstructionOutcome.ReceiptUnknown, trial.Tell(Refund() with { Id = new("x") }));
        Assert.Equal(InstructionOutcome.ReceiptUnknown, trial.Tell(Refund() with { Identity = Bob }));
        trial.Request("open", Bob, PlanOf(10), Function(5), request => request with { TaskId = 2 });
        Assert.Equal(InstructionOutcome.ReceiptUnknown, trial.Tell(Refund() with { Id = new("open"), Identity = Bob }));
        trial.Pass(1);
        trial.Release("open");
        Assert.Equal(InstructionOutcome.NothingCharged, trial.Tell(Refund() with { Id = new("open"), Identity = Bob }));
    }

    [Fact]
    public void Refund_UnderACap_MakesRoomThereAgain()
    {
        var trial = Trial.WithSlots(1);
        trial.Tell(new SetCeiling(Ada, Paint, GpuTime.FromSeconds(10)));
        trial.Run("a", Ada, PlanOf(100), Function(10));
        trial.Pass(10);
        trial.Release("a");
        Assert.Equal(RequestLeaseOutcome.Refused, trial.Request("b", Ada, PlanOf(100), Function(10)).Outcome);
        trial.Tell(Refund());
        Assert.Equal(RequestLeaseOutcome.Queued, trial.Request("c", Ada, PlanOf(100), Function(10)).Outcome);
    }

    [Fact]
    public void Refund_ToOneWhoWaits_CountsForTheirPlaceAtOnce()
    {
        var trial = Ran(25);
        trial.Run("other", Passer, PlanOf(1_000), Function(600));
        trial.Request("later", Ada, PlanOf(10), Function(5), request => request with { TaskId = 2 });
        trial.Pass(5);
        trial.Request("bobs", Bob, PlanOf(10), Function(5), request => request with { TaskId = 3 });
        Assert.Equal(new ReservationId("bobs"), trial.Books.Pool.Queue.InOrder().First().Id);
        trial.Tell(Refund());
        Assert.Equal(new ReservationId("later"), trial.Books.Pool.Queue.InOrder().First().Id);
    }

    private static RefundCharge Refund() => new(Ada, new("a"), "the GPU reported errors", "node:n0");

    private static Trial Ran(double seconds, TimeSpan? lasts = null)
    {
        var trial = Trial.WithSlots(1);
        trial.Grant("b", Ada, 60_000, lasts: lasts);
        trial.Run("a", Ada, PlanOf(10), Function(30));
        trial.Pass(seconds);
        trial.Release("a");
        return trial;
    }
}
