using System.Globalization;
using Stint.Core.Identities;

namespace Stint.Hub.Replay;

/// <summary>One request of a recorded workload.</summary>
/// <param name="Arrival">Since the first request.</param>
/// <param name="Model">Stands for the Space and its function.</param>
/// <param name="Run">How long it used a GPU. Positive.</param>
/// <param name="Failed">True where the task raised.</param>
public sealed record TraceRequest(TimeSpan Arrival, IdentityId Identity, string Model, TimeSpan Run, bool Failed)
{
    private static readonly int[] UsualSeconds = [60, 120, 300, 600];

    /// <summary>What its author would have declared: the smallest usual duration that is not below the run.</summary>
    public TimeSpan Declared
    {
        get
        {
            foreach (var seconds in UsualSeconds)
                if (Run.TotalSeconds <= seconds) return TimeSpan.FromSeconds(seconds);
            return TimeSpan.FromSeconds(Math.Ceiling(Run.TotalSeconds));
        }
    }
}

/// <summary>A recorded workload, in order of arrival. Never empty.</summary>
public sealed record Trace(IReadOnlyList<TraceRequest> Requests)
{
    private static readonly string[] Needed = ["arrival_s", "identity", "model", "gpu_s"];
    private const string OutcomeColumn = "outcome";
    private const double LongestRunSeconds = 86_400;
    private const double LongestSpanSeconds = 10 * 366 * 86_400.0;

    /// <summary>Largest trace that is read: a replay keeps every request in memory.</summary>
    public const int MostRequests = 2_000_000;

    public TimeSpan GpuTime => Requests.Aggregate(TimeSpan.Zero, (sum, request) => sum + request.Run);

    /// <summary>From the first arrival to the last.</summary>
    public TimeSpan Span => Requests[^1].Arrival - Requests[0].Arrival;

    public int People => Requests.Select(request => request.Identity).Distinct().Count();

    /// <summary>Those requests whose identity passes, times unchanged.</summary>
    public Trace Of(Func<IdentityId, bool> who) => new([.. Requests.Where(request => who(request.Identity))]);

    /// <param name="text">CSV: a line of column names (arrival_s, identity, model, gpu_s and, if it likes, outcome), then one request a line.</param>
    /// <param name="name">What the text is called in errors.</param>
    /// <exception cref="TraceFormatException">When a line cannot be read; it says which, what is wrong and what was expected.</exception>
    public static Trace Read(TextReader text, string name)
    {
        if (text.ReadLine() is not { } header) throw new TraceFormatException($"{name} is empty; expected a line of column names: {string.Join(',', Needed)}");
        var names = header.TrimStart('\uFEFF').Split(',');
        var missing = Needed.Where(column => !names.Contains(column)).ToList();
        if (missing.Count > 0) throw new TraceFormatException($"{name}, line 1: no column {string.Join(", ", missing)}; the first line names the columns, separated by commas");
        var columns = new Columns(Needed.Append(OutcomeColumn).ToDictionary(column => column, column => Array.IndexOf(names, column)), names.Length);
        var requests = new List<TraceRequest>();
        for (var line = 2; text.ReadLine() is { } row; line++)
        {
            if (row.Length == 0) continue;
            if (requests.Count == MostRequests) throw new TraceFormatException($"{name}, line {line}: more than {MostRequests} requests; replay a part of it");
            requests.Add(columns.Parse(row, $"{name}, line {line}"));
        }

        if (requests.Count == 0) throw new TraceFormatException($"{name} has column names and no request");
        var first = requests.Min(request => request.Arrival);
        return new([.. requests.OrderBy(request => request.Arrival).Select(request => request with { Arrival = request.Arrival - first })]);
    }

    private sealed record Columns(Dictionary<string, int> At, int Count)
    {
        public TraceRequest Parse(string row, string where)
        {
            if (row.Contains('"', StringComparison.Ordinal)) throw new TraceFormatException($"{where}: quoted fields are not read; names may not hold commas");
            var fields = row.Split(',');
            if (fields.Length != Count) throw new TraceFormatException($"{where}: {fields.Length} fields where the first line names {Count} columns");
            var run = Seconds(fields, "gpu_s", LongestRunSeconds, where);
            if (run <= TimeSpan.Zero) throw new TraceFormatException($"{where}: gpu_s is {fields[At["gpu_s"]]}; a run lasts longer than nothing");
            return new(
                Seconds(fields, "arrival_s", LongestSpanSeconds, where), IdentityId.Of(new AccountId(Name(fields, "identity", where))), Name(fields, "model", where), run,
                At[OutcomeColumn] >= 0 && fields[At[OutcomeColumn]] == "FAILED");
        }

        /// <summary>Rounded to whole milliseconds, the unit of the ledger.</summary>
        private TimeSpan Seconds(string[] fields, string column, double most, string where)
        {
            var text = fields[At[column]];
            return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds) && seconds >= 0 && seconds <= most
                ? TimeSpan.FromMilliseconds(Math.Round(seconds * 1000))
                : throw new TraceFormatException($"{where}: {column} is '{text}', expected seconds from 0 to {most:0}");
        }

        private string Name(string[] fields, string column, string where) => fields[At[column]] is { Length: > 0 and <= 200 } name
            ? name
            : throw new TraceFormatException($"{where}: {column} is empty or longer than 200 characters");
    }
}

/// <summary>A trace that cannot be read; the message says where, why and what was expected.</summary>
public sealed class TraceFormatException : Exception
{
    public TraceFormatException() { }
    public TraceFormatException(string message) : base(message) { }
    public TraceFormatException(string message, Exception inner) : base(message, inner) { }
}
