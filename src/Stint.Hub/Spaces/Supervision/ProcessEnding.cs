using Microsoft.Win32.SafeHandles;
using Stint.Hub.Nodes.Workers;

namespace Stint.Hub.Spaces.Supervision;

/// <summary>Ends all processes of a run, children of children included. Signals go through pidfds only, after the start time was seen again.</summary>
internal static class ProcessEnding
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan AfterKill = TimeSpan.FromSeconds(2);

    /// <summary>Asks with SIGTERM, and where that does not help in time insists with SIGKILL.</summary>
    /// <returns>How many were still there when it gave up: 0, or processes the kernel does not let go.</returns>
    public static async Task<int> StopAsync(Run run, TimeSpan grace)
    {
        var left = await SignalUntilGoneAsync(run, Posix.SigTerm, grace).ConfigureAwait(false);
        return left == 0 ? 0 : await SignalUntilGoneAsync(run, Posix.SigKill, AfterKill).ConfigureAwait(false);
    }

    /// <summary>Each process gets the signal once, also one that appeared meanwhile.</summary>
    private static async Task<int> SignalUntilGoneAsync(Run run, int signal, TimeSpan patience)
    {
        var told = new HashSet<(int Pid, long Ticks)>();
        // Processes die on the machine's own clock, whatever clock the supervisor is on.
        for (var start = TimeProvider.System.GetTimestamp(); ;)
        {
            var members = run.Members();
            if (members.Count == 0) return 0;
            foreach (var member in members)
                if (told.Add((member.Pid, member.StartTicks))) Signal(member, signal);
            if (TimeProvider.System.GetElapsedTime(start) >= patience) return members.Count;
            await Task.Delay(Look).ConfigureAwait(false);
        }
    }

    private static void Signal(ProcessStat process, int signal)
    {
        var descriptor = Posix.PidfdOpen(process.Pid);
        if (descriptor < 0) return;
        using var pidfd = new SafeFileHandle(descriptor, ownsHandle: true);
        // The descriptor is of whatever had this number when it was opened: only the same start time makes it ours.
        if (Processes.IsAlive(process.Pid, process.StartTicks)) _ = Posix.PidfdSendSignal(descriptor, signal);
    }
}
