using System.Runtime.InteropServices;

namespace Stint.Hub.Nodes.Workers;

/// <summary>The few calls of the kernel that .NET does not offer.</summary>
internal static partial class Posix
{
    public const int SigKill = 9;
    public const int SigTerm = 15;
    public const int SigStop = 19;

    public const int NotPermitted = 1;
    public const int NoSuchProcess = 3;
    public const int InvalidArgument = 22;
    public const int Interrupted = 4;

    public const short Readable = 1;

    private const nint PidfdSendSignalCall = 424;
    private const nint PidfdOpenCall = 434;

    /// <summary>A descriptor that names this one process for ever; -1 and an error where there is none.</summary>
    public static int PidfdOpen(int pid) => (int)Syscall(PidfdOpenCall, pid, 0, 0, 0);

    public static int PidfdSendSignal(int pidfd, int signal) => (int)Syscall(PidfdSendSignalCall, pidfd, signal, 0, 0);

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    public static partial int Poll([In, Out] PollEntry[] entries, nuint count, int timeoutMilliseconds);

    [LibraryImport("libc", EntryPoint = "eventfd", SetLastError = true)]
    public static partial int EventFd(uint initial, int flags);

    [LibraryImport("libc", EntryPoint = "eventfd_write", SetLastError = true)]
    public static partial int EventFdWrite(int fd, ulong value);

    [LibraryImport("libc", EntryPoint = "eventfd_read", SetLastError = true)]
    public static partial int EventFdRead(int fd, out ulong value);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    public static partial int Close(int fd);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint Syscall(nint number, nint a, nint b, nint c, nint d);

    [StructLayout(LayoutKind.Sequential)]
    internal struct PollEntry
    {
        public int Descriptor;
        public short Wanted;
        public short Got;
    }
}
