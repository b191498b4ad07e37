using System.Net;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Stint.Core.Identities;
using Stint.Hub.Engine;
using Stint.Hub.Gateway.Hosts;
using Stint.Hub.Gateway.Recognising;
using Stint.Hub.Gateway.Streams;
using Stint.Hub.Telemetry;
using Stint.Hub.Tokens;

namespace Stint.Hub.Gateway;

/// <summary>The addresses of Spaces: their listeners, who comes in, and what goes on to them.</summary>
internal static class GatewaySetup
{
    public static void AddGateway(this IServiceCollection services, HubOptions options)
    {
        services.AddHttpForwarder();
        services.AddSingleton(new SpaceListeners(options));
        services.AddSingleton(new ClientAddress(options));
        services.AddSingleton<HostPorts>();
        services.AddSingleton<SpaceHosts>();
        services.AddSingleton<SpaceAddress>(container => space => container.GetRequiredService<SpaceHosts>().Of(space)?.Address);
        services.AddHostedService<SpaceHosting>();
        services.AddSingleton<EvidenceReader>();
        services.AddSingleton<WhoAmI>();
        services.AddSingleton<GatewayAnswers>();
        services.AddCounts();
        services.AddSingleton<ExaminePage>();
        services.AddSingleton<Sightings>();
        services.AddSingleton<OwnPaths>();
        services.AddSingleton<SpaceConnections>();
        services.AddSingleton<SpaceFunctions>();
        services.AddSingleton<UnheardEvents>();
        services.AddSingleton<EventWatch>();
        services.AddHostedService<UnheardWatch>();
        services.AddSingleton<IEffects>(container => new EventEffects(
            container.GetRequiredService<LiveEvents>(), container.GetRequiredService<LedgerEngine>, container.GetRequiredService<ILogger<EventEffects>>()));
        services.AddSingleton<SpaceTransformer>();
        services.AddSingleton<PlainForwarder>();
        services.AddSingleton<SpaceGateway>();
        services.AddSingleton<SocketThreads>();
        // The forwarder names in full what it forwards to, and queries carry secrets.
        services.KeepSecretsFromLogs();
    }

    /// <summary>The public listener, and the listeners of Spaces beside it.</summary>
    public static void ListenForPeople(this KestrelServerOptions kestrel, HubOptions options)
    {
        kestrel.Listen(IPAddress.Parse(options.Bind), options.Port, listener =>
        {
            if (options is { Certificate: { } certificate, CertificateKey: { } key }) listener.UseHttps(X509Certificate2.CreateFromPemFile(certificate, key));
        });
        kestrel.Configure(kestrel.ApplicationServices.GetRequiredService<SpaceListeners>().Configuration, reloadOnChange: true);
    }

    /// <summary>First of all, the device API included.</summary>
    public static void UseSocketThreads(this WebApplication app) => app.Use((context, next) => app.Services.GetRequiredService<SocketThreads>().HandleAsync(context, next));

    /// <summary>Before everything but the device API: what is at a Space's address is no page of the hub.</summary>
    public static void UseGateway(this WebApplication app)
    {
        var (clients, gateway) = (app.Services.GetRequiredService<ClientAddress>(), app.Services.GetRequiredService<SpaceGateway>());
        app.Use((context, next) =>
        {
            if (!SpaceHosts.IsAddress(context.Request.Host))
                return GatewayAnswers.JsonAsync(context, StatusCodes.Status400BadRequest, "host-invalid", "The Host header names no address.", "client");
            clients.Apply(context);
            return gateway.HandleAsync(context, next);
        });
        // Otherwise routes would be matched before the gateway has looked whose address it is.
        app.UseRouting();
    }

    public static void MapGateway(this IEndpointRouteBuilder app) => app
        .MapGet("/v1/me", (HttpContext context, WhoAmI whoAmI) => whoAmI.Of(Here(context)))
        .WithTags("ledger").WithName("whoAmI").WithSummary("Who the caller is counted as, why, what is left, and every kind of evidence with what became of it.")
        .Produces<MeAnswer>();

    /// <summary>At the hub's own address the evidence was heard before: what is left of it is who it named.</summary>
    private static Attribution Here(HttpContext context)
    {
        var caller = RequestIdentity.Of(context);
        return Attributing.Decide([
            Evidence.Believed(caller.Evidence, caller.Evidence == EvidenceKind.Cookie ? "Cookie" : "Authorization", caller.Identity),
            EvidenceReader.OfNetwork(context),
        ]);
    }
}
