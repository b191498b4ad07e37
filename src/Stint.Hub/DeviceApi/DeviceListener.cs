using System.Net;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Stint.Hub.DeviceApi;

/// <summary>
/// The device API's own listener. Its connections carry a mark that no other listener gives and no request can forge, so the
/// API answers there and nowhere else, whatever port or host name a request speaks of.
/// </summary>
public static class DeviceListener
{
    /// <summary>HTTP/1.1 only: the client's parser takes a chunk for an event.</summary>
    public static void ListenForDevices(this KestrelServerOptions kestrel, IPAddress address, int port) => kestrel.Listen(address, port, listen =>
    {
        listen.Protocols = HttpProtocols.Http1;
        listen.Use(next => connection =>
        {
            connection.Features.Set(Mark.One);
            return next(connection);
        });
    });

    internal static bool Carries(HttpContext context) => context.Features.Get<Mark>() is not null;

    private sealed class Mark
    {
        public static readonly Mark One = new();
    }
}
