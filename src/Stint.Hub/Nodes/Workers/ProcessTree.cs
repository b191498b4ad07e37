namespace Stint.Hub.Nodes.Workers;

/// <summary>
/// A process and everything it was ever seen to have started, each named by pid and start time. Once seen, a member stays
/// one: a child whose parent has ended belongs to somebody else by then, but was here first.
/// </summary>
internal sealed class ProcessTree(int pid, long startTicks)
{
    /// <summary>Against a tree that grows faster than it is stopped; what is known is killed all the same.</summary>
    private const int MostPasses = 50;

    private readonly HashSet<(int Pid, long StartTicks)> members = [(pid, startTicks)];

    /// <summary>Takes in what was started since the last look; returns what is new.</summary>
    public List<(int Pid, long StartTicks)> Look()
    {
        var all = Processes.All();
        var added = new List<(int Pid, long StartTicks)>();
        foreach (var process in all.Values)
            if (!members.Contains((process.Pid, process.StartTicks)) && DescendsFromMember(process, all)) added.Add((process.Pid, process.StartTicks));
        members.UnionWith(added);
        return added;
    }

    /// <summary>
    /// Kills every member: 1 stop them all, again and again until no new one appears, so that none can start another
    /// 2 kill each by its own handle. Returns what could not be killed.
    /// </summary>
    public SignalOutcome Kill()
    {
        // 1
        Look();
        var fresh = members.ToList();
        for (var pass = 0; pass < MostPasses && fresh.Count > 0; pass++)
        {
            foreach (var member in fresh) Signal(member, Posix.SigStop);
            fresh = Look();
        }

        // 2
        var worst = SignalOutcome.Gone;
        foreach (var member in members)
            if (Signal(member, Posix.SigKill) is var outcome && outcome != SignalOutcome.Gone && worst != SignalOutcome.NotPermitted) worst = outcome;
        return worst;
    }

    /// <summary>True as soon as no member is left; false once the time is over.</summary>
    public bool WaitForExit(TimeSpan atMost)
    {
        var until = Environment.TickCount64 + (long)atMost.TotalMilliseconds;
        foreach (var (memberPid, start) in members)
        {
            using var handle = PidHandle.Open(memberPid, start);
            if (handle is not null && !handle.WaitForExit(TimeSpan.FromMilliseconds(until - Environment.TickCount64))) return false;
        }

        return true;
    }

    private static SignalOutcome Signal((int Pid, long StartTicks) member, int signal)
    {
        using var handle = PidHandle.Open(member.Pid, member.StartTicks);
        return handle?.Send(signal) ?? SignalOutcome.Gone;
    }

    private bool DescendsFromMember(ProcessStat process, Dictionary<int, ProcessStat> all)
    {
        for (var i = 0; i < 256 && process.Parent > 1 && all.TryGetValue(process.Parent, out var parent) && parent.StartTicks <= process.StartTicks; i++)
        {
            if (members.Contains((parent.Pid, parent.StartTicks))) return true;
            process = parent;
        }

        return false;
    }
}
