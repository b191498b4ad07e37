using Stint.Core.Identities;
using Stint.Core.Leasing;
using Stint.Core.Quota;
using Stint.Core.Quota.Purses;
using Stint.Hub.Engine;
using Stint.Tests.Fakes;
using Xunit;
using static Stint.Tests.Fakes.Samples;

namespace Stint.Tests.Core.Quota.Purses;

public sealed class SplitTests
{
    private static readonly IdentityId Fund = IdentityId.OfSponsor("fund");

    [Theory, Trait("Behaviour", "B25")]
    [InlineData(0, "")]
    [InlineData(1, "allowance 1")]
    [InlineData(9_999, "allowance 9999")]
    [InlineData(10_000, "allowance 10000")]
    [InlineData(10_001, "allowance 10000 + boost 1")]
    [InlineData(11_000, "allowance 10000 + boost 1000")]
    [InlineData(15_000, "allowance 10000 + boost 5000")]
    [InlineData(15_001, "allowance 10000 + boost 5000 + credit 1")]
    [InlineData(22_000, "allowance 10000 + boost 5000 + credit 7000")]
    [InlineData(22_001, "allowance 10000 + boost 5000 + credit 7000 + sponsor 1")]
    [InlineData(30_000, "allowance 10000 + boost 5000 + credit 7000 + sponsor 8000")]
    public void Charge_OfEveryLength_FillsThePursesInOrder(long milliseconds, string paid)
    {
        var trial = WithFourPurses();
        trial.Run("a", Ada, PlanOf(10), Function(30), request => request with { Sponsors = [Fund] });
        trial.PassMilliseconds(milliseconds);
        trial.Release("a");
        Assert.Equal(paid, trial.PaidBy("a"));
        Assert.Equal(milliseconds, trial["a"].Ending!.Charged.Milliseconds);
        Assert.Equal(GpuTime.Zero, trial.Credit("b", Ada).Held + trial.Credit("c", Ada).Held + trial.Credit("s", Fund).Held);
    }

    [Theory, Trait("Behaviour", "B25")]
    [InlineData(30_000, RequestLeaseOutcome.Queued)]
    [InlineData(30_001, RequestLeaseOutcome.Refused)]
    public void Gate_OfAllPursesTogether_AdmitsWhatExactlyFits(long declared, RequestLeaseOutcome outcome)
    {
        var trial = WithFourPurses();
        var reply = trial.Request("a", Ada, PlanOf(10), Function() with { DeclaredMilliseconds = declared }, request => request with { Sponsors = [Fund] });
        Assert.Equal(outcome, reply.Outcome);
        Assert.All(reply.Refusal?.Reasons ?? [], reason => Assert.True(reason.Required > reason.Left));
    }

    [Fact, Trait("Behaviour", "B25")]
    public void Remainder_OfOneSecond_IsUsedBeforeTheNextPurse()
    {
        var trial = Trial.WithSlots(1);
        trial.Grant("b", Ada, 60_000);
        trial.Run("first", Ada, PlanOf(10), Function(9));
        trial.Pass(9);
        trial.Release("first");
        trial.Run("a", Ada, PlanOf(10), Function(5));
        trial.Pass(5);
        trial.Release("a");
        Assert.Equal("allowance 1000 + boost 4000", trial.PaidBy("a"));
    }

    [Fact]
    public void Run_PastItsAllowance_GoesOnSliceBySliceOfTheNextPurse()
    {
        var trial = Trial.WithSlots(1);
        trial.Teach(Ada, Function(60), 2, 2, 2);
        trial.Grant("b", Ada, 25_000);
        trial.Run("a", Ada, PlanOf(10), Function(60));
        Assert.Equal(GpuTime.Zero, trial.Credit("b", Ada).Held);
        trial.LiveUntil(Start + TimeSpan.FromMilliseconds(10_001));
        Assert.Equal(GpuTime.FromSeconds(10), trial.Credit("b", Ada).Held);
        Assert.Equal(GpuTime.FromSeconds(15), trial.Read(Ada, PlanOf(10)).LeftInAll);
        trial.LiveUntil(Start + TimeSpan.FromMilliseconds(20_001));
        Assert.Equal(GpuTime.FromSeconds(20), trial.Credit("b", Ada).Held);
        trial.LiveUntil(Start + TimeSpan.FromMinutes(1));
        Assert.Equal(ExitClass.OutOfFunds, trial["a"].Ending!.Exit);
        Assert.Equal("allowance 10000 + boost 25000", trial.PaidBy("a"));
    }

    [Fact]
    public void Runs_SideBySide_NeverSpendMoreThanAllPursesHold()
    {
        for (var seed = 0; seed < 40; seed++)
        {
            var random = new Random(seed);
            var trial = Trial.WithSlots(4);
            trial.Teach(Ada, Function(30), 1 + random.Next(4), 2, 3);
            var sum = 0L;
            for (var i = 0; i < 4; i++)
            {
                var amount = random.Next(1, 12_000);
                sum += amount;
                trial.Grant("b" + i, Ada, amount, random.Next(2) == 0 ? CreditKind.Boost : CreditKind.Credit, TimeSpan.FromHours(2 + random.Next(5)));
            }

            trial.Ceiling(Ada, 60_000);
            for (var i = 0; i < 60; i++)
            {
                trial.Request("r" + i, Ada, PlanOf(20), Function(30), request => request with { Weight = new(random.Next(3) switch { 0 => 1000, 1 => 1500, _ => 333 }), TaskId = i });
                if (random.Next(4) > 0) trial.Allow("r" + i, worker: Worker(i + 1));
                trial.PassMilliseconds(random.Next(2_500));
                if (random.Next(3) == 0) trial.Release("r" + random.Next(i + 1));
                foreach (var slot in trial.Books.Pool.Slots.Values.Where(slot => slot.Leaving is not null).ToList()) trial.Send<Done>(new ReportWorkerGone(slot.Id, slot.Leaving!));
            }

            trial.LiveUntil(trial.Now + TimeSpan.FromMinutes(2));
            var ledger = trial.Books.LedgerOf(Ada);
            Assert.Empty(ledger.Leased);
            var charged = trial.Store.Entries.OfType<ReservationEnded>().Sum(ended => ended.Ending.Charged.Milliseconds);
            Assert.Equal(charged, ledger.Current!.Spent.Milliseconds + ledger.Credits.InOrder.Sum(credit => credit.Spent.Milliseconds));
            Assert.True(charged <= 20_000 + sum, $"seed {seed}: {charged} of {20_000 + sum}");
            Assert.All(ledger.Credits.InOrder, credit => Assert.Equal(GpuTime.Zero, credit.Held));
        }
    }

    [Fact, Trait("Behaviour", "B50")]
    public void Sponsor_ThatIsSharedByTwo_PaysEachExactlyAndStopsAtZero()
    {
        var trial = Trial.WithSlots(2);
        trial.Grant("s", Fund, 30_000);
        trial.Run("a", Ada, PlanOf(10), Function(25), request => request with { Sponsors = [Fund] });
        trial.Run("b", Bob, PlanOf(10), Function(25), request => request with { Sponsors = [Fund], TaskId = 2 });
        Assert.Equal(RequestLeaseOutcome.Refused, trial.Request("c", Bob, PlanOf(10), Function(1), request => request with { Sponsors = [Fund] }).Outcome);
        trial.Pass(20);
        trial.Release("a");
        trial.Release("b");
        Assert.Equal(("allowance 10000 + sponsor 10000", "allowance 10000 + sponsor 10000"), (trial.PaidBy("a"), trial.PaidBy("b")));
        Assert.Equal((GpuTime.FromSeconds(20), GpuTime.Zero), (trial.Credit("s", Fund).Spent, trial.Credit("s", Fund).Held));
    }

    [Fact]
    public void Request_WhoseSponsorAnotherHubHasJustUsed_IsDecidedAgainByWhatIsLeft()
    {
        var trial = Trial.WithSlots(1);
        trial.Grant("s", Fund, 10_000);
        var other = new DecisionStep(trial.Store);
        other.Step([new Received(Request("b", Bob, PlanOf(5), Function(11)) with { Sponsors = [Fund] }, trial.Now)], trial.Now);
        var reply = trial.Request("a", Ada, PlanOf(5), Function(15), request => request with { Sponsors = [Fund] });
        Assert.Equal((RequestLeaseOutcome.Refused, new GpuTime(9_000)), (reply.Outcome, reply.Refusal!.Main.Left!.Value));
        Assert.Equal(GpuTime.FromSeconds(6), trial.Credit("s", Fund).Held);
    }

    [Fact]
    public void FaultOfTheHouse_ChargesNoPurseAndGivesAllBack()
    {
        var trial = WithFourPurses();
        trial.Request("a", Ada, PlanOf(10), Function(30), request => request with { Sponsors = [Fund] });
        trial.Pass(5);
        trial.Restart(1);
        Assert.Equal("", trial.PaidBy("a"));
        Assert.Equal(GpuTime.FromSeconds(22), trial.Read(Ada, PlanOf(10)).LeftInAll);
        Assert.Equal(GpuTime.Zero, trial.Credit("s", Fund).Held);
    }

    private static Trial WithFourPurses()
    {
        var trial = Trial.WithSlots(1);
        trial.Grant("c", Ada, 7_000, CreditKind.Credit);
        trial.Grant("b", Ada, 5_000);
        trial.Grant("s", Fund, 8_000, CreditKind.Credit);
        trial.Ceiling(Ada, 7_000);
        return trial;
    }
}
