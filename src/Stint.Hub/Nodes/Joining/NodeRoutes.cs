using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http.Features;
using Stint.Core;
using Stint.Core.Leasing;
using Stint.Hub.Engine;
using Stint.Hub.Nodes.Gpus;
using Stint.Hub.Store;
using Stint.Hub.Telemetry;

namespace Stint.Hub.Nodes.Joining;

/// <summary>
/// What nodes ask of the hub: 1 who speaks, by the secret it was given when it joined 2 is it heard, by its epoch 3 the call.
/// 401 means it has no place here, 409 that it has to say hello again, 400 that it was not understood.
/// </summary>
internal sealed class NodeRoutes(
    NodeRecords records, JoinedNodes nodes, LedgerEngine engine, LedgerClock clock, NodeTerms terms, DeviceCalls devices, UnleasedUses unleased, ILogger<NodeRoutes> log)
{
    private const int LongestWord = 100;

    public async Task HandleAsync(HttpContext context)
    {
        // Sockets are read elsewhere meanwhile: what follows may wait for the data file.
        await Task.Yield();
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } body) body.MaxRequestBodySize = NodeWire.LongestBody;
        try
        {
            var path = context.Request.Path.Value ?? "";
            if (!path.StartsWith(NodeWire.Prefix, StringComparison.Ordinal)) await SayAsync(context, 404, "nodes only");
            else if (context.Request.Path == "/node/join") await JoinAsync(context);
            else if (nodes.Find(Secret(context)) is not { } node) await SayAsync(context, 401, "this node is not known here; join with a token of: stint node token");
            else await CallAsync(context, node, path[NodeWire.Prefix.Length..]);
        }
        catch (Exception e) when (e is JsonException or BadHttpRequestException)
        {
            await SayAsync(context, 400, "not understood: " + e.Message);
        }
        catch (Exception e) when (e is EngineBusyException or StoreFailedException)
        {
            await SayAsync(context, 503, "the hub is busy; try again in a moment");
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            context.Abort();
        }
#pragma warning disable CA1031 // The path may hold a Space's secret, which the server would write into its log.
        catch (Exception e) when (e is not InvariantBrokenException)
#pragma warning restore CA1031
        {
            log.NodeCallFailed(e);
            await SayAsync(context, 500, "the hub failed; its log says why");
        }
    }

    private async Task JoinAsync(HttpContext context)
    {
        var join = await ReadAsync<JoinWire>(context);
        var (outcome, secret) = records.Join(join.Token ?? "", join.Name ?? "", clock.Now);
        if (outcome == JoinOutcome.Joined)
        {
            nodes.Follow();
            log.NodeJoined(join.Name!);
            await AnswerAsync(context, new JoinedWire(join.Name!, secret!));
            return;
        }

        await SayAsync(context, outcome is JoinOutcome.NameInvalid or JoinOutcome.NameTaken ? 422 : 401, outcome switch
        {
            JoinOutcome.Joined => "",
            JoinOutcome.NameInvalid => $"a node's name has {NodeRecords.NameRule}; choose one with --name",
            JoinOutcome.NameTaken => $"another node is named {join.Name}; choose a name with --name, or remove that one with: stint node remove {join.Name}",
            JoinOutcome.TokenUnknown => "this hub has no such token; make one with: stint node token",
            JoinOutcome.TokenUsed => "this token was used already; make another with: stint node token",
            JoinOutcome.TokenExpired => "this token has expired; make another with: stint node token",
        });
    }

    private async Task CallAsync(HttpContext context, JoinedSlots node, string call)
    {
        switch (call)
        {
            case "hello": await HelloAsync(context, node); break;
            case "return": await ReturnAsync(context, node); break;
            case "beat": await BeatAsync(context, node); break;
            case "seen": await SeenAsync(context, node); break;
            case "unleased": await UnleasedAsync(context, node); break;
            case "undelivered":
                var undelivered = await ReadAsync<UndeliveredWire>(context);
                if (await IsHeardAsync(context, node, undelivered.Epoch)) await engine.SendAsync<CancelReply>(new Cancel(undelivered.Id, Undelivered: true) { Node = node.Name });
                break;
            case var device when device.StartsWith("device/", StringComparison.Ordinal): await DeviceAsync(context, node, device); break;
            default: await SayAsync(context, 404, "no such call"); break;
        }
    }

    private async Task HelloAsync(HttpContext context, JoinedSlots node)
    {
        var hello = await ReadAsync<HelloWire>(context);
        var offer = OfferOf(node, hello);
        if (records.Reached(node.Name, hello.DeviceUrl, hello.Devices ?? "", clock.Now) is not { } epoch)
        {
            await SayAsync(context, 401, "this node was removed");
            return;
        }

        node.Begin(epoch, offer);
        var (seen, orders) = node.Since(0);
        await AnswerAsync(context, new WelcomeWire(node.Name, epoch, terms.LostAfter, terms.Grace, seen, [.. orders.Select(order => OrderWire.Of(order, clock.Now))]));
    }

    private async Task ReturnAsync(HttpContext context, JoinedSlots node)
    {
        var back = await ReadAsync<ReturnWire>(context);
        if (back.Leases is null or { Count: > NodeWire.MostLeases } || back.Gone is null or { Count: > NodeWire.MostLeases } || back.Leases.Any(lease => lease is null || lease.Exit is { } exit && !Enum.IsDefined(exit)))
            throw new JsonException($"a node reports up to {NodeWire.MostLeases} leases, each with the way it ended");
        if (back.Epoch != node.Epoch)
        {
            await SayAsync(context, 409, "say hello first");
            return;
        }

        var drained = records.List().Any(record => record.Name == node.Name && record.IsDrained);
        var offer = node.Offer.Where(slot => back.Withheld?.Contains(slot.Id) != true).Select(slot => slot with { IsDrained = drained }).ToList();
        var gone = back.Gone.Where(gone => gone?.Worker is not null && IsOf(node, gone.Slot)).Select(gone => new ReportWorkerGone(gone.Slot, gone.Worker)).ToList();
        // Heard before its slots serve: a grant must find its node there.
        if (!node.Return(back.Epoch)) await SayAsync(context, 409, "say hello again");
        else if ((await engine.SendAsync<NodeReply>(new ReturnNode(node.Name, back.Epoch, offer, back.Leases, gone))).Outcome == NodeOutcome.Taken) log.NodeReturned(node.Name, back.Epoch, offer.Count);
        else await SayAsync(context, 409, "say hello again");
    }

    /// <summary>A sign of life; answered as soon as there are orders, and before long in any case.</summary>
    private async Task BeatAsync(HttpContext context, JoinedSlots node)
    {
        var beat = await ReadAsync<BeatWire>(context);
        if (!await IsHeardAsync(context, node, beat.Epoch)) return;
        await node.WaitAsync(beat.Seen, terms.BeatHeldFor, context.RequestAborted);
        if (!await IsHeardAsync(context, node, beat.Epoch)) return;
        var (seen, orders) = node.Since(beat.Seen);
        await AnswerAsync(context, new OrdersWire(seen, [.. orders.Select(order => OrderWire.Of(order, clock.Now))]));
    }

    private async Task SeenAsync(HttpContext context, JoinedSlots node)
    {
        var seen = await ReadAsync<SeenWire>(context);
        if (!await IsHeardAsync(context, node, seen.Epoch) || !IsOf(node, seen.Slot)) return;
        if (seen.Gone is { } worker) await engine.SendAsync<Done>(new ReportWorkerGone(seen.Slot, worker));
        else if (seen.Unstoppable is { } because) await engine.SendAsync<Done>(new ReportUnstoppable(seen.Slot, because));
    }

    private async Task UnleasedAsync(HttpContext context, JoinedSlots node)
    {
        var said = await ReadAsync<UnleasedWire>(context);
        if (said.Uses is null or { Count: > NodeWire.MostUnleased }) throw new JsonException($"a node names up to {NodeWire.MostUnleased} uses");
        if (!await IsHeardAsync(context, node, said.Epoch)) return;
        var uses = said.Uses.Where(use => IsOf(node, use?.Slot)).Select(use => use with { Program = Short(use.Program), Then = use.Then is { } then ? Short(then) : null }).ToList();
        unleased.Hear(node.Name, uses);
        if (uses.Count > 0) log.UnleasedElsewhere(node.Name, string.Join(", ", uses.Take(5)) + (uses.Count > 5 ? ", …" : ""));
    }

    /// <summary>A Space's call, handed to the device API as it came, with the node it came through.</summary>
    private async Task DeviceAsync(HttpContext context, JoinedSlots node, string path)
    {
        if (!long.TryParse(context.Request.Headers[NodeWire.EpochHeader], NumberStyles.None, CultureInfo.InvariantCulture, out var epoch)) throw new JsonException("no epoch");
        if (!await IsHeardAsync(context, node, epoch)) return;
        context.Features.Set(new NodeCaller(node.Name, WorkerOf(context)));
        context.Request.Path = "/" + path;
        await devices(context);
    }

    /// <summary>Checked once more at each call: a node that was lost is not heard before it has reported.</summary>
    private static async Task<bool> IsHeardAsync(HttpContext context, JoinedSlots node, long epoch)
    {
        if (node.Hear(epoch)) return true;
        await SayAsync(context, 409, "say hello again");
        return false;
    }

    private static WorkerProcess? WorkerOf(HttpContext context) =>
        context.Request.Headers[NodeWire.WorkerHeader].ToString() is { Length: > 0 and < 256 } text ? JsonSerializer.Deserialize<WorkerProcess>(text, Json.Options) : null;

    private static List<Slot> OfferOf(JoinedSlots node, HelloWire hello)
    {
        if (hello.Slots is null || hello.Slots.Count > NodeWire.MostSlots || hello.Slots.Any(slot => slot?.Key is null) || hello.Slots.DistinctBy(slot => slot.Key).Count() != hello.Slots.Count)
            throw new JsonException($"a node offers up to {NodeWire.MostSlots} slots, each with a key of its own");
        if (hello.DeviceUrl is not { IsAbsoluteUri: true, Scheme: "http", IsLoopback: true }) throw new JsonException("a node's device API is at an http address of its own loopback");
        foreach (var slot in hello.Slots)
            if (slot.Index is < 0 or >= NodeWire.MostSlots || !Enum.IsDefined(slot.Largest) || slot.Uuid is not { Length: >= 1 and <= 96 } uuid || !uuid.All(IsKeyLetter))
                throw new JsonException($"slot {Short(slot.Key)} has no proper index, UUID or size");
        return [.. hello.Slots.Select(slot => new Slot(new($"{node.Name}/{Key(slot.Key)}"), node.Name, slot.Index, slot.Uuid, slot.Largest))];
    }

    /// <summary>A node speaks of its own slots only.</summary>
    private static bool IsOf(JoinedSlots node, SlotId? slot) => slot?.Value?.StartsWith(node.Name + "/", StringComparison.Ordinal) == true;

    private static string Short(string? text) => new([.. (text ?? "").Take(LongestWord).Select(c => char.IsControl(c) ? ' ' : c)]);

    private static bool IsKeyLetter(char c) => char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or '/';

    private static string Key(string key) =>
        key is { Length: >= 1 and <= 64 } && key.All(IsKeyLetter) ? key : throw new JsonException("a slot's key has 1 to 64 letters");

    private static string Secret(HttpContext context) =>
        context.Request.Headers.Authorization.ToString() is var header && header.StartsWith("Bearer ", StringComparison.Ordinal) ? header["Bearer ".Length..] : "";

    private static async Task<T> ReadAsync<T>(HttpContext context)
    {
        try
        {
            return await JsonSerializer.DeserializeAsync<T>(context.Request.Body, Json.Options, context.RequestAborted) ?? throw new JsonException("nothing was said");
        }
        catch (Exception e) when (e is OverflowException or ArgumentOutOfRangeException)
        {
            throw new JsonException("a number is too large", e);
        }
    }

    private static Task AnswerAsync<T>(HttpContext context, T answer) => context.Response.WriteAsJsonAsync(answer, Json.Options, context.RequestAborted);

    private static async Task SayAsync(HttpContext context, int status, string text)
    {
        if (context.Response.HasStarted)
        {
            context.Abort();
            return;
        }

        context.Response.StatusCode = status;
        context.Response.ContentType = "text/plain; charset=utf-8";
        await context.Response.WriteAsync(text);
    }
}
