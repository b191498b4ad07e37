using System.Diagnostics;
using Stint.Bench.Overview;

namespace Stint.Bench.Latency;

/// <summary>One slot that everybody waits for: how long after <c>/release</c> was sent the next <c>/schedule</c> is answered.</summary>
internal sealed class HandOver : IDisposable
{
    private const int Waiting = 8;

    private readonly OverHttp hub;
    private long releasedAt;

    private HandOver(OverHttp hub) => this.hub = hub;

    public static async Task<HandOver> StartAsync(string directory) => new(await OverHttp.StartAsync(directory, Waiting, slots: 1));

    /// <returns>Milliseconds each time the slot changed hands, shortest first.</returns>
    public async Task<double[]> RunAsync(TimeSpan length)
    {
        var began = Stopwatch.GetTimestamp();
        var took = new List<double>();
        Volatile.Write(ref releasedAt, 0);
        // A thread each, as each waits for its own answer.
        await Task.WhenAll(Enumerable.Range(0, Waiting).Select(lane => Task.Factory.StartNew(() =>
        {
            while (Stopwatch.GetElapsedTime(began) < length) hub.Pair(lane, Granted, () => Volatile.Write(ref releasedAt, Stopwatch.GetTimestamp()));
        }, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)));
        return [.. took.Order()];

        void Granted()
        {
            // Whoever holds the slot is alone: nobody else writes either of the two.
            if (Volatile.Read(ref releasedAt) is var at and > 0) took.Add(Stopwatch.GetElapsedTime(at).TotalMilliseconds);
        }
    }

    public void Dispose() => hub.Dispose();
}
