using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Stint.Core.Spaces;

namespace Stint.Hub.Spaces.Supervision;

/// <summary>
/// The loopback port of each Space: the one it had before wherever that is free, so that an address told to somebody still
/// holds after a crash and after a restart of the hub. Never the port of another Space, listening or not.
/// </summary>
internal sealed class SpacePorts(string directory)
{
    private readonly Lock gate = new();
    private readonly Dictionary<SpaceId, int> given = [];

    public int PortOf(SpaceId space)
    {
        var files = new SpaceFiles(directory, space);
        lock (gate)
        {
            var port = Former(space, files);
            if (port is null || !IsFree(port.Value) || given.Any(one => one.Key != space && one.Value == port)) port = Fresh();
            given[space] = port.Value;
            Keep(files, port.Value);
            return port.Value;
        }
    }

    private int? Former(SpaceId space, SpaceFiles files)
    {
        if (given.TryGetValue(space, out var port)) return port;
        try
        {
            return int.TryParse(File.ReadAllText(files.Port), CultureInfo.InvariantCulture, out var kept) && kept is > 1023 and <= IPEndPoint.MaxPort ? kept : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static void Keep(SpaceFiles files, int port)
    {
        try
        {
            files.CreateKept();
            File.WriteAllText(files.Port, port.ToString(CultureInfo.InvariantCulture));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Then the next hub gives it another one.
        }
    }

    /// <summary>The kernel may offer a port that a Space was given and does not listen on yet.</summary>
    private int Fresh()
    {
        while (true)
        {
            using var listener = new TcpListener(IPAddress.Loopback, 0);
            listener.Start();
            var port = ((IPEndPoint)listener.LocalEndpoint).Port;
            if (!given.ContainsValue(port)) return port;
        }
    }

    private static bool IsFree(int port)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, port);
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
