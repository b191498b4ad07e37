using System.Diagnostics;

namespace Stint.Prove.Simulation;

/// <summary>Many seeds, one after another on each thread; stops at the first that fails. Which thread takes which seed changes nothing.</summary>
internal sealed class Campaign(int from, int seeds, int commandsPerSeed)
{
    private readonly Stopwatch clock = new();
    private readonly Lock gate = new();
    private int taken;
    private int done;
    private long commands;
    private long entries;
    private long virtualMilliseconds;
    private ulong hash;

    public SimulationFailedException? Failure { get; private set; }

    /// <summary>How many of each thing happened in all seeds together.</summary>
    public SortedDictionary<string, long> Seen { get; } = new(StringComparer.Ordinal);

    /// <summary>Over every seed's history; the order in which they finish does not matter.</summary>
    public string Hash => hash.ToString("x16");

    public void Run(int threads)
    {
        clock.Start();
        var workers = Enumerable.Range(0, threads).Select(_ => new Thread(Work)).ToList();
        workers.ForEach(worker => worker.Start());
        workers.ForEach(worker => worker.Join());
        clock.Stop();
    }

    public string Progress()
    {
        lock (gate) return $"{done} of {seeds} seeds, {commands:N0} commands, {clock.Elapsed.TotalSeconds:0} s, {commands / clock.Elapsed.TotalSeconds:N0} commands/s";
    }

    public IEnumerable<string> Summary()
    {
        var took = clock.Elapsed;
        yield return string.Join(", ", Seen.Select(pair => $"{pair.Key} {pair.Value:N0}"));
        yield return $"seeds     {done:N0} from {from}, all clean";
        yield return $"commands  {commands:N0} ({entries:N0} entries), {commands / took.TotalSeconds:N0} a second";
        yield return $"time      {took.TotalSeconds:0.0} s for {TimeSpan.FromMilliseconds(virtualMilliseconds).TotalDays:N0} days of hubs, {virtualMilliseconds / took.TotalMilliseconds:N0} times faster";
        yield return $"history   {Hash}";
    }

    private void Work()
    {
        while (Take() is { } seed)
        {
            try
            {
                var run = new SimulationRun(seed);
                var history = run.Go(commandsPerSeed);
                lock (gate) Add(run, history);
            }
            catch (SimulationFailedException e)
            {
                lock (gate) Failure = Failure is { } other && other.Seed < e.Seed ? other : e;
            }
        }
    }

    private int? Take()
    {
        lock (gate) return Failure is not null || taken == seeds ? null : from + taken++;
    }

    private void Add(SimulationRun run, ulong history)
    {
        done++;
        commands += run.Commands;
        virtualMilliseconds += run.VirtualMilliseconds;
        hash = unchecked(hash + history);
        foreach (var (kind, times) in run.Seen) Seen[kind] = Seen.GetValueOrDefault(kind) + times;
        entries += run.Entries;
    }
}
