using System.ComponentModel;
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
                if (!told.Contains((member.Pid, member.StartTicks)) && Signal(member, signal)) told.Add((member.Pid, member.StartTicks));
            if (TimeProvider.System.GetElapsedTime(start) >= patience) return members.Count;
            await Task.Delay(Look).ConfigureAwait(false);
        }
    }

    /// <returns>False where it has to be tried again.</returns>
    private static bool Signal(ProcessStat process, int signal)
    {
        try
        {
            using var handle = PidHandle.Open(process.Pid, process.StartTicks);
            handle?.Send(signal);
            return true;
        }
        catch (Win32Exception)
        {
            // The hub is short of descriptors, and perhaps no longer at the next look.
            return false;
        }
    }
}
