using Stint.Core;
using Stint.Core.Leasing;

namespace Stint.Hub.Nodes.Workers;

/// <summary>
/// Stops a worker that was proven to be its Space's own, with everything it started: 1 take hold of that very process
/// 2 ask it to leave 3 wait, at most the grace, and see meanwhile what it starts 4 kill what is left 5 be sure that it is gone.
/// </summary>
internal static class WorkerStop
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan KillTakes = TimeSpan.FromSeconds(5);
    private const int Rounds = 3;

    /// <summary>Null once it is gone; else the reason why it may still be there. Blocks for the grace and a little more.</summary>
    public static string? Run(WorkerProcess worker, TimeSpan grace)
    {
        Invariant.Holds(worker.Proven, "only a proven worker is ever stopped");
        // 1
        using var handle = PidHandle.Open(worker.Pid, worker.StartTicks);
        if (handle is null) return null;
        var tree = new ProcessTree(worker.Pid, worker.StartTicks);
        if (grace > TimeSpan.Zero)
        {
            // 2
            tree.Look();
            if (handle.Send(Posix.SigTerm) == SignalOutcome.NotPermitted) return "the hub may not signal it: it runs as another user";
            // 3
            for (var until = Environment.TickCount64 + (long)grace.TotalMilliseconds; Environment.TickCount64 < until && !handle.WaitForExit(Least(LookEvery, until)); tree.Look())
            {
            }
        }

        for (var round = 0; round < Rounds; round++)
        {
            // 4
            if (tree.Kill() == SignalOutcome.NotPermitted) return "the hub may not signal all of it: some runs as another user";
            // 5
            if (tree.WaitForExit(KillTakes) && tree.Look().Count == 0) return null;
        }

        return "it was killed and has not ended";
    }

    private static TimeSpan Least(TimeSpan span, long until) => TimeSpan.FromMilliseconds(Math.Min(span.TotalMilliseconds, Math.Max(0, until - Environment.TickCount64)));
}
