using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Stint.Hub.Nodes.Joining;

/// <summary>The listener of nodes, where the operator wants one. Its connections carry a mark, so nodes are answered there and nowhere else.</summary>
public static class NodeListener
{
    public static void ListenForNodes(this KestrelServerOptions kestrel, HubOptions options)
    {
        if (options.NodePort is not { } port) return;
        kestrel.Listen(IPAddress.Parse(options.NodeBind), port, listen =>
        {
            listen.Protocols = HttpProtocols.Http1;
            if (options is { Certificate: { } certificate, CertificateKey: { } key }) listen.UseHttps(X509Certificate2.CreateFromPemFile(certificate, key));
            listen.Use(next => connection =>
            {
                connection.Features.Set(Mark.One);
                return next(connection);
            });
        });
    }

    /// <summary>Loopback, or a network that no stranger is on: what is said there need not be encrypted.</summary>
    public static bool IsPrivate(IPAddress address)
    {
        if (IPAddress.IsLoopback(address)) return true;
        var bytes = address.GetAddressBytes();
        return address.AddressFamily == AddressFamily.InterNetworkV6
            ? (bytes[0] & 0xfe) == 0xfc
            : bytes is [10, ..] or [172, >= 16 and <= 31, ..] or [192, 168, ..] or [100, >= 64 and <= 127, ..];
    }

    internal static bool Carries(HttpContext context) => context.Features.Get<Mark>() is not null;

    private sealed class Mark
    {
        public static readonly Mark One = new();
    }
}
