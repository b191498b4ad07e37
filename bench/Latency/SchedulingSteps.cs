using System.Diagnostics;
using Stint.Core.Identities;
using Stint.Core.Leasing;
using Stint.Core.Leasing.Decisions;
using Stint.Core.Plans;
using Stint.Core.Quota;
using Stint.Core.Spaces;

namespace Stint.Bench.Latency;

/// <summary>What a step of the scheduler takes with so many tickets before so many slots: one lease ends, the next ticket is granted.</summary>
internal sealed class SchedulingSteps
{
    private const int Identities = 5_000;

    private static readonly Plan Plan = new("bench", GpuTime.FromSeconds(2_000_000_000), 1, TimeSpan.FromHours(1), 0);
    private static readonly SpaceId Space = new("bench", "space");
    private static readonly FunctionKey Function = new(Space, "/bench", SlotSize.Large, 3_600_000);

    private readonly Books books = new(identity => new Ledger(identity), function => new FunctionHistory(function), _ => null);
    private readonly Queue<ReservationId> leased = new();
    private long next;
    private Instant now = new(1_700_000_000_000);

    public SchedulingSteps(int slots, int tickets)
    {
        Decide.Handle(books, new JoinSlots("bench", [.. Enumerable.Range(0, slots).Select(i => new Slot(new($"bench/{i:00000}"), "bench", i, $"GPU-{i}", SlotSize.Large))]), now);
        for (var i = 0; i < slots + tickets; i++) Ask();
        Grant();
        for (var i = 0; i < 2_000; i++) Step();
    }

    /// <returns>Microseconds of each step, shortest first.</returns>
    public double[] Run(int steps) => [.. Enumerable.Range(0, steps).Select(_ => Step()).Order()];

    private double Step()
    {
        var began = Stopwatch.GetTimestamp();
        Decide.Handle(books, new ReleaseLease(leased.Dequeue(), Space, Failed: false), now);
        var took = Grant(began);
        Ask();
        now += TimeSpan.FromMilliseconds(1);
        return took;
    }

    private double Grant(long began = 0)
    {
        Decide.AdvanceTo(books, now);
        var took = Stopwatch.GetElapsedTime(began).TotalMicroseconds;
        foreach (var entry in books.TakeChanges().Entries)
            if (entry is LeaseGranted granted)
            {
                leased.Enqueue(granted.Reservation);
                Decide.Handle(books, new AllowWorker(granted.Reservation, Space, new WorkerProcess(2, 1, false)), now);
            }

        return took;
    }

    private void Ask()
    {
        var number = next++;
        var identity = new IdentityId($"account:{number % Identities}");
        Decide.Handle(books, new RequestLease(new($"r_{number:0000000000}"), new($"f_{number}"), identity, Plan, Function, number, Weight.One, $"e_{number}", TimeSpan.FromHours(10)), now);
        books.TakeChanges();
    }
}
