using Stint.Core.Identities;
using Stint.Core.Leasing;
using Stint.Core.Plans;
using Stint.Core.Quota;
using Stint.Core.Spaces;
using Stint.Hub.Engine;
using Stint.Prove.Faults;

namespace Stint.Tests.Fakes;

/// <summary>The real decision step over a store in memory, in a time that moves only when a test says so.</summary>
internal sealed class Trial
{
    private DecisionStep step;

    public Trial(params Slot[] slots)
    {
        step = new DecisionStep(Store);
        Send<NodeReply>(new JoinSlots("n0", slots));
    }

    /// <summary>A trial over so many slots for half a card each.</summary>
    public static Trial WithSlots(int count) => new([.. Enumerable.Range(0, count).Select(i => Samples.SlotNamed($"n0/{i}"))]);

    public MemoryLedgerStore Store { get; } = new();
    public Instant Now { get; private set; } = Samples.Start;
    public Books Books => step.Books;
    public Instant NextDue => step.NextDue;

    /// <summary>What the last step kept.</summary>
    public IReadOnlyList<Entry> Entries { get; private set; } = [];

    public TReply Send<TReply>(Command command) where TReply : Reply => (TReply)Batch(command)[0];

    public IReadOnlyList<Reply> Batch(params Command[] commands)
    {
        var result = step.Step([.. commands.Select(command => new Received(command, Now))], Now);
        Entries = result.Entries;
        return result.Replies;
    }

    public void MoveTo(Instant at)
    {
        Now = at;
        Batch();
    }

    public void Pass(double seconds) => MoveTo(Now + TimeSpan.FromSeconds(seconds));

    public void PassMilliseconds(long milliseconds) => MoveTo(Now + TimeSpan.FromMilliseconds(milliseconds));

    /// <summary>Lets the step run at every moment it asks for, as the engine does, until <paramref name="at"/>.</summary>
    public void LiveUntil(Instant at)
    {
        while (step.NextDue <= at) MoveTo(step.NextDue);
        MoveTo(at);
    }

    public RequestLeaseReply Request(string id, IdentityId who, Plan plan, FunctionKey function, Func<RequestLease, RequestLease>? but = null)
    {
        var request = Samples.Request(id, who, plan, function);
        return Send<RequestLeaseReply>(but is null ? request : but(request));
    }

    /// <summary>Requests, expects a slot at once, and names its worker.</summary>
    public Lease Run(string id, IdentityId who, Plan plan, FunctionKey function, Func<RequestLease, RequestLease>? but = null)
    {
        var reply = Request(id, who, plan, function, but);
        Invariant(reply.Outcome == RequestLeaseOutcome.Queued && this[id].Lease is not null, $"{id} got no lease: {reply}");
        Allow(id, this[id].Function.Space);
        return this[id].Lease!;
    }

    public AllowWorkerOutcome Allow(string id, SpaceId? space = null, WorkerProcess? worker = null) =>
        Send<AllowWorkerReply>(new AllowWorker(new(id), space ?? Samples.Paint, worker ?? Samples.Worker())).Outcome;

    public ReleaseLeaseReply Release(string id, SpaceId? space = null, bool failed = false) =>
        Send<ReleaseLeaseReply>(new ReleaseLease(new(id), space ?? Samples.Paint, failed));

    public CancelOutcome Cancel(string id, bool undelivered = false) => Send<CancelReply>(new Cancel(new(id), undelivered)).Outcome;

    /// <summary>The hub dies and comes back after so many seconds; the workers named are still there.</summary>
    public void Restart(double downSeconds, params WorkerProcess[] alive)
    {
        var evidence = Store.LastEvidence()!.Value;
        Now += TimeSpan.FromSeconds(downSeconds);
        step = new DecisionStep(Store);
        Send<Done>(new ResumeLeases(evidence, alive.ToHashSet()));
    }

    /// <summary>The same for a hub whose own machine is one node of several.</summary>
    public void Restart(double downSeconds, string here, TimeSpan grace)
    {
        var evidence = Store.LastEvidence()!.Value;
        Now += TimeSpan.FromSeconds(downSeconds);
        step = new DecisionStep(Store);
        Send<Done>(new ResumeLeases(evidence, new HashSet<WorkerProcess>()) { Here = here, Grace = grace });
    }

    /// <summary>A reservation as last kept, open or ended.</summary>
    public Reservation this[string id] => Store.LoadReservation(new ReservationId(id)) ?? throw new InvalidOperationException($"no reservation {id}");

    public QuotaReading Read(IdentityId who, Plan plan) => Books.LedgerOf(who).Read(plan, Now);

    /// <summary>Teaches a function that this identity's runs take so long, far in the past of the day under test.</summary>
    public void Teach(IdentityId who, FunctionKey function, params double[] seconds)
    {
        var history = Books.HistoryOf(function);
        foreach (var run in seconds) history.Learn(who, TimeSpan.FromSeconds(run));
    }

    private static void Invariant(bool condition, string says)
    {
        if (!condition) throw new InvalidOperationException(says);
    }
}
