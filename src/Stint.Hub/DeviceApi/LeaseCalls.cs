using System.Globalization;
using Stint.Core.Leasing;
using Stint.Core.Spaces;
using Stint.Hub.Engine;
using Stint.Hub.Nodes;
using Stint.Hub.Nodes.Workers;
using Stint.Hub.Tokens;

namespace Stint.Hub.DeviceApi;

/// <summary>What a Space says of a lease it has: <c>POST /allow</c> names the worker, <c>POST /release</c> ends it.</summary>
internal sealed class LeaseCalls(AllowTokens allowTokens, LocalNode node, LedgerEngine engine)
{
    /// <summary>1 the shape 2 the lease 3 is that process the Space's? 4 the decision.</summary>
    public async Task AllowAsync(HttpContext context, Space space)
    {
        // 1
        if (!int.TryParse(context.Request.Query["pid"], NumberStyles.None, CultureInfo.InvariantCulture, out var pid))
        {
            await Answers.TextAsync(context, StatusCodes.Status400BadRequest, "pid must be a number");
            return;
        }

        // 2
        if (!allowTokens.TryRead(context.Request.Query["allowToken"], space.Id, out var id))
        {
            await Answers.TextAsync(context, StatusCodes.Status404NotFound, "no such lease");
            return;
        }

        // 3
        var sighting = NodeCaller.Of(context) is { } caller ? SeenBy(caller, pid) : node.Sight(space, pid);
        if (sighting.Worker is not { } worker)
        {
            await Answers.TextAsync(context, StatusCodes.Status403Forbidden, sighting.Because ?? "");
            return;
        }

        // What was used up before this run is not its doing.
        _ = node.CauseOfFailure(space.Id);
        // 4
        var reply = await engine.SendForSureAsync<AllowWorkerReply>(new AllowWorker(id.Value, space.Id, worker) { Node = NodeCaller.Of(context)?.Name ?? LocalNode.BuiltIn });
        var (status, text) = reply.Outcome switch
        {
            AllowWorkerOutcome.Allowed or AllowWorkerOutcome.AlreadyAllowed => (StatusCodes.Status200OK, sighting.Because ?? ""),
            AllowWorkerOutcome.AlreadyAllowedForAnotherWorker => (StatusCodes.Status403Forbidden, "this lease has another worker"),
            AllowWorkerOutcome.LeaseUnknown => (StatusCodes.Status404NotFound, "the lease is over"),
        };
        await Answers.TextAsync(context, status, text);
    }

    /// <summary>What the node saw on its own machine.</summary>
    private static Sighting SeenBy(NodeCaller caller, int pid) => caller.Worker is { } seen
        ? new(seen.Proven ? SightingOutcome.Proven : SightingOutcome.Unproven, seen, null)
        : new(SightingOutcome.NotOfThisSpace, null, $"the node says nothing of pid {pid}");

    /// <summary>A token that is none of ours is no lease: any other answer would replace the visitor's result by an error.</summary>
    public async Task ReleaseAsync(HttpContext context, Space space)
    {
        if (context.Request.Query["fail"] is var fail && fail.Count > 0 && !bool.TryParse(fail, out _))
        {
            await Answers.TextAsync(context, StatusCodes.Status400BadRequest, "fail must be true or false");
            return;
        }

        var hasFailed = bool.TryParse(fail, out var failed) && failed;
        var outcome = allowTokens.TryRead(context.Request.Query["allowToken"], space.Id, out var id)
            ? (await engine.SendForSureAsync<ReleaseLeaseReply>(new ReleaseLease(id.Value, space.Id, hasFailed) { Cause = hasFailed ? node.CauseOfFailure(space.Id) : null })).Outcome
            : ReleaseLeaseOutcome.LeaseUnknown;
        await Answers.StatusAsync(context, outcome switch
        {
            ReleaseLeaseOutcome.Released => StatusCodes.Status200OK,
            ReleaseLeaseOutcome.DeviceNotUsed => StatusCodes.Status204NoContent,
            ReleaseLeaseOutcome.LeaseUnknown => StatusCodes.Status404NotFound,
        });
    }
}
