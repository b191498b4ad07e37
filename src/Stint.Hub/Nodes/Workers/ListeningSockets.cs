using System.Globalization;

namespace Stint.Hub.Nodes.Workers;

/// <summary>Which processes of this machine listen on a TCP port, as far as this user may see.</summary>
internal static class ListeningSockets
{
    private const string ListenState = "0A";

    /// <summary>The sockets that listen on this port, as their inodes; empty where nobody does.</summary>
    public static HashSet<long> On(int port) => Listening(local => local == port);

    /// <summary>True where the process itself listens on any port.</summary>
    public static bool IsListening(int pid) => Holds(pid, Listening(_ => true));

    /// <summary>True where the process holds one of these sockets; false also where this user may not see.</summary>
    public static bool Holds(int pid, HashSet<long> inodes)
    {
        try
        {
            return Directory.EnumerateFiles($"/proc/{pid}/fd").Any(descriptor => InodeOf(descriptor) is { } inode && inodes.Contains(inode));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static HashSet<long> Listening(Func<int, bool> wanted)
    {
        var inodes = new HashSet<long>();
        foreach (var table in (string[])["/proc/net/tcp", "/proc/net/tcp6"])
        {
            if (!File.Exists(table)) continue;
            foreach (var line in File.ReadLines(table).Skip(1))
            {
                // sl local_address rem_address st tx:rx tr:when retrnsmt uid timeout inode
                var fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
                if (fields.Length > 9 && fields[3] == ListenState && PortOf(fields[1]) is { } port && wanted(port) && long.TryParse(fields[9], out var inode))
                    inodes.Add(inode);
            }
        }

        return inodes;
    }

    private static int? PortOf(string address) =>
        int.TryParse(address.AsSpan(address.LastIndexOf(':') + 1), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var port) ? port : null;

    private static long? InodeOf(string descriptor)
    {
        try
        {
            return new FileInfo(descriptor).LinkTarget is { } target && target.StartsWith("socket:[", StringComparison.Ordinal)
                && long.TryParse(target.AsSpan("socket:[".Length).TrimEnd(']'), out var inode) ? inode : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
