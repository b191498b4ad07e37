using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Stint.Core.Identities;
using Stint.Core.Leasing;
using Stint.Core.Leasing.Decisions;
using Stint.Core.Plans;
using Stint.Core.Quota;
using Stint.Core.Spaces;

namespace Stint.Bench.Decisions;

/// <summary>
/// What deciding takes without a store: commands into entries and a reply, entries into the state. A run is three commands
/// (request, allow, release) with its grant between them, and the figures are per command.
/// </summary>
[MemoryDiagnoser]
public class DecisionBench
{
    private const int Identities = 256;
    private const int CommandsEach = 3;

    private static readonly Plan Plan = new("bench", GpuTime.FromSeconds(2_000_000_000), 1, TimeSpan.FromSeconds(60), 0);
    private static readonly SpaceId Space = new("bench", "space");
    private static readonly FunctionKey Function = new(Space, "/bench", SlotSize.Large, 1000);
    private static readonly Recognition Recognition = new(EvidenceKind.AccessToken);
    private static readonly IdentityId[] Named = [.. Enumerable.Range(0, Identities).Select(i => new IdentityId($"account:{i}"))];

    private readonly (RequestLease Request, AllowWorker Allow, ReleaseLease Release)[] runs = new (RequestLease, AllowWorker, ReleaseLease)[Identities];
    private Books books = null!;
    private Instant now = new(1_700_000_000_000);
    private long next;

    public static int Run()
    {
        var job = Job.Default.WithToolchain(InProcessEmitToolchain.Instance).WithInvocationCount(1).WithUnrollFactor(1).WithWarmupCount(100).WithIterationCount(100);
        BenchmarkRunner.Run<DecisionBench>(DefaultConfig.Instance.AddJob(job).WithArtifactsPath(Path.Combine(Path.GetTempPath(), "stint-bench-decide")));
        return 0;
    }

    [GlobalSetup]
    public void Join()
    {
        books = new Books(identity => new Ledger(identity), function => new FunctionHistory(function), _ => null);
        Decide.Handle(books, new JoinSlots("bench", [.. Enumerable.Range(0, Identities).Select(i => new Slot(new($"bench/{i:000}"), "bench", i, $"GPU-{i}", SlotSize.Large))]), now);
        books.TakeChanges();
    }

    /// <summary>Commands come from outside: making them is no part of deciding.</summary>
    [IterationSetup]
    public void MakeCommands()
    {
        for (var i = 0; i < Identities; i++)
        {
            var id = new ReservationId($"r_{next++:00000000000000000000000000}");
            runs[i] = (
                new RequestLease(id, new("f" + id.Value[1..]), Named[i], Plan, Function, i, Weight.One, $"event-{i}-{next / (Identities * 90)}", TimeSpan.FromMinutes(1)) { Recognition = Recognition },
                new AllowWorker(id, Space, new WorkerProcess(i + 2, 1, false)),
                new ReleaseLease(id, Space, Failed: false));
        }
    }

    [Benchmark(OperationsPerInvoke = Identities * CommandsEach)]
    public int DecideAndApply()
    {
        var replies = 0;
        foreach (var (request, _, _) in runs) replies += Decide.Handle(books, request, now) is RequestLeaseReply ? 1 : 0;
        Decide.AdvanceTo(books, now);
        foreach (var (_, allow, _) in runs) replies += Decide.Handle(books, allow, now) is AllowWorkerReply ? 1 : 0;
        now += TimeSpan.FromMilliseconds(20);
        foreach (var (_, _, release) in runs) replies += Decide.Handle(books, release, now) is ReleaseLeaseReply { Outcome: ReleaseLeaseOutcome.Released } ? 1 : 0;
        books.TakeChanges();
        now += TimeSpan.FromMilliseconds(20);
        return replies;
    }
}
