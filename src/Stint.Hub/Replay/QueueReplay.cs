using Stint.Core.Leasing;
using Stint.Core.Plans;
using Stint.Core.Quota;

namespace Stint.Hub.Replay;

/// <summary>Who goes first when more wait than slots are free.</summary>
public enum QueuePolicy
{
    /// <summary>Whoever came first.</summary>
    Fcfs,
    /// <summary>Whoever received least service: a virtual token counter.</summary>
    Vtc,
    /// <summary>The run thought to be shortest.</summary>
    Sjf,
    /// <summary>The run that will be shortest: perfect knowledge.</summary>
    Oracle,
    /// <summary>The hub's own order.</summary>
    Stint,
}

/// <summary>What one queue replay came to. A person's slowdown is the mean over their requests of response ÷ max(size, 10 s).</summary>
/// <param name="LowerBoundSeconds">A mean response that no order can beat.</param>
/// <param name="JainIndex">Of people's slowdowns: 1 where all are slowed alike.</param>
/// <param name="Utilisation">Busy slot time ÷ slots × time from the first arrival to the last end.</param>
public sealed record QueueFigures(
    QueuePolicy Policy, double Load, int Slots, int Seed, double MeanWaitSeconds, double P50WaitSeconds, double P95WaitSeconds, double P99WaitSeconds,
    double MaxWaitSeconds, double MeanResponseSeconds, double LowerBoundSeconds, double PersonSlowdownMean, double PersonSlowdownP99, double JainIndex, double Utilisation)
{
    /// <summary>Of those who had to wait, how many started within the range they were told on arrival; null where nobody was told.</summary>
    public double? StartsInRangePercent { get; init; }

    /// <summary>The median of the range's width ÷ the wait it was about, of at least a second.</summary>
    public double? RangeOverWait { get; init; }

    public double ResponseOverBound => MeanResponseSeconds / LowerBoundSeconds;
}

/// <summary>Replays a trace through the hub's pool in virtual time, with funds for everybody and arrivals pressed together until the slots carry a given load.</summary>
public static class QueueReplay
{
    private const double LeastSizeSeconds = 10;
    private static readonly Plan Plenty = new("replay", GpuTime.FromSeconds((long)TimeSpan.FromDays(36_500).TotalSeconds), 1, TimeSpan.FromDays(1), 0);

    /// <param name="load">GPU time asked ÷ slots × span of arrivals. Above 0.</param>
    public static QueueFigures Run(Trace trace, int slots, double load, QueuePolicy policy, int seed) => Measure(Play(trace, slots, load, policy, seed), policy, load, slots, seed);

    /// <summary>The workload after its replay, for charts.</summary>
    public static Workload Play(Trace trace, int slots, double load, QueuePolicy policy, int seed, bool foretells = false)
    {
        var stretch = trace.Span > TimeSpan.Zero ? trace.GpuTime / (slots * load) / trace.Span : 1;
        var workload = Workload.Of(trace, stretch, seed);
        var hub = new VirtualHub(workload, Plenty, slots, policy == QueuePolicy.Oracle ? True(workload) : QuotaReplay.AtLevel(Ask.FloorLevel), OrderOf(policy)) { Foretells = foretells };
        hub.Run();
        return workload;
    }

    public static QueueFigures Measure(Workload workload, QueuePolicy policy, double load, int slots, int seed)
    {
        var courses = workload.Courses;
        var waits = courses.Select(course => course.Wait.TotalSeconds).Order().ToList();
        var jobs = courses.Select(course => ((course.ArrivedAt - Workload.Start).TotalSeconds, course.Request.Run.TotalSeconds)).ToList();
        var people = PersonSlowdowns(courses);
        var busy = courses.Sum(course => course.Ending!.Measured.TotalSeconds);
        var until = courses.Max(course => course.Ending!.At) - courses[0].ArrivedAt;
        var told = courses.Where(course => course.Told is not null).ToList();
        return new(
            policy, load, slots, seed, waits.Average(), Rank(waits, 0.5), Rank(waits, 0.95), Rank(waits, 0.99), waits[^1],
            courses.Average(course => course.Response.TotalSeconds), LowerBound.MeanResponse(jobs, slots), people.Average(), Rank(people, 0.99),
            Math.Pow(people.Sum(), 2) / (people.Count * people.Sum(x => x * x)), busy / (slots * until.TotalSeconds))
        {
            StartsInRangePercent = told.Count == 0 ? null : 100.0 * told.Count(course => course.Told!.Value.Range.Holds(course.Lease!.GrantedAt)) / told.Count,
            RangeOverWait = told.Count == 0 ? null : Rank([.. told.Select(RangeOverWaitOf).Order()], 0.5),
        };
    }

    private static double RangeOverWaitOf(Course course) =>
        (course.Told!.Value.Range.Latest - course.Told.Value.Range.Earliest) / TimeSpan.FromSeconds(Math.Max(1, course.Wait.TotalSeconds));

    private static List<double> PersonSlowdowns(IReadOnlyList<Course> courses) => [.. courses
        .GroupBy(course => course.Request.Identity)
        .Select(own => own.Average(course => course.Response.TotalSeconds / Math.Max(course.Request.Run.TotalSeconds, LeastSizeSeconds)))
        .Order()];

    /// <summary>Nearest rank.</summary>
    private static double Rank(List<double> sorted, double q) => sorted[Math.Max(0, (int)Math.Ceiling(q * sorted.Count) - 1)];

    private static Policy? OrderOf(QueuePolicy policy) => policy switch
    {
        QueuePolicy.Fcfs => new FirstCome(),
        QueuePolicy.Vtc => new TokenCounter(),
        QueuePolicy.Sjf or QueuePolicy.Oracle => new ShortestFirst(),
        QueuePolicy.Stint => null,
    };

    private static AskRule True(Workload workload) => (_, _, command, _) =>
    {
        var run = command.Weight.Hold(workload.Find(command.Id).Request.Run);
        return new(run, run, run, command.Weight.Hold(command.Declared));
    };
}
