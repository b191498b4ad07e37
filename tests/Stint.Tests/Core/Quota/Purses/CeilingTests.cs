using Stint.Core.Identities;
using Stint.Core.Leasing;
using Stint.Core.Leasing.Instructions;
using Stint.Core.Quota;
using Stint.Core.Quota.Purses;
using Stint.Tests.Fakes;
using Xunit;
using static Stint.Tests.Fakes.Samples;

namespace Stint.Tests.Core.Quota.Purses;

public sealed class CeilingTests
{
    [Theory, Trait("Behaviour", "B52")]
    [InlineData(null, RefusalCause.CeilingReached)]
    [InlineData(19_999L, RefusalCause.CeilingReached)]
    [InlineData(20_000L, null)]
    public void Credit_WithoutACeilingThatLetsIt_IsNotTouched(long? ceiling, RefusalCause? cause)
    {
        var trial = Trial.WithSlots(1);
        trial.Grant("c", Ada, 60_000, CreditKind.Credit);
        if (ceiling is not null) trial.Ceiling(Ada, ceiling);
        var reply = trial.Request("a", Ada, PlanOf(10), Function(30));
        Assert.Equal(cause, reply.Refusal?.Main.Cause);
        Assert.All(reply.Refusal?.Reasons ?? [], reason => Assert.True(reason.Required > reason.Left));
    }

    [Fact, Trait("Behaviour", "B52")]
    public void Ceiling_OfAWindow_CountsWhatIsSpentAndHeldInIt()
    {
        var trial = Trial.WithSlots(2);
        trial.Grant("c", Ada, 600_000, CreditKind.Credit, TimeSpan.FromDays(9));
        trial.Ceiling(Ada, 30_000);
        trial.Run("a", Ada, PlanOf(10), Function(25));
        trial.Pass(25);
        trial.Release("a");
        Assert.Equal("allowance 10000 + credit 15000", trial.PaidBy("a"));
        trial.Run("b", Ada, PlanOf(10), Function(10), request => request with { TaskId = 2 });
        Assert.Equal(RefusalCause.CeilingReached, trial.Request("c", Ada, PlanOf(10), Function(6)).Refusal!.Main.Cause);
        Assert.Equal(RequestLeaseOutcome.Queued, trial.Request("d", Ada, PlanOf(10), Function(5)).Outcome);
        trial.Release("b");
        trial.Cancel("d");
        trial.MoveTo(Start + Purses.Day);
        Assert.Equal(new GpuTime(40_000), trial.Read(Ada, PlanOf(10)).LeftInAll);
    }

    [Fact, Trait("Behaviour", "B52")]
    public void Ceiling_OfMyOwnCredits_DoesNotCountWhatASponsorPays()
    {
        var (trial, fund) = (Trial.WithSlots(2), IdentityId.OfSponsor("fund"));
        trial.Grant("f", fund, 20_000, CreditKind.Credit);
        trial.Run("a", Ada, PlanOf(10), Function(30), request => request with { Sponsors = [fund] });
        trial.Grant("c", Ada, 60_000, CreditKind.Credit);
        trial.Ceiling(Ada, 15_000);
        trial.Run("b", Ada, PlanOf(10), Function(15), request => request with { TaskId = 2 });
        trial.LiveUntil(Start + TimeSpan.FromMinutes(1));
        Assert.Equal(("allowance 10000 + sponsor 20000", "credit 15000"), (trial.PaidBy("a"), trial.PaidBy("b")));
    }

    [Fact, Trait("Behaviour", "B52")]
    public void Ceiling_ThatARunComesTo_StopsItThere()
    {
        var trial = Trial.WithSlots(1);
        trial.Teach(Ada, Function(60), 2, 2, 2);
        trial.Grant("c", Ada, 600_000, CreditKind.Credit);
        trial.Ceiling(Ada, 12_345);
        trial.Run("a", Ada, PlanOf(10), Function(60));
        trial.LiveUntil(Start + TimeSpan.FromMinutes(2));
        Assert.Equal("allowance 10000 + credit 12345", trial.PaidBy("a"));
    }

    [Theory, Trait("Behaviour", "B53")]
    [InlineData(20_000, true)]
    [InlineData(20_001, false)]
    public void Space_WithACeilingOfMyOwn_IsBoundedByIt(long declared, bool admitted)
    {
        var trial = Trial.WithSlots(1);
        Assert.Equal(InstructionOutcome.Done, trial.Tell(new SetCeiling(Ada, Paint, GpuTime.FromSeconds(30))));
        trial.Run("a", Ada, PlanOf(600), Function(10));
        trial.Pass(10);
        trial.Release("a");
        var reason = trial.Request("b", Ada, PlanOf(600), Function() with { DeclaredMilliseconds = declared }).Refusal?.Main;
        Assert.Equal(admitted ? null : RefusalCause.SpaceCeilingReached, reason?.Cause);
        if (reason is not null) Assert.Equal((GpuTime.FromSeconds(20), Start + Purses.Day), (reason.Left!.Value, reason.RetryAt!.Value));
        Assert.Equal(RequestLeaseOutcome.Queued, trial.Request("elsewhere", Ada, PlanOf(600), Function(100, space: Sing)).Outcome);
        Assert.Equal(RequestLeaseOutcome.Queued, trial.Request("other", Bob, PlanOf(600), Function(100)).Outcome);
    }

    [Fact, Trait("Behaviour", "B53")]
    public void Ceiling_OfASpace_StopsARunThatComesToIt()
    {
        var trial = Trial.WithSlots(1);
        trial.Teach(Ada, Function(60), 2, 2, 2);
        trial.Tell(new SetCeiling(Ada, Paint, new GpuTime(23_456)));
        trial.Run("a", Ada, PlanOf(600), Function(60));
        trial.LiveUntil(Start + TimeSpan.FromMinutes(2));
        var ending = trial["a"].Ending!;
        Assert.Equal((23_456L, ExitClass.OutOfFunds, "space-ceiling"), (ending.Charged.Milliseconds, ending.Exit, ending.Cause));
    }

    [Fact]
    public void Ceiling_SetAgain_ChangesNothingAndTakenAwayBindsNoMore()
    {
        var trial = Trial.WithSlots(1);
        var set = new SetCeiling(Ada, Paint, GpuTime.FromSeconds(5));
        Assert.Equal((InstructionOutcome.Done, InstructionOutcome.AlreadyDone), (trial.Tell(set), trial.Tell(set)));
        Assert.Equal(RequestLeaseOutcome.Refused, trial.Request("a", Ada, PlanOf(600), Function(6)).Outcome);
        Assert.Equal(InstructionOutcome.Done, trial.Tell(set with { Limit = null }));
        Assert.Equal(RequestLeaseOutcome.Queued, trial.Request("b", Ada, PlanOf(600), Function(6)).Outcome);
        Assert.Equal(InstructionOutcome.AlreadyDone, trial.Tell(new SetCeiling(Ada, null, null)));
    }
}
