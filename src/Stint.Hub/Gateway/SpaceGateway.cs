using Microsoft.AspNetCore.Http.Features;
using Stint.Core.Identities;
using Stint.Core.Spaces;
using Stint.Hub.Gateway.Hosts;
using Stint.Hub.Gateway.Recognising;
using Stint.Hub.Gateway.Streams;
using Stint.Hub.Store;
using Stint.Hub.Tokens;
using Yarp.ReverseProxy.Forwarder;

namespace Stint.Hub.Gateway;

/// <summary>
/// What arrives at a Space's address: 1 which Space 2 the hub's own paths there 3 who it is, by the evidence that was sent
/// 4 may they come in? 5 an event it starts gets its identity token 6 the Space answers 7 what became of its events.
/// </summary>
internal sealed class SpaceGateway(
    SpaceHosts hosts, OwnPaths own, EvidenceReader evidence, GatewayAnswers answers, Catalogue catalogue, SpaceUpstream upstreamOf, SpaceFunctions functions,
    LiveEvents events, Sightings sightings, IdentityTokens tokens, EventWatch watch, SpaceTransformer transformer, SpaceConnections connections, PlainForwarder plain, IHttpForwarder forwarder, HubOptions options)
{
    /// <summary>What is longer is looked at while it passes: memory stays bounded, however many send it.</summary>
    private const int LongestJoin = 64 * 1024;

    private const int LongestCancel = 64 * 1024;

    private static readonly ForwarderRequestConfig Config = new()
    {
        ActivityTimeout = SpaceConnections.LongestSilence,
        Version = new Version(1, 1),
        VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        AllowResponseBuffering = false,
    };

    public async Task HandleAsync(HttpContext context, RequestDelegate next)
    {
        // 1
        var host = hosts.Of(context, out var isOfSpaces);
        if (host is null)
        {
            await (isOfSpaces ? answers.NoSpaceAsync(context) : next(context)).ConfigureAwait(false);
            return;
        }

        // 2
        if (context.Request.Path.StartsWithSegments(Visit.Own, out var rest))
        {
            await own.HandleAsync(context, host, rest).ConfigureAwait(false);
            return;
        }

        // Neither is of the web: one asks for another server, the other has a Space repeat what it was sent, our token in it.
        if (HttpMethods.IsConnect(context.Request.Method) || HttpMethods.IsTrace(context.Request.Method))
        {
            await GatewayAnswers.JsonAsync(context, StatusCodes.Status405MethodNotAllowed, "method-not-allowed", $"No Space is asked with {context.Request.Method}.", "client").ConfigureAwait(false);
            return;
        }

        // 3, 4
        var isUpgrade = context.Features.Get<IHttpUpgradeFeature>()?.IsUpgradableRequest == true;
        var call = GradioCall.Of(context.Request, isUpgrade);
        var attribution = AsksNobody(host, call) ? null : Attributing.Decide(evidence.Read(context, host));
        if (AsksForSocket(context.Request) && (context.Request.ContentLength > 0 || context.Request.Headers.TransferEncoding.Count > 0))
        {
            await GatewayAnswers.BodyRefusedAsync(context, StatusCodes.Status400BadRequest).ConfigureAwait(false);
            return;
        }

        if (attribution is not null && await answers.TurnedAwayAsync(context, host, attribution, MayEnter(host.Space, attribution)).ConfigureAwait(false)) return;
        await PassAsync(context, new Passage(host, call, attribution)).ConfigureAwait(false);
    }

    /// <summary>Files of the page are the same for everyone, and a preflight carries no evidence by its nature.</summary>
    private static bool AsksNobody(SpaceHost host, GradioCall call) =>
        call.Kind == GradioCallKind.Preflight || (call.Kind == GradioCallKind.Static && host.Space.Visibility == SpaceVisibility.Public);

    private Admission MayEnter(Space space, Attribution attribution)
    {
        if (attribution.Outcome == AttributionOutcome.Refused) return Admission.Refused;
        if (space.IsOpenTo(null)) return Admission.Open;
        if (attribution.Identity?.Account is not { } id || catalogue.FindAccount(id) is not { } account) return Admission.SignInNeeded;
        return space.IsOpenTo(account) ? Admission.Open : Admission.NotTheirs;
    }

    private async Task PassAsync(HttpContext context, Passage passage)
    {
        var reach = await AwakeAsync(context, upstreamOf(passage.Host.Id)).ConfigureAwait(false);
        using var visit = VisitOf(context, reach);
        if (reach.Address is not { } upstream)
        {
            await answers.UnreachedAsync(context, passage.Host, reach).ConfigureAwait(false);
            return;
        }

        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit) limit.MaxRequestBodySize = options.LargestUploadMebibytes * 1024L * 1024;
        // 5
        try
        {
            await ReadAsync(context, passage).ConfigureAwait(false);
        }
        catch (BadHttpRequestException refused)
        {
            await GatewayAnswers.BodyRefusedAsync(context, refused.StatusCode).ConfigureAwait(false);
            return;
        }
        catch (IOException)
        {
            // Whoever sent it is gone.
            context.Abort();
            return;
        }

        if (passage.Call.StartsEvent) await BeginAsync(context, passage, upstream).ConfigureAwait(false);
        // 6
        passage.KeepsHost = upstream.HostNameType is UriHostNameType.IPv4 or UriHostNameType.IPv6 || upstream.IsLoopback;
        context.Features.Set(passage);
        watch.Begin(passage);
        var (answered, plainly) = (false, context.Response.Body);
        try
        {
            answered = PlainForwarder.Takes(context, passage)
                ? await plain.SendAsync(context, passage, upstream).ConfigureAwait(false)
                : await forwarder.SendAsync(context, upstream.ToString(), connections.Invoker, Config, transformer).ConfigureAwait(false) == ForwarderError.None;
        }
        finally
        {
            // 7
            await watch.EndAsync(context, passage, failed: !answered).ConfigureAwait(false);
        }

        if (answered || context.Response.HasStarted || context.RequestAborted.IsCancellationRequested) return;
        context.Response.Body = plainly;
        await (ClientFault(context) is { } status ? GatewayAnswers.BodyRefusedAsync(context, status) : answers.UnreachedAsync(context, passage.Host, upstreamOf(passage.Host.Id)))
            .ConfigureAwait(false);
    }

    private static bool AsksForSocket(HttpRequest request) => request.Headers.Upgrade.Any(line => line?.Contains("websocket", StringComparison.OrdinalIgnoreCase) == true);

    /// <summary>The status of a body that the server itself would not read on; null where that is not why it failed.</summary>
    private static int? ClientFault(HttpContext context) => RefusedIn(context.GetForwarderErrorFeature()?.Exception)?.StatusCode;

    private static BadHttpRequestException? RefusedIn(Exception? failed) => failed switch
    {
        null => null,
        BadHttpRequestException refused => refused,
        // How the server says that a chunk is longer than it can count.
        IOException { InnerException: OverflowException } => new BadHttpRequestException(failed.Message),
        AggregateException all => all.InnerExceptions.Select(RefusedIn).FirstOrDefault(refused => refused is not null),
        _ => RefusedIn(failed.InnerException),
    };

    /// <summary>Whoever comes wakes a Space that sleeps: a person sees a page meanwhile, a program is held until it answers, for a while.</summary>
    private static Task<SpaceReach> AwakeAsync(HttpContext context, SpaceReach reach)
    {
        if (reach.Wake is not { } wake) return Task.FromResult(reach);
        if (!GatewayAnswers.IsNavigation(context.Request)) return wake(context.RequestAborted);
        _ = wake(CancellationToken.None);
        return Task.FromResult(reach with { Address = null });
    }

    /// <summary>A page that is merely open beats its heart for days; that alone keeps no Space awake.</summary>
    private static IDisposable? VisitOf(HttpContext context, SpaceReach reach)
    {
        var visit = reach.Visit?.Invoke();
        if (context.Request.Path.Value?.Contains("/heartbeat/", StringComparison.Ordinal) == true) visit?.Dispose();
        return visit;
    }

    private static async Task ReadAsync(HttpContext context, Passage passage)
    {
        var most = passage.Call.Kind switch
        {
            GradioCallKind.Join => LongestJoin,
            GradioCallKind.Cancel => LongestCancel,
            GradioCallKind.Plain or GradioCallKind.Static or GradioCallKind.Preflight or GradioCallKind.Call or GradioCallKind.Whole or GradioCallKind.SessionStream or GradioCallKind.CallStream => 0,
        };
        if (most == 0) return;
        passage.Whole = await PeekedBody.PeekAsync(context, most).ConfigureAwait(false);
        if (passage.Whole is { } body) passage.Body = JoinBody.Read(body.Span);
    }

    private async Task BeginAsync(HttpContext context, Passage passage, Uri upstream)
    {
        var (deciding, space) = (passage.Attribution!.Deciding, passage.Host.Id);
        var endpoint = passage is { Call.Kind: GradioCallKind.Join, Body.Function: { } function }
            ? await functions.EndpointOfAsync(space, upstream, function, context.RequestAborted).ConfigureAwait(false)
            : passage.Call.Endpoint;
        var caller = evidence.EventOf(context, deciding);
        passage.Event = events.Begin(space, deciding.Identity!.Value, caller);
        if (deciding.Identity.Value.IsAnonymous)
            passage.Event.Device = SpaceCookies.DeviceOf(context.Request.Headers.Cookie, passage.Host) ?? (caller is null ? null : events.DeviceOf(caller));
        passage.Event.Session = passage.Body?.Session;
        if (passage is { Call.Kind: GradioCallKind.Join, Body: null }) context.Request.Body = new ScannedBody(context.Request.Body, LearnAsync);
        sightings.Note(context, passage);
        passage.IdentityToken = tokens.Issue(
            deciding.Identity.Value, space, passage.Event.Id, endpoint, IdentityTokens.LongestLifetime, deciding.Recognition);

        async Task LearnAsync(JoinScan scan)
        {
            passage.Event.Session = scan.Session;
            if (scan.Function is { } late) passage.Event.Endpoint = await functions.EndpointOfAsync(space, upstream, late, context.RequestAborted).ConfigureAwait(false);
        }
    }
}

/// <summary>Whether somebody may come in at a Space, in the order of the checks.</summary>
internal enum Admission { Refused, Open, SignInNeeded, NotTheirs }
