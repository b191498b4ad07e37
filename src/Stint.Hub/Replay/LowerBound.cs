namespace Stint.Hub.Replay;

/// <summary>
/// A mean response time that no order of these runs on these slots can beat, known in advance or not, interrupted or not:
/// the largest of three bounds.
/// </summary>
public static class LowerBound
{
    /// <param name="jobs">Arrival and size in seconds, in order of arrival.</param>
    /// <returns>Seconds.</returns>
    public static double MeanResponse(IReadOnlyList<(double Arrival, double Size)> jobs, int slots) =>
        Math.Max(jobs.Average(job => job.Size), Math.Max(ShortestRemaining(jobs, slots), MeanBusyTime(jobs, slots)));

    /// <summary>Shortest remaining time first, on one machine as fast as all slots together: nothing on it is better, and it can do all that the slots can.</summary>
    public static double ShortestRemaining(IReadOnlyList<(double Arrival, double Size)> jobs, int slots)
    {
        double sum = 0;
        OneFastMachine(jobs, slots, byRemaining: true, (job, _, to, done) => sum += done ? to - jobs[job].Arrival : 0);
        return sum / jobs.Count;
    }

    /// <summary>
    /// Whatever the slots do, a run completes no sooner than its mean busy time plus half its size, and the sum of mean busy
    /// times is least on that one machine when the shortest run, by its whole size, always goes first.
    /// </summary>
    public static double MeanBusyTime(IReadOnlyList<(double Arrival, double Size)> jobs, int slots)
    {
        double sum = 0;
        OneFastMachine(jobs, slots, byRemaining: false, (job, from, to, _) => sum += (from + to) / 2 * (to - from) * slots / jobs[job].Size);
        return (sum + jobs.Sum(job => (job.Size / 2) - job.Arrival)) / jobs.Count;
    }

    /// <param name="worked">Called for every span in which one job had the machine: job, from, to, whether that finished it.</param>
    private static void OneFastMachine(
        IReadOnlyList<(double Arrival, double Size)> jobs, int speed, bool byRemaining, Action<int, double, double, bool> worked)
    {
        var waiting = new PriorityQueue<(int Job, double Remaining), (double Key, int Job)>();
        double now = 0;
        for (var next = 0; next < jobs.Count || waiting.Count > 0;)
        {
            if (waiting.Count == 0) now = Math.Max(now, jobs[next].Arrival);
            for (; next < jobs.Count && jobs[next].Arrival <= now; next++) waiting.Enqueue((next, jobs[next].Size), (jobs[next].Size, next));
            var (job, remaining) = waiting.Dequeue();
            var end = now + (remaining / speed);
            var until = next < jobs.Count ? Math.Min(end, jobs[next].Arrival) : end;
            worked(job, now, until, until >= end);
            if (until < end)
            {
                var left = remaining - ((until - now) * speed);
                waiting.Enqueue((job, left), (byRemaining ? left : jobs[job].Size, job));
            }

            now = until;
        }
    }
}
