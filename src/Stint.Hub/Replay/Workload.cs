using System.Globalization;
using Stint.Core.Leasing.Forecasts;
using Stint.Core.Quota;

namespace Stint.Hub.Replay;

/// <summary>A trace with its arrivals laid out in ledger time: one <see cref="Course"/> a request, in the order in which they reach the hub.</summary>
public sealed class Workload
{
    /// <summary>Any moment will do; this one leaves room before it.</summary>
    public static readonly Instant Start = new(1_000_000_000_000);

    private Workload(IReadOnlyList<Course> courses) => Courses = courses;

    public IReadOnlyList<Course> Courses { get; }

    /// <param name="stretch">What times between arrivals are multiplied by; runs stay as they are.</param>
    /// <param name="seed">Shuffles requests that arrive in the same millisecond.</param>
    public static Workload Of(Trace trace, double stretch = 1, int seed = 0)
    {
        var ties = new Random(seed);
        var ordered = trace.Requests
            .Select(request => (Request: request, At: Start + TimeSpan.FromMilliseconds(Math.Round(request.Arrival.TotalMilliseconds * stretch)), Tie: seed == 0 ? 0 : ties.Next()))
            .OrderBy(item => item.At).ThenBy(item => item.Tie);
        return new([.. ordered.Select((item, index) => new Course(new(index.ToString("D8", CultureInfo.InvariantCulture)), item.Request, item.At))]);
    }

    public Course Find(ReservationId id) => Courses[int.Parse(id.Value, CultureInfo.InvariantCulture)];

    /// <summary>As many runs as would ever overlap if all began on arrival: with that many slots nobody waits.</summary>
    public int Overlap()
    {
        int running = 0, most = 0;
        foreach (var (_, change) in Courses
            .SelectMany(course => new[] { (At: course.ArrivedAt, Change: 1), (At: course.ArrivedAt + course.Request.Run, Change: -1) })
            .OrderBy(step => step.At).ThenByDescending(step => step.Change))
            most = Math.Max(most, running += change);
        return most;
    }
}

/// <summary>What became of one request: refused, or granted and then ended.</summary>
public sealed class Course(ReservationId id, TraceRequest request, Instant arrivedAt)
{
    public ReservationId Id { get; } = id;
    public TraceRequest Request { get; } = request;
    public Instant ArrivedAt { get; } = arrivedAt;

    /// <summary>What was left of the allowance when it was refused; null unless it was.</summary>
    public GpuTime? LeftAtRefusal { get; set; }

    /// <summary>The lease as granted; null where it was refused.</summary>
    public Lease? Lease { get; set; }

    /// <summary>What was imagined of its wait when it came, and the range it was told; null where it did not wait or nobody asked.</summary>
    public (TimeSpan Middle, StartRange Range)? Told { get; set; }

    public Ending? Ending { get; set; }

    public TimeSpan Wait => Lease!.GrantedAt - ArrivedAt;
    public TimeSpan Response => Ending!.At - ArrivedAt;
}
