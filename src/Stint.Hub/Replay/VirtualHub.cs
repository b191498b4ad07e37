using Stint.Core.Leasing;
using Stint.Core.Leasing.Decisions;
using Stint.Core.Leasing.Forecasts;
using Stint.Core.Plans;
using Stint.Core.Quota;
using Stint.Core.Spaces;

namespace Stint.Hub.Replay;

/// <summary>
/// The hub's own decisions in virtual time: every request of a workload goes through <see cref="Decide"/>, every run ends
/// when the trace says or when the hub stops it, and nothing else happens. The same input always comes to the same end.
/// </summary>
/// <remarks>At one moment: runs end first, then requests arrive, then slots are granted; as in one batch of the engine.</remarks>
internal sealed class VirtualHub
{
    private const string Owner = "trace";
    private static readonly TimeSpan WaitLimit = TimeSpan.FromDays(10 * 366);

    private readonly Workload workload;
    private readonly Plan plan;
    private readonly Books books;
    private readonly Policy? policy;
    private readonly PriorityQueue<Course, (Instant At, ReservationId Id)> running = new();
    private readonly Dictionary<SpaceId, FunctionHistory> histories = [];
    private readonly ForecastRecord forecasts = new();

    /// <param name="asking">What a request asks for.</param>
    /// <param name="policy">Another order of the queue; null for the hub's own.</param>
    public VirtualHub(Workload workload, Plan plan, int slots, AskRule asking, Policy? policy = null)
    {
        (this.workload, this.plan, this.policy) = (workload, plan, policy);
        books = new Books(identity => new Ledger(identity), HistoryOf, _ => null, asking, policy);
        var offered = Enumerable.Range(0, slots).Select(i => new Slot(new($"replay/{i:D4}"), "replay", i, $"GPU-{i}", SlotSize.Large));
        Decide.Handle(books, new JoinSlots("replay", [.. offered]), Workload.Start - TimeSpan.FromMilliseconds(1));
        books.TakeChanges();
        policy?.Watch(books);
    }

    /// <summary>Looks at a request before the gate does, and refuses it by saying what is left; null lets it pass. For rules that are none of the hub's.</summary>
    public Func<Ledger, Instant, GpuTime?>? Before { get; init; }

    /// <summary>True where everyone who has to wait is told on arrival when to expect the start, as the hub tells them.</summary>
    public bool Foretells { get; init; }

    /// <summary>Replays everything; each course then says what became of its request.</summary>
    public void Run()
    {
        var next = 0;
        while (next < workload.Courses.Count || running.Count > 0)
        {
            var now = next < workload.Courses.Count ? workload.Courses[next].ArrivedAt : Instant.Never;
            if (running.TryPeek(out _, out var soonest)) now = Instant.Min(now, soonest.At);
            now = Instant.Min(now, books.Agenda.Next);
            policy?.Elapse(now);
            while (running.TryPeek(out var course, out var end) && end.At == now)
            {
                running.Dequeue();
                Decide.Handle(books, new ReleaseLease(course.Id, SpaceOf(course.Request), course.Request.Failed), now);
            }

            var first = next;
            for (; next < workload.Courses.Count && workload.Courses[next].ArrivedAt == now; next++) Request(workload.Courses[next], now);
            Settle(now);
            if (Foretells) Foretell(first, next, now);
        }
    }

    private void Foretell(int first, int end, Instant now)
    {
        PoolPicture? picture = null;
        foreach (var course in workload.Courses.Skip(first).Take(end - first).Where(course => books.Find(course.Id) is { Phase: ReservationPhase.Queued }))
        {
            picture ??= PoolPicture.Of(books, now);
            if (Forecast.Of(picture, course.Id).Of(course.Id)?.Middle is not { } middle) continue;
            course.Told = (middle, forecasts.RangeOf(middle, now));
        }
    }

    private void Request(Course course, Instant now)
    {
        if (Before?.Invoke(books.LedgerOf(course.Request.Identity), now) is { } left)
        {
            course.LeftAtRefusal = left;
            return;
        }

        policy?.Arriving(course.Request.Identity);
        // The declared duration bounds the run and tells no function apart here (HistoryOf), so no estimate can read the answer from it.
        var function = new FunctionKey(SpaceOf(course.Request), "/run", SlotSize.Large, (long)course.Request.Declared.TotalMilliseconds);
        var command = new RequestLease(
            course.Id, new RefusalId(course.Id.Value), course.Request.Identity, plan, function, 1, Weight.One, course.Id.Value, WaitLimit);
        if (Decide.Handle(books, command, now) is RequestLeaseReply { Refusal: { } refusal }) course.LeftAtRefusal = refusal.Reading!.Left;
    }

    /// <summary>Grants what fits and lets the world answer, until nothing follows from anything.</summary>
    private void Settle(Instant now)
    {
        while (true)
        {
            Decide.AdvanceTo(books, now);
            var changes = books.TakeChanges();
            if (changes.Entries.Count == 0) return;
            foreach (var entry in changes.Entries) Answer(entry, now);
        }
    }

    private void Answer(Entry entry, Instant now)
    {
        switch (entry)
        {
            case LeaseGranted granted:
                var course = workload.Find(granted.Reservation);
                course.Lease = granted.Lease;
                if (course.Told is var (middle, _)) forecasts.Learn(middle, course.Wait);
                running.Enqueue(course, (now + course.Request.Run, course.Id));
                var worker = new WorkerProcess(int.Parse(course.Id.Value) + 1, 0, Proven: true);
                Decide.Handle(books, new AllowWorker(course.Id, SpaceOf(course.Request), worker), now);
                break;
            case ReservationEnded ended:
                workload.Find(ended.Reservation).Ending = ended.Ending;
                var slot = books.Pool.Slots[workload.Find(ended.Reservation).Lease!.Slot];
                // Stopping a worker takes no time here: what it takes in the world is the house's and nobody's quota.
                if (slot.Leaving is { } leaving) Decide.Handle(books, new ReportWorkerGone(slot.Id, leaving), now);
                break;
        }
    }

    private static SpaceId SpaceOf(TraceRequest request) => new(Owner, request.Model);

    private FunctionHistory HistoryOf(FunctionKey key)
    {
        if (!histories.TryGetValue(key.Space, out var history)) histories[key.Space] = history = new FunctionHistory(key);
        return history;
    }
}
