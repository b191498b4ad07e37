using System.Globalization;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Stint.Core.Identities;
using Stint.Hub;
using Stint.Hub.Engine;
using Stint.Hub.Gateway;
using Stint.Hub.Gateway.Hosts;
using Stint.Hub.Gateway.Recognising;
using Stint.Hub.Nodes;
using Stint.Hub.Store;
using Stint.Hub.Tokens;
using Yarp.ReverseProxy.Forwarder;

namespace Stint.Bench.Gateway;

/// <summary>The programs that stand behind and beside the gateway in its benchmark, each a process of its own.</summary>
internal static class Role
{
    public const string Argument = "as";
    public const string Space = "space";
    public const string AuthRequest = "auth-request";
    public const string Forwarder = "forwarder";

    /// <param name="arguments">The role, its port, and what else it needs to know.</param>
    public static async Task<int> PlayAsync(string[] arguments)
    {
        var port = int.Parse(arguments[1], CultureInfo.InvariantCulture);
        await (arguments switch
        {
            [Space, ..] => SpaceAsync(port),
            [AuthRequest, _, var directory, var address] => AuthRequestAsync(port, directory, new Uri(address)),
            [Forwarder, _, var upstream] => ForwarderAsync(port, upstream),
            _ => throw new ArgumentException($"there is no role '{arguments[0]}'"),
        });
        return 0;
    }

    /// <summary>
    /// What stands behind all doors: the two answers of a Gradio app that matter here, ready made. No app in Python answers as
    /// quickly, so what a door costs is the larger part of what is measured.
    /// </summary>
    private static Task SpaceAsync(int port)
    {
        var config = Encoding.UTF8.GetBytes($$"""{"version":"5.49.1","api_prefix":"/gradio_api","protocol":"sse_v3","components":"{{new string('x', 6_000)}}","dependencies":[{"id":0,"api_name":"render"}]}""");
        var joined = Encoding.UTF8.GetBytes("""{"event_id":"0123456789abcdef0123456789abcdef"}""");
        return ServeAsync(port, null, async context =>
        {
            var isJoin = HttpMethods.IsPost(context.Request.Method);
            if (isJoin) await context.Request.Body.CopyToAsync(Stream.Null);
            var answer = isJoin ? joined : config;
            context.Response.ContentType = "application/json";
            context.Response.ContentLength = answer.Length;
            await context.Response.Body.WriteAsync(answer);
        });
    }

    /// <summary>The hub as somebody would have it answer nginx's <c>auth_request</c>: the gateway's own attribution, and for what starts an event its identity token.</summary>
    /// <param name="directory">The data directory of the hub beside it: the same sessions, keys and Spaces.</param>
    /// <param name="address">The Space's own address at that hub.</param>
    private static Task AuthRequestAsync(int port, string directory, Uri address)
    {
        var options = new HubOptions { Directory = directory };
        SpaceHost? host = null;
        return ServeAsync(port, services =>
        {
            services.AddSingleton(options);
            services.AddStore(new HubDirectory(directory));
            services.AddTokens(HubKeys.Open(directory));
            services.AddEngine();
            services.AddNodes(options);
            services.AddGateway(options);
            foreach (var hosted in services.Where(service => service.ServiceType == typeof(Microsoft.Extensions.Hosting.IHostedService)).ToList()) services.Remove(hosted);
        }, context =>
        {
            var services = context.RequestServices;
            host ??= new(services.GetRequiredService<Catalogue>().Spaces().Single(), address, address.Port);
            var method = context.Request.Headers["X-Original-Method"].ToString();
            context.Request.Method = method;
            var attribution = Attributing.Decide(services.GetRequiredService<EvidenceReader>().Read(context, host));
            context.Response.StatusCode = attribution.Outcome == AttributionOutcome.Refused ? StatusCodes.Status401Unauthorized : StatusCodes.Status204NoContent;
            if (attribution.Identity is not { } identity || !HttpMethods.IsPost(method)) return Task.CompletedTask;
            var events = services.GetRequiredService<LiveEvents>();
            var begun = events.Begin(host.Id, identity);
            context.Response.Headers["X-IP-Token"] = services.GetRequiredService<IdentityTokens>().Issue(
                identity, host.Id, begun.Id, "/render", IdentityTokens.LongestLifetime, attribution.Deciding.Recognition);
            return Task.CompletedTask;
        });
    }

    /// <summary>The forwarder that the gateway stands on, with nothing before it: what could be had at best that way.</summary>
    private static Task ForwarderAsync(int port, string upstream)
    {
        var invoker = new HttpMessageInvoker(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false, UseCookies = false, ActivityHeadersPropagator = null });
        return ServeAsync(port, services => services.AddHttpForwarder(), async context =>
            await context.RequestServices.GetRequiredService<IHttpForwarder>().SendAsync(context, upstream, invoker));
    }

    private static async Task ServeAsync(int port, Action<IServiceCollection>? services, RequestDelegate answer)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        services?.Invoke(builder.Services);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Listen(IPAddress.Loopback, port);
        });
        await using var app = builder.Build();
        app.Run(answer);
        await app.RunAsync();
    }
}
