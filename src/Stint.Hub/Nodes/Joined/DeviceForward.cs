using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http.Features;
using Stint.Core.Quota;
using Stint.Core.Spaces;
using Stint.Hub.Store;

namespace Stint.Hub.Nodes.Joined;

/// <summary>
/// The device API of a node. The hub decides; here the calls are handed on and the answers handed back, pids are proven,
/// and while the hub is out of reach what was granted is finished and nothing new is begun: 503, <c>hub-unreachable</c>.
/// </summary>
internal sealed class DeviceForward(HubCalls hub, HubLink link, LocalNode node, LeasesInHand leases, SpacesSeen spaces)
{
    private const string Unreachable = "hub-unreachable: this node has lost its hub; what runs is finished, nothing new is granted";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    public async Task HandleAsync(HttpContext context)
    {
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } body) body.MaxRequestBodySize = 1024;
        if (context.Request.Path.Value?.Split('/') is not ["", "device", { Length: > 0 and <= 128 } secret, var call])
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        try
        {
            switch (call)
            {
                case "schedule": await new ScheduleRelay(hub, link, leases, spaces).HandleAsync(context, secret); break;
                case "allow": await AllowAsync(context, secret); break;
                case "release": await ReleaseAsync(context, secret); break;
                default:
                    if (!await TryForwardAsync(context, secret, null)) await SayAsync(context, 503, Unreachable);
                    break;
            }
        }
        catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException)
        {
            if (context.Response.HasStarted || context.RequestAborted.IsCancellationRequested) context.Abort();
            else await SayAsync(context, 503, Unreachable);
        }
    }

    /// <summary>1 the shape 2 is that process the Space's? Seen here, for only here it can be 3 the hub, or without it what this node knows.</summary>
    private async Task AllowAsync(HttpContext context, string secret)
    {
        // 1
        if (!int.TryParse(context.Request.Query["pid"], NumberStyles.None, CultureInfo.InvariantCulture, out var pid))
        {
            await SayAsync(context, 400, "pid must be a number");
            return;
        }

        // 2
        if (await SpaceOfAsync(context, secret) is not { } space)
        {
            await SayAsync(context, link.IsOpen ? 404 : 503, link.IsOpen ? "" : Unreachable);
            return;
        }

        var sighting = node.Sight(space, pid);
        if (sighting.Worker is not { } worker)
        {
            await SayAsync(context, 403, sighting.Because ?? "");
            return;
        }

        // 3
        if (await TryForwardAsync(context, secret, JsonSerializer.Serialize(worker, Json.Options))) return;
        var known = leases.Find(context.Request.Query["allowToken"]);
        if (known is null || known.DueAt < leases.Now) await SayAsync(context, 404, "the lease is over, or this node does not know it");
        else if (known.Worker is { } other && known.AllowedAt is not null && other != worker) await SayAsync(context, 403, "this lease has another worker");
        else
        {
            leases.Allowed(known.Id, worker);
            link.Close();
            await SayAsync(context, 200, "");
        }
    }

    private async Task ReleaseAsync(HttpContext context, string secret)
    {
        if (await TryForwardAsync(context, secret, null)) return;
        var known = leases.Find(context.Request.Query["allowToken"]);
        if (known is null)
        {
            await SayAsync(context, 404, "");
            return;
        }

        var isFailed = bool.TryParse(context.Request.Query["fail"], out var failed) && failed;
        leases.Ended(known.Id, isFailed ? ExitClass.Failed : ExitClass.Completed);
        link.Close();
        if (isFailed && known is { Slot: { } slot, Worker: { } worker }) node.StopOverdue(slot, worker);
        await SayAsync(context, known.AllowedAt is null ? 204 : 200, "");
    }

    /// <summary>False where the hub did not answer: then it is out of reach, and nothing was written yet.</summary>
    private async Task<bool> TryForwardAsync(HttpContext context, string secret, string? worker)
    {
        if (!link.IsOpen) return false;
        using var bounded = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, link.WhileOpen);
        bounded.CancelAfter(Patience);
        try
        {
            using var answer = await hub.ForwardAsync(context, link.Epoch, context.Request.Path + context.Request.QueryString, worker, bounded.Token);
            spaces.Learn(secret, answer);
            if ((int)answer.StatusCode is 409) return false;
            var body = await answer.Content.ReadAsByteArrayAsync(bounded.Token);
            context.Response.StatusCode = (int)answer.StatusCode;
            if (context.Response.StatusCode == 204) return true;
            context.Response.ContentType = answer.Content.Headers.ContentType?.ToString() ?? "text/plain";
            context.Response.ContentLength = body.Length;
            await context.Response.Body.WriteAsync(body, context.RequestAborted);
            return true;
        }
        catch (Exception e) when ((e is HttpRequestException or OperationCanceledException or IOException) && !context.RequestAborted.IsCancellationRequested && !context.Response.HasStarted)
        {
            link.Close();
            return false;
        }
    }

    /// <summary>Whose secret this is: known from an answer that passed, else asked for by a call that changes nothing.</summary>
    private async Task<Space?> SpaceOfAsync(HttpContext context, string secret)
    {
        if (spaces.Find(secret) is { } seen || !link.IsOpen) return spaces.Find(secret);
        using var bounded = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, link.WhileOpen);
        bounded.CancelAfter(Patience);
        using var answer = await hub.ForwardAsync(context, link.Epoch, $"/device/{secret}/startup-report", null, bounded.Token);
        spaces.Learn(secret, answer);
        return spaces.Find(secret);
    }

    private static async Task SayAsync(HttpContext context, int status, string text)
    {
        context.Response.StatusCode = status;
        if (status == 204) return;
        context.Response.ContentType = "text/plain; charset=utf-8";
        await context.Response.WriteAsync(text);
    }
}
