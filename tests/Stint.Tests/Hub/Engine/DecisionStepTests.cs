using Stint.Core.Leasing;
using Stint.Core.Quota;
using Stint.Hub.Engine;
using Stint.Prove.Faults;
using Xunit;
using static Stint.Tests.Fakes.Samples;

namespace Stint.Tests.Hub.Engine;

public sealed class DecisionStepTests
{
    private readonly MemoryLedgerStore store = new();

    [Theory]
    [InlineData(Mishap.Fails)]
    [InlineData(Mishap.CrashesBefore)]
    public void Step_WhoseCommitKeepsNothing_LeavesTheStateAsItWas(Mishap mishap)
    {
        var step = Started();
        store.Next = mishap;
        Assert.ThrowsAny<Exception>(() => Ask(step, "a"));
        if (mishap == Mishap.CrashesBefore) step = new DecisionStep(store);
        Assert.Equal(GpuTime.FromSeconds(100), Left(step));
        Assert.Empty(step.Books.Open);
        Assert.Equal(RequestLeaseOutcome.Queued, ((RequestLeaseReply)Ask(step, "a").Replies[0]).Outcome);
        Assert.Equal(GpuTime.FromSeconds(40), Left(step));
    }

    [Fact]
    public void Step_ThatMeetsAnotherWriter_DecidesAgainFromWhatIsKept()
    {
        var step = Started();
        Assert.Equal(GpuTime.FromSeconds(100), Left(step));
        Ask(new DecisionStep(store), "theirs");
        Assert.Equal(GpuTime.FromSeconds(100), Left(step));
        // Decided from memory it would fit; after the reload it does not.
        var reply = (RequestLeaseReply)Ask(step, "mine").Replies[0];
        Assert.Equal(RequestLeaseOutcome.Refused, reply.Outcome);
        Assert.Equal(GpuTime.FromSeconds(40), reply.Refusal!.Main.Left);
    }

    [Fact]
    public void Step_ThatKeepsMeetingAnotherWriter_GivesUpByName()
    {
        var always = new AlwaysConflicts(store);
        var step = new DecisionStep(always);
        Assert.Throws<StoreFailedException>(() => step.Step([new(new JoinSlots("n0", [SlotNamed("n0/0")]), Start)], Start));
    }

    [Fact]
    public void Step_AfterACrashBehindTheCommit_FindsWhatWasKept()
    {
        var step = Started();
        store.Next = Mishap.CrashesAfter;
        Assert.Throws<CrashException>(() => Ask(step, "a"));
        step = new DecisionStep(store);
        Assert.Equal("a", Assert.Single(step.Books.Open).Id.Value);
        Assert.Equal(RequestLeaseOutcome.AlreadyRequested, ((RequestLeaseReply)Ask(step, "a").Replies[0]).Outcome);
    }

    [Fact]
    public void Step_WithStampsOutOfOrder_NeverRunsBackwards()
    {
        var step = Started();
        var (later, sooner) = (Start + TimeSpan.FromSeconds(5), Start + TimeSpan.FromSeconds(3));
        var result = step.Step([new(Request("a", Ada, PlanOf(100), Function(1)), later), new(Request("b", Ada, PlanOf(100), Function(1)), sooner)], sooner);
        Assert.Equal(later, result.Now);
        Assert.All(result.Entries, entry => Assert.Equal(later, entry.At));
    }

    [Fact]
    public void Step_WithNothingToDo_CommitsNothing()
    {
        var step = Started();
        var commits = store.Commits;
        step.Step([], Start + TimeSpan.FromHours(1));
        step.Step([new(new ReleaseLease(new("nobody"), Paint, false), Start)], Start);
        Assert.Equal(commits, store.Commits);
    }

    private static GpuTime Left(DecisionStep step) => step.Books.LedgerOf(Ada).Read(PlanOf(100), Start).Left;

    private static StepResult Ask(DecisionStep step, string id) => step.Step([new(Request(id, Ada, PlanOf(100), Function()), Start)], Start);

    private DecisionStep Started()
    {
        var step = new DecisionStep(store);
        step.Step([new(new JoinSlots("n0", [SlotNamed("n0/0")]), Start)], Start);
        return step;
    }

    private sealed class AlwaysConflicts(ILedgerStore inner) : ILedgerStore
    {
        public Ledger LoadLedger(Stint.Core.Identities.IdentityId identity) => inner.LoadLedger(identity);
        public FunctionHistory LoadHistory(Stint.Core.Spaces.FunctionKey key) => inner.LoadHistory(key);
        public Reservation? LoadReservation(ReservationId id) => inner.LoadReservation(id);
        public IReadOnlyList<Slot> LoadSlots() => inner.LoadSlots();
        public IReadOnlyList<Reservation> LoadOpen() => inner.LoadOpen();
        public CommitOutcome Commit(Changes changes, Instant now) => CommitOutcome.Conflict;
        public Instant? LastEvidence() => inner.LastEvidence();
        public void KeepEvidence(Instant now) => inner.KeepEvidence(now);
    }
}
