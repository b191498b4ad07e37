using System.Diagnostics;

namespace Stint.Bench;

/// <summary>One round of one contender: how many a second, and how long the slowest in a hundred took.</summary>
/// <param name="BytesEach">What one durable commit carried on average; 0 where that is not known.</param>
internal sealed record Measured(double PerSecond, double P50Milliseconds, double P99Milliseconds, long BytesEach = 0)
{
    /// <summary>Runs <paramref name="once"/> on <paramref name="lanes"/> lanes until the time is over.</summary>
    public static async Task<Measured> RunAsync(int lanes, TimeSpan length, Func<int, Task> once)
    {
        var start = Stopwatch.GetTimestamp();
        // A lane that waits without giving up its thread has one of its own.
        var took = await Task.WhenAll(Enumerable.Range(0, lanes).Select(lane => Task.Factory.StartNew(async () =>
        {
            var each = new List<double>();
            while (Stopwatch.GetElapsedTime(start) < length)
            {
                var began = Stopwatch.GetTimestamp();
                await once(lane);
                each.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
            }

            return each;
        }, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).Unwrap()));
        var all = took.SelectMany(each => each).Order().ToArray();
        return new(all.Length / Stopwatch.GetElapsedTime(start).TotalSeconds, At(all, 0.50), At(all, 0.99));
    }

    public static double Median(IEnumerable<double> values) => At([.. values.Order()], 0.5);

    private static double At(double[] sorted, double q) => sorted.Length == 0 ? double.NaN : sorted[(int)(q * (sorted.Length - 1))];
}
