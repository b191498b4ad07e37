using System.Runtime.InteropServices;
using Stint.Core.Leasing;
using Stint.Core.Quota;
using Stint.Hub.Engine;
using Stint.Prove.Faults;
using Stint.Prove.Simulation.Predicting;

namespace Stint.Prove.Simulation;

/// <summary>Reality and prediction came apart, or an invariant broke; the message says in which step and what led to it.</summary>
internal sealed class SimulationFailedException(int seed, string message) : Exception(message)
{
    public int Seed => seed;
}

/// <summary>
/// Drives the real decision step over a store that tears and crashes, beside the predictor, and lays the two side by side after
/// every step: each reply, each entry, every reading, slot, deadline and the next due moment.
/// </summary>
internal sealed class SimulationRun
{
    private static readonly Instant Start = new(1_700_000_000_000);

    private readonly int seed;
    private readonly MemoryLedgerStore store = new();
    private readonly Scenario scenario;
    private readonly Auditor auditor;
    private readonly Queue<(int Number, SimStep Step)> lately = new();
    private Predictor predictor = new();
    private DecisionStep step;
    private Instant now = Start;
    private ulong hash = 14_695_981_039_346_656_037;
    private int number;

    public SimulationRun(int seed)
    {
        this.seed = seed;
        scenario = new Scenario(seed, () => predictor);
        auditor = new Auditor(store);
        step = new DecisionStep(store);
    }

    public int Commands { get; private set; }

    public int Entries => store.Entries.Count;

    /// <summary>Every entry that was kept, in order.</summary>
    public IReadOnlyList<Entry> History => store.Entries;

    public long VirtualMilliseconds => now.UnixMilliseconds - Start.UnixMilliseconds;

    /// <summary>How many of each thing happened: a simulation that never meets a rule proves nothing of it.</summary>
    public Dictionary<string, int> Seen => auditor.Seen;

    /// <returns>A hash over everything that happened: the same seed gives the same one.</returns>
    /// <exception cref="SimulationFailedException">When reality and prediction came apart.</exception>
    public ulong Go(int commands)
    {
        try
        {
            foreach (var node in scenario.Hardware.GroupBy(slot => slot.Node))
                Take(new SimStep([(new JoinSlots(node.Key, [.. node]), now.UnixMilliseconds)], now.UnixMilliseconds, Mishap.None));
            for (number = 1; Commands < commands; number++) Take(scenario.Next(now.UnixMilliseconds));
            auditor.Rebuild(step.Books, scenario.Plans, now);
        }
        catch (Exception e) when (e is not SimulationFailedException)
        {
            throw Failed(e.ToString());
        }

        return hash;
    }

    private void Take(SimStep next)
    {
        // Half of the time the engine wakes at every moment it asked for; else it comes late and finds several due.
        if (scenario.OneIn(2))
            for (var wakes = 0; wakes < 50 && step.NextDue < new Instant(next.Now); wakes++)
                Step(new SimStep([], Math.Max(now.UnixMilliseconds, step.NextDue.UnixMilliseconds), Mishap.None));
        Step(next);
        // As the engine does: evidence of a moment is kept only when everything due before it has ended.
        if (step.HasLeases && step.NextDue > now && scenario.OneIn(2)) Keep(now);
    }

    private void Keep(Instant evidence)
    {
        store.KeepEvidence(evidence);
        predictor.Evidence = evidence.UnixMilliseconds;
    }

    private void Step(SimStep next)
    {
        now = Instant.Max(now, new Instant(next.Now));
        Commands += next.Batch.Count;
        lately.Enqueue((number, next));
        if (lately.Count > 20) lately.Dequeue();
        var before = next.Mishap == Mishap.None ? null : predictor.Copy();
        var (replies, entries) = predictor.Step(next.Batch, next.Now);
        var mishap = entries.Count == 0 ? Mishap.None : next.Mishap;
        if (mishap == Mishap.Conflicts)
        {
            predictor = predictor.Undo(before!);
            predictor.ForgetBrokenWaits();
            (replies, entries) = predictor.Step(next.Batch, next.Now);
        }

        store.Next = mishap;
        try
        {
            var result = step.Step([.. next.Batch.Select(part => new Received(part.Command, new Instant(part.At)))], new Instant(next.Now));
            if (mishap is not (Mishap.None or Mishap.Conflicts)) throw Failed($"{mishap} went unnoticed");
            now = Instant.Max(now, result.Now);
            Same("replies", replies, result.Replies, Words.Of);
            auditor.Count(result.Replies);
        }
        catch (StoreFailedException) when (mishap is Mishap.Fails or Mishap.FailsAfter)
        {
            if (mishap == Mishap.Fails) (predictor, entries) = (predictor.Undo(before!), []);
            predictor.ForgetBrokenWaits();
            predictor.MoveTo(now.UnixMilliseconds);
        }
        catch (CrashException)
        {
            if (mishap == Mishap.CrashesBefore) (predictor, entries) = (predictor.Undo(before!), []);
            Same("entries", entries, auditor.Fold(), Words.Of);
            Restart();
            return;
        }

        Same("entries", entries, auditor.Fold(), Words.Of);
        Compare();
    }

    private void Restart()
    {
        var evidence = store.LastEvidence()!.Value;
        if (predictor.Evidence != evidence.UnixMilliseconds) throw Failed($"the last evidence is of {evidence}, and should be of {predictor.Evidence}");
        predictor.ForgetBrokenWaits();
        step = new DecisionStep(store);
        now = new Instant(Math.Max(now.UnixMilliseconds, evidence.UnixMilliseconds) + scenario.Downtime());
        Step(new SimStep([(scenario.Resume(evidence), now.UnixMilliseconds)], now.UnixMilliseconds, Mishap.None));
    }

    private void Compare()
    {
        if (!Likeness.IsOf(predictor, step.Books, scenario.Plans, now))
            throw Failed("the states came apart:\n" + Likeness.Difference("predicted", Words.Of(predictor, scenario.Plans), "really", Words.Of(step.Books, scenario.Plans, now, predictor)));
        if (auditor.Problem(step.Books, scenario.Plans, now) is { } problem) throw Failed(problem);
    }

    /// <summary>What was predicted word by word, and what happened.</summary>
    private void Same<T>(string what, List<string> predicted, IReadOnlyList<T> real, Func<T, string> words)
    {
        var same = predicted.Count == real.Count;
        for (var i = 0; same && i < real.Count; i++) same = predicted[i] == words(real[i]);
        if (!same) throw Failed($"{what} came apart:\n" + Likeness.Difference("predicted", predicted, "really", [.. real.Select(words)]));
        foreach (var line in predicted) Mix(line);
    }

    private void Mix(string line)
    {
        foreach (var four in MemoryMarshal.Cast<char, ulong>(line)) hash = unchecked((hash ^ four) * 1_099_511_628_211);
        for (var i = line.Length & ~3; i < line.Length; i++) hash = unchecked((hash ^ line[i]) * 1_099_511_628_211);
    }

    private SimulationFailedException Failed(string says) => new(seed, $"seed {seed}, step {number}: {says}\nThe last steps:\n{string.Join("\n", lately.Select(Say))}");

    private static string Say((int Number, SimStep Step) taken) =>
        $"#{taken.Number} at {taken.Step.Now}{(taken.Step.Mishap == Mishap.None ? "" : $" [{taken.Step.Mishap}]")}: {string.Join(" | ", taken.Step.Batch.Select(part => $"@{part.At} {Words.Of(part.Command)}"))}";
}
