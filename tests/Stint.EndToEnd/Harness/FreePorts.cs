using System.Net;
using System.Net.Sockets;

namespace Stint.EndToEnd.Harness;

/// <summary>Ports of this machine that nobody listened on a moment ago.</summary>
internal static class FreePorts
{
    public static int Next()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
