using Microsoft.AspNetCore.Http.Features;
using Stint.Core;
using Stint.Core.Spaces;
using Stint.Hub.Engine;
using Stint.Hub.Nodes;
using Stint.Hub.Store;
using Stint.Hub.Telemetry;
using Stint.Hub.Tokens;

namespace Stint.Hub.DeviceApi;

/// <summary>
/// Where <c>/device/SECRET/…</c> leads: 1 the secret says which Space speaks, and without it nothing is there 2 the call
/// 3 whatever goes wrong inside is a 503, for the client knows no other failure of ours.
/// </summary>
internal sealed class DeviceRoutes(
    DeviceSecrets secrets, Catalogue catalogue, ScheduleCall schedule, LeaseCalls leases, LedgerEngine engine, ILogger<DeviceRoutes> log)
{
    /// <summary>No call has a body.</summary>
    private const long LongestBody = 1024;

    public async Task HandleAsync(HttpContext context)
    {
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } body) body.MaxRequestBodySize = LongestBody;
        try
        {
            // 1
            if (context.Request.Path.Value?.Split('/') is not ["", "device", var secret, var call] || SpaceOf(secret) is not { } space)
                context.Response.StatusCode = StatusCodes.Status404NotFound;
            // 2
            else
            {
                NameTo(context, space);
                await CallAsync(context, space, call);
            }
        }
        // 3
        catch (Exception e) when (e is EngineBusyException or StoreFailedException)
        {
            Fail(context);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            context.Abort();
        }
#pragma warning disable CA1031 // Anything else would be a status the client cannot read, with the secret path in the server's own log.
        catch (Exception e) when (e is not InvariantBrokenException)
#pragma warning restore CA1031
        {
            log.DeviceCallFailed(e);
            Fail(context);
        }
    }

    private Space? SpaceOf(string secret) => secrets.Resolve(secret, catalogue.Version(), catalogue.Spaces);

    private Task CallAsync(HttpContext context, Space space, string call) => (context.Request.Method, call) switch
    {
        ("POST", "startup-report") => Answers.StatusAsync(context, StatusCodes.Status200OK),
        ("POST", "schedule") => schedule.HandleAsync(context, space),
        ("POST", "allow") => leases.AllowAsync(context, space),
        ("POST", "release") => leases.ReleaseAsync(context, space),
        ("GET", "queue-size") => Answers.JsonAsync(context, StatusCodes.Status200OK, System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(engine.Pool.Waiting)),
        _ => Answers.StatusAsync(context, StatusCodes.Status404NotFound),
    };

    /// <summary>A node has to know whose processes a Space's are.</summary>
    private static void NameTo(HttpContext context, Space space)
    {
        if (NodeCaller.Of(context) is null) return;
        context.Response.Headers[NodeWire.SpaceHeader] = space.Id.ToString();
        if (space.Upstream is { } upstream) context.Response.Headers[NodeWire.UpstreamHeader] = upstream.ToString();
    }

    private static void Fail(HttpContext context)
    {
        if (context.Response.HasStarted) context.Abort();
        else context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
    }
}
