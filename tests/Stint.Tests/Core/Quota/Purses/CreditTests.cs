using Stint.Core.Leasing;
using Stint.Core.Leasing.Instructions;
using Stint.Core.Quota;
using Stint.Core.Quota.Purses;
using Stint.Tests.Fakes;
using Xunit;
using static Stint.Tests.Fakes.Samples;

namespace Stint.Tests.Core.Quota.Purses;

public sealed class CreditTests
{
    [Theory, Trait("Behaviour", "B72")]
    [InlineData(-1, RequestLeaseOutcome.Queued)]
    [InlineData(0, RequestLeaseOutcome.Refused)]
    [InlineData(1, RequestLeaseOutcome.Refused)]
    public void Boost_AroundItsEnd_PaysUpToTheLastMillisecond(long offset, RequestLeaseOutcome outcome)
    {
        var trial = Trial.WithSlots(1);
        var boost = trial.Grant("b", Ada, 60_000, lasts: TimeSpan.FromHours(1));
        trial.MoveTo(boost.ExpiresAt + TimeSpan.FromMilliseconds(offset));
        Assert.Equal(outcome, trial.Request("a", Ada, PlanOf(10), Function(20)).Outcome);
    }

    [Fact, Trait("Behaviour", "B72")]
    public void Boost_ThatEndsWhileARunHoldsIt_PaysWhatWasHeldAndNoMore()
    {
        var trial = Trial.WithSlots(1);
        trial.Teach(Ada, Function(60), 12, 12, 12);
        trial.Grant("b", Ada, 60_000, lasts: TimeSpan.FromSeconds(11));
        trial.Run("a", Ada, PlanOf(10), Function(60));
        Assert.Equal(GpuTime.FromSeconds(2), trial.Credit("b", Ada).Held);
        trial.LiveUntil(Start + TimeSpan.FromMinutes(2));
        Assert.Equal("allowance 10000 + boost 2000", trial.PaidBy("a"));
        Assert.Equal((ExitClass.OutOfFunds, GpuTime.Zero), (trial["a"].Ending!.Exit, trial.Credit("b", Ada).Held));
    }

    [Theory]
    [InlineData(18_000, 30_000)]
    [InlineData(18_001, 40_000)]
    public void Boost_ThatEndsWhileARunDrawsOnIt_GivesNoFurtherSlice(long lasts, long charged)
    {
        // 8 s of it are held from the start; the next slice is wanted after 18 s, and only a boost that goes on until then gives it.
        var trial = Trial.WithSlots(1);
        trial.Teach(Ada, Function(60), 18, 18, 18);
        trial.Grant("b", Ada, 60_000, lasts: TimeSpan.FromMilliseconds(lasts));
        trial.Grant("later", Ada, 12_000, lasts: TimeSpan.FromDays(2));
        trial.Run("a", Ada, PlanOf(10), Function(60));
        trial.LiveUntil(Start + TimeSpan.FromMinutes(2));
        Assert.Equal(charged, trial["a"].Ending!.Charged.Milliseconds);
    }

    [Fact]
    public void Credits_OfOneKind_PayTheOneThatEndsFirst()
    {
        var trial = Trial.WithSlots(1);
        trial.Grant("late", Ada, 5_000, lasts: TimeSpan.FromHours(9));
        trial.Grant("soon", Ada, 5_000, lasts: TimeSpan.FromHours(3));
        trial.Run("a", Ada, PlanOf(1), Function(4));
        trial.Pass(4);
        trial.Release("a");
        Assert.Equal((GpuTime.FromSeconds(3), GpuTime.Zero), (trial.Credit("soon", Ada).Spent, trial.Credit("late", Ada).Spent));
    }

    [Fact, Trait("Behaviour", "B33")]
    public void Grant_GivenAgain_IsDoneOnceAndOtherContentIsNamed()
    {
        var trial = Trial.WithSlots(1);
        var grant = new GrantCredit(Ada, new("g"), CreditKind.Credit, GpuTime.FromSeconds(60), trial.Now + Purses.Day, "a slow day", "root");
        Assert.Equal(InstructionOutcome.Done, trial.Tell(grant));
        Assert.Equal(InstructionOutcome.AlreadyDone, trial.Tell(grant));
        Assert.Empty(trial.Entries);
        trial.Pass(100);
        Assert.Equal(InstructionOutcome.AlreadyDone, trial.Tell(grant));
        Assert.Equal(InstructionOutcome.AlreadyDoneWithOtherContent, trial.Tell(grant with { Amount = GpuTime.FromSeconds(61) }));
        Assert.Equal(GpuTime.FromSeconds(60), trial.Credit("g", Ada).Amount);
    }

    [Theory]
    [InlineData(0, 60_000, InstructionOutcome.AmountInvalid)]
    [InlineData(1, 60_000, InstructionOutcome.Done)]
    [InlineData(31L * 86_400_000, 60_000, InstructionOutcome.Done)]
    [InlineData(31L * 86_400_000 + 1, 60_000, InstructionOutcome.AmountInvalid)]
    [InlineData(long.MaxValue, 60_000, InstructionOutcome.AmountInvalid)]
    [InlineData(1_000, 0, InstructionOutcome.ExpiryInvalid)]
    [InlineData(1_000, 1, InstructionOutcome.Done)]
    [InlineData(1_000, 366L * 86_400_000, InstructionOutcome.Done)]
    [InlineData(1_000, 366L * 86_400_000 + 1, InstructionOutcome.ExpiryInvalid)]
    public void Grant_AroundWhatMayBeGranted_IsDoneUpToIt(long amount, long lasts, InstructionOutcome outcome)
    {
        var trial = Trial.WithSlots(1);
        Assert.Equal(outcome, trial.Tell(new GrantCredit(Ada, new("g"), CreditKind.Boost, new(amount), trial.Now + TimeSpan.FromMilliseconds(lasts), "why", "root")));
    }

    [Fact]
    public void Grant_OfMoreCreditsThanOneMayHave_IsRefused()
    {
        var trial = Trial.WithSlots(1);
        for (var i = 0; i < Credits.MostUsable; i++) trial.Grant("g" + i, Ada, 1);
        Assert.Equal(InstructionOutcome.TooMany, trial.Tell(new GrantCredit(Ada, new("more"), CreditKind.Boost, new(1), trial.Now + Purses.Day, "why", "root")));
        trial.Pass(86_400);
        trial.Grant("next", Ada, 1);
    }

    [Fact, Trait("Behaviour", "B33")]
    public void Withdraw_OfACreditInUse_LeavesTheRunWhatItHolds()
    {
        var trial = Trial.WithSlots(1);
        trial.Grant("b", Ada, 60_000);
        trial.Run("a", Ada, PlanOf(10), Function(30));
        Assert.Equal(InstructionOutcome.Done, trial.Tell(new WithdrawCredit(Ada, new("b"), "a mistake", "root")));
        Assert.Equal(GpuTime.FromSeconds(40), Assert.Single(trial.Entries.OfType<CreditWithdrawn>()).Unspent);
        Assert.Equal(InstructionOutcome.AlreadyDone, trial.Tell(new WithdrawCredit(Ada, new("b"), "a mistake", "root")));
        Assert.Equal(InstructionOutcome.CreditUnknown, trial.Tell(new WithdrawCredit(Ada, new("x"), "a mistake", "root")));
        Assert.Equal(GpuTime.Zero, trial.Read(Ada, PlanOf(10)).LeftInAll);
        trial.Pass(30);
        trial.Release("a");
        Assert.Equal("allowance 10000 + boost 20000", trial.PaidBy("a"));
    }

    [Fact]
    public void Wait_OnAPurseThatEndsMeanwhile_KeepsWhatItHolds()
    {
        var trial = Trial.WithSlots(1);
        trial.Run("first", Bob, PlanOf(120), Function(60));
        trial.Grant("b", Ada, 20_000, lasts: TimeSpan.FromSeconds(30));
        trial.Request("a", Ada, PlanOf(10), Function(30), request => request with { WaitLimit = TimeSpan.FromMinutes(5) });
        trial.Pass(60);
        trial.Release("first");
        trial.Allow("a");
        trial.Pass(30);
        trial.Release("a");
        Assert.Equal("allowance 10000 + boost 20000", trial.PaidBy("a"));
    }

    [Fact]
    public void Purses_AfterARestart_AreWhatTheyWere()
    {
        var trial = Trial.WithSlots(1);
        trial.Grant("b", Ada, 20_000);
        trial.Ceiling(Ada, 5_000);
        trial.Run("a", Ada, PlanOf(10), Function(30));
        trial.Pass(2);
        trial.Store.KeepEvidence(trial.Now);
        trial.Restart(1, Worker());
        Assert.Equal((GpuTime.FromSeconds(20), GpuTime.FromSeconds(5)), (trial.Credit("b", Ada).Held, trial.Books.LedgerOf(Ada).Ceilings.Beyond));
        trial.Pass(8);
        trial.Release("a");
        // 2 s before, 8 s after: the second in which the hub was down is nobody's.
        Assert.Equal("allowance 10000", trial.PaidBy("a"));
        Assert.Equal(GpuTime.FromSeconds(20), trial.Read(Ada, PlanOf(10)).LeftInAll);
    }
}
