using System.Net;
using System.Net.Sockets;
using Dapper;
using Stint.Core.Spaces;
using Stint.Hub.Store;

namespace Stint.Hub.Gateway.Hosts;

/// <summary>
/// The port each Space listens at where Spaces have no host names. Given once and kept in the data file, so that an address
/// somebody noted still leads to the same Space; a new one is given only where something else has taken it.
/// </summary>
internal sealed class HostPorts(HubOptions options, Catalogue catalogue)
{
    /// <summary>The first port of Spaces lies this far above the hub's own.</summary>
    public const int Above = 10;

    private const int Range = 10_000;
    private readonly Dictionary<SpaceId, int> open = [];

    /// <summary>Null where no port is left. Asked by one thread at a time.</summary>
    public int? Of(SpaceId space)
    {
        if (open.TryGetValue(space, out var port)) return port;
        var given = catalogue.Write(writer => Give(writer, space), changed => changed.IsNew).Port;
        if (given is { } found) open[space] = found;
        return given;
    }

    private (int? Port, bool IsNew) Give(Microsoft.Data.Sqlite.SqliteConnection writer, SpaceId space)
    {
        var kept = writer.QuerySingleOrDefault<int?>("SELECT port FROM space_ports WHERE space = @space", new { space = space.ToString() });
        if (kept is { } before && IsFree(before)) return (before, false);
        var taken = writer.Query<int>("SELECT port FROM space_ports").ToHashSet();
        var last = Math.Min(options.Port + Above + Range, IPEndPoint.MaxPort);
        for (var port = options.Port + Above; port <= last; port++)
        {
            if (taken.Contains(port) || port == options.DeviceListenerPort || !IsFree(port)) continue;
            writer.Execute("INSERT OR REPLACE INTO space_ports (space, port) VALUES (@space, @port)", new { space = space.ToString(), port });
            return (port, true);
        }

        return (null, false);
    }

    private bool IsFree(int port)
    {
        try
        {
            using var probe = new TcpListener(IPAddress.Parse(options.Bind), port);
            probe.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
