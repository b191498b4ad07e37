using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Stint.Hub.Nodes.Workers;

public enum SignalOutcome { Sent, Gone, NotPermitted }

/// <summary>
/// A hold on exactly one process: a pid may be given out again, this never means another process. Made only after the start
/// time was seen to be the expected one with the hold already in hand.
/// </summary>
internal sealed class PidHandle : IDisposable
{
    private PidHandle(int descriptor) => Descriptor = descriptor;

    /// <summary>Readable for <c>poll</c> from the moment the process ends.</summary>
    public int Descriptor { get; private set; }

    /// <summary>Null where that process is not there any more, or the number names a thread.</summary>
    /// <exception cref="Win32Exception">When the kernel refuses for another reason, such as too many open files.</exception>
    public static PidHandle? Open(int pid, long startTicks)
    {
        if (pid <= 0) return null;
        var descriptor = Posix.PidfdOpen(pid);
        if (descriptor < 0)
        {
            var error = Marshal.GetLastPInvokeError();
            // EINVAL, or ENOENT on newer kernels, where the number is that of a thread.
            return error is Posix.NoSuchProcess or Posix.InvalidArgument or 2 ? null : throw new Win32Exception(error);
        }

        var handle = new PidHandle(descriptor);
        if (Processes.IsAlive(pid, startTicks)) return handle;
        handle.Dispose();
        return null;
    }

    public SignalOutcome Send(int signal)
    {
        if (Posix.PidfdSendSignal(Descriptor, signal) == 0) return SignalOutcome.Sent;
        var error = Marshal.GetLastPInvokeError();
        return error switch
        {
            Posix.NoSuchProcess => SignalOutcome.Gone,
            Posix.NotPermitted => SignalOutcome.NotPermitted,
            _ => throw new Win32Exception(error),
        };
    }

    /// <summary>True as soon as the process has ended, its parent's notice not needed; false once the time is over.</summary>
    public bool WaitForExit(TimeSpan atMost)
    {
        var entries = new[] { new Posix.PollEntry { Descriptor = Descriptor, Wanted = Posix.Readable } };
        return Posix.Poll(entries, 1, (int)Math.Max(0, atMost.TotalMilliseconds)) > 0;
    }

    public void Dispose()
    {
        if (Descriptor < 0) return;
        _ = Posix.Close(Descriptor);
        Descriptor = -1;
    }
}
