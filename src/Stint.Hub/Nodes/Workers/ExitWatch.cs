using System.ComponentModel;
using System.Runtime.InteropServices;
using Stint.Core;
using Stint.Core.Leasing;

namespace Stint.Hub.Nodes.Workers;

/// <summary>
/// Tells when watched workers end, within a moment, without asking for it again and again: one thread sleeps on the kernel's
/// handles of all of them. What has ended before it is watched is told as well.
/// </summary>
internal sealed class ExitWatch : IDisposable
{
    private readonly Action<SlotId, WorkerProcess> ended;
    private readonly Dictionary<(SlotId Slot, WorkerProcess Worker), PidHandle> watched = [];
    private readonly Lock gate = new();
    private readonly int wake;
    private readonly Thread thread;
    private bool stopping;

    /// <param name="ended">Called on the watch's own thread: hand over and return.</param>
    public ExitWatch(Action<SlotId, WorkerProcess> ended)
    {
        this.ended = ended;
        wake = Posix.EventFd(0, 0);
        if (wake < 0) throw new Win32Exception(Marshal.GetLastPInvokeError());
        thread = new Thread(Run) { IsBackground = true, Name = "worker exits" };
        thread.Start();
    }

    /// <summary>False where that process is not there any more; then nothing will be told.</summary>
    public bool Watch(SlotId slot, WorkerProcess worker)
    {
        if (PidHandle.Open(worker.Pid, worker.StartTicks) is not { } handle) return false;
        lock (gate)
        {
            if (stopping || !watched.TryAdd((slot, worker), handle)) handle.Dispose();
        }

        Wake();
        return true;
    }

    public void Forget(SlotId slot, WorkerProcess worker)
    {
        lock (gate)
        {
            // The thread may be asleep on this handle: it is closed there, once it is awake.
            if (watched.Remove((slot, worker), out var handle)) forgotten.Add(handle);
        }

        Wake();
    }

    public void Dispose()
    {
        lock (gate) stopping = true;
        Wake();
        thread.Join();
        foreach (var handle in watched.Values.Concat(forgotten)) handle.Dispose();
        _ = Posix.Close(wake);
    }

    private readonly List<PidHandle> forgotten = [];

    private void Wake() => _ = Posix.EventFdWrite(wake, 1);

    private void Run()
    {
        while (Entries() is var (entries, keys) && entries.Length > 0)
        {
            var ready = Posix.Poll(entries, (nuint)entries.Length, -1);
            Invariant.Holds(ready >= 0 || Marshal.GetLastPInvokeError() == Posix.Interrupted, "the exits of workers can be waited for");
            if (ready <= 0) continue;
            if (entries[0].Got != 0) _ = Posix.EventFdRead(wake, out _);
            for (var i = 1; i < entries.Length; i++)
                if (entries[i].Got != 0 && Take(keys[i - 1])) ended(keys[i - 1].Slot, keys[i - 1].Worker);
        }
    }

    /// <summary>What to sleep on: the wake-up first, then every handle. Nothing once the watch stops.</summary>
    private (Posix.PollEntry[] Entries, (SlotId Slot, WorkerProcess Worker)[] Keys) Entries()
    {
        lock (gate)
        {
            foreach (var handle in forgotten) handle.Dispose();
            forgotten.Clear();
            if (stopping) return ([], []);
            var keys = watched.Keys.ToArray();
            return ([new() { Descriptor = wake, Wanted = Posix.Readable }, .. keys.Select(key => new Posix.PollEntry { Descriptor = watched[key].Descriptor, Wanted = Posix.Readable })], keys);
        }
    }

    private bool Take((SlotId Slot, WorkerProcess Worker) key)
    {
        lock (gate)
        {
            if (!watched.Remove(key, out var handle)) return false;
            handle.Dispose();
            return true;
        }
    }
}
