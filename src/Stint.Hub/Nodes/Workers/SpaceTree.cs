using System.Net;
using System.Net.NetworkInformation;
using Stint.Core.Leasing;
using Stint.Core.Spaces;

namespace Stint.Hub.Nodes.Workers;

public enum SightingOutcome
{
    /// <summary>A process below the Space's own: it may be stopped.</summary>
    Proven,
    /// <summary>It may be the Space's, and nothing shows that it is not: it may use the slot and is never stopped.</summary>
    Unproven,
    /// <summary>The Space's processes are in plain sight and this is none of them.</summary>
    NotOfThisSpace,
}

/// <param name="Worker">Set unless refused.</param>
/// <param name="Because">A sentence for whoever named the pid; null where proven.</param>
public sealed record Sighting(SightingOutcome Outcome, WorkerProcess? Worker, string? Because);

/// <summary>
/// Says whether a pid named by a Space is the Space's own. What counts as proof is descent alone: a process started, at any
/// depth, by the one the hub supervises for that Space, or by the one that listens where the Space is reached. Nothing a
/// process can choose for itself (name, environment, group, session) counts.
/// </summary>
internal sealed class SpaceTree(SupervisedProcess supervised)
{
    /// <summary>Programs that listen on behalf of processes in a container; what is behind them cannot be seen from here.</summary>
    private static readonly string[] Forwarders = ["docker-proxy", "rootlesskit", "rootlessport", "slirp4netns", "pasta", "conmon"];

    public Sighting Sight(Space space, int pid)
    {
        if (pid <= 1) return Refused($"pid {pid} is no worker");
        var process = Processes.Find(pid) is { IsGone: false } found ? found : (ProcessStat?)null;
        if (space.Command is not null)
            return supervised(space.Id) is { } root && Processes.Find(root) is { } top ? Below(pid, process, [top.Pid]) : OnThisMachine(pid, process);
        if (space.Upstream is not { } upstream || !IsHere(upstream)) return Elsewhere();
        var sockets = ListeningSockets.On(upstream.Port);
        if (sockets.Count == 0) return OnThisMachine(pid, process);
        // The short way first: whoever forked the worker is nearly always the one that listens.
        if (process is { } named && CallsItself(named, pid) && Processes.AncestorsOf(named).Any(ancestor => ListeningSockets.Holds(ancestor.Pid, sockets))) return Proven(named);
        var listeners = Processes.All().Values.Where(other => ListeningSockets.Holds(other.Pid, sockets)).ToList();
        if (listeners.Count == 0) return OnThisMachine(pid, process);
        if (listeners.Any(listener => Forwarders.Contains(Processes.ProgramOf(listener.Pid)))) return Elsewhere();
        return Below(pid, process, [.. listeners.Select(listener => listener.Pid), .. listeners.SelectMany(BehindGradiosPages)]);
    }

    /// <summary>
    /// Where Gradio renders pages on the server, a Node process listens and the Python process that started it, which also
    /// listens, does the work.
    /// </summary>
    private static IEnumerable<int> BehindGradiosPages(ProcessStat listener) =>
        Processes.ProgramOf(listener.Pid) == "node" && listener.Parent != Environment.ProcessId && ListeningSockets.IsListening(listener.Parent)
            ? [listener.Parent]
            : [];

    private static Sighting Below(int pid, ProcessStat? process, IReadOnlyCollection<int> roots)
    {
        if (process is { } named && CallsItself(named, pid))
        {
            // It is the Space's, but stopping it would stop the Space for everybody.
            if (roots.Contains(pid)) return new(SightingOutcome.Unproven, WorkerOf(named, proven: false), $"pid {pid} is the Space's own server, so it is never stopped");
            if (IsBelow(named, roots)) return Proven(named);
        }

        return InOwnNamespace(pid, roots) ?? OfNobody(pid, process);
    }

    /// <summary>
    /// A Space in a pid namespace of its own names its worker as it is numbered there. Among the Space's own processes, and
    /// nowhere else, the one that has this number inside is looked for.
    /// </summary>
    private static Sighting? InOwnNamespace(int pid, IReadOnlyCollection<int> roots)
    {
        var inside = Processes.All().Values
            .Where(process => !process.IsGone && process.Pid != pid && IsBelow(process, roots) && CallsItself(process, pid))
            .ToList();
        return inside.Count switch
        {
            0 => null,
            1 => Proven(inside[0]),
            _ => Refused($"{inside.Count} processes of this Space call themselves {pid}, each in a namespace of its own; it cannot be told which is meant"),
        };
    }

    /// <summary>Never the hub or what started it, whatever number they have inside.</summary>
    private static bool CallsItself(ProcessStat process, int pid) => (Processes.InnermostPidOf(process.Pid) ?? process.Pid) == pid && !IsTheHubs(process);

    private static bool IsBelow(ProcessStat process, IReadOnlyCollection<int> roots) => Processes.AncestorsOf(process).Any(ancestor => roots.Contains(ancestor.Pid));

    private static Sighting OfNobody(int pid, ProcessStat? process) => process switch
    {
        null => Refused($"there is no process {pid} here"),
        { } own when IsTheHubs(own) => Refused($"pid {pid} is the hub's own"),
        _ => Refused($"pid {pid} is no process of this Space"),
    };

    private static Sighting Proven(ProcessStat process) => new(SightingOutcome.Proven, WorkerOf(process, proven: true), null);

    private static Sighting Refused(string because) => new(SightingOutcome.NotOfThisSpace, null, because);

    /// <summary>Whoever serves the Space is not seen here; the hub itself does not.</summary>
    private static Sighting OnThisMachine(int pid, ProcessStat? process) => process is { } own && IsTheHubs(own) ? OfNobody(pid, process) : Unseen(pid, process);

    /// <summary>On this machine, but nobody is seen to serve the Space: perhaps another user does.</summary>
    private static Sighting Unseen(int pid, ProcessStat? process) => new(
        SightingOutcome.Unproven,
        process is { } named ? WorkerOf(named, proven: false) : new WorkerProcess(pid, 0, false),
        "the Space's processes cannot be seen by the hub, so its workers are never stopped");

    /// <summary>In a container or on another machine: the number means nothing here, and must not be taken for one of ours.</summary>
    private static Sighting Elsewhere() =>
        new(SightingOutcome.Unproven, new WorkerProcess(0, 0, false), "the Space counts its processes elsewhere, so its workers are never stopped");

    private static WorkerProcess WorkerOf(ProcessStat process, bool proven) => new(process.Pid, process.StartTicks, proven);

    private static bool IsTheHubs(ProcessStat process) =>
        process.Pid == Environment.ProcessId
        || (Processes.Find(Environment.ProcessId) is { } hub && Processes.AncestorsOf(hub).Any(ancestor => ancestor.Pid == process.Pid));

    /// <summary>At an address of this machine, by number: a name may lead anywhere else the next time.</summary>
    private static bool IsHere(Uri upstream) =>
        upstream.IsLoopback || (IPAddress.TryParse(upstream.DnsSafeHost, out var address) && (IPAddress.IsLoopback(address) || IsOurs(address)));

    private static bool IsOurs(IPAddress address) =>
        NetworkInterface.GetAllNetworkInterfaces().Any(each => each.GetIPProperties().UnicastAddresses.Any(own => own.Address.Equals(address)));
}
