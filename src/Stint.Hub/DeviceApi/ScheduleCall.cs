using Stint.Core.Identities;
using Stint.Core.Leasing;
using Stint.Core.Plans;
using Stint.Core.Quota;
using Stint.Core.Spaces;
using Stint.Hub.Engine;
using Stint.Hub.Nodes;
using Stint.Hub.Store;
using Stint.Hub.Telemetry;
using Stint.Hub.Tokens;

namespace Stint.Hub.DeviceApi;

/// <summary>
/// <c>POST /schedule</c>: 1 the shape 2 the identity token, or the refusal that names what is wrong with it 3 who pays, and on
/// which plan 4 the decision 5 the answer: a lease, a stream to wait on, or a refusal.
/// </summary>
internal sealed class ScheduleCall(
    IdentityTokens tokens, Catalogue catalogue, LedgerEngine engine, LedgerClock clock, PoolTerms terms, ScheduleAnswer answer, LiveEvents events, SpaceActivity activity)
{
    public async Task HandleAsync(HttpContext context, Space space)
    {
        // 1
        if (!ScheduleQuery.TryRead(context.Request, out var query, out var problem))
        {
            await Answers.TextAsync(context, StatusCodes.Status400BadRequest, problem);
            return;
        }

        // 2, 3
        var check = query.Token is { } token ? tokens.Check(token, space.Id, clock.Now) : null;
        if ((check is null ? RefusalCause.NoVisitor : WhyNot(check)) is { } cause)
        {
            await RefuseAsync(context, space, query, check?.Facts, cause);
            return;
        }

        var facts = check!.Facts!;
        activity.CalledWithVisitor(space.Id);
        var plan = catalogue.PlanOf(facts.Identity);
        if (Wire.AuthenticatedAs(facts.Identity, plan, catalogue.FindPlan(Plan.Pro)) is { } name) context.Response.Headers[Wire.AuthenticatedHeader] = name;
        // 4
        var request = RequestOf(space, query, facts, plan, NodeCaller.Of(context)?.Name ?? LocalNode.BuiltIn);
        var (reply, wait) = await engine.RequestAsync(request);
        // 5
        if (reply.Refusal is { } refusal) await answer.RefusedAsync(context, refusal);
        else if (wait.Result.IsCompleted || !query.Queue) await answer.AtOnceAsync(context, request, wait);
        else await answer.QueuedAsync(context, request, wait, reply.WaitsForItsSpace);
    }

    /// <summary>Null where there is someone who pays.</summary>
    private RefusalCause? WhyNot(TokenCheck check) => check.Outcome switch
    {
        TokenOutcome.Expired => RefusalCause.TokenExpired,
        TokenOutcome.Forged => RefusalCause.TokenForged,
        TokenOutcome.Malformed => RefusalCause.TokenForged,
        TokenOutcome.OfAnotherSpace => RefusalCause.TokenOfAnotherSpace,
        TokenOutcome.Valid => IsKnown(check.Facts!.Identity) ? null : RefusalCause.IdentityUnknown,
    };

    private bool IsKnown(IdentityId identity) => identity.Account is not { } id || catalogue.FindAccount(id) is { Blocked: false };

    private RequestLease RequestOf(Space space, ScheduleQuery query, TokenFacts facts, Plan plan, string node) => new(
        NewId.OfReservation(), NewId.OfRefusal(), facts.Identity, plan, query.FunctionOf(space.Id, facts.Endpoint), query.TaskId, query.Size.Weight(), facts.Event,
        query.WaitLimit ?? (space.WaitLimitSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : terms.WaitLimit))
    {
        Recognition = facts.Recognition,
        Device = events.DeviceOf(facts.Event),
        SpaceConcurrency = space.Concurrency,
        Node = node,
        Strict = space.Strict,
        Sponsors = space.Sponsor is { } pool ? [IdentityId.OfSponsor(pool)] : [],
    };

    /// <summary>Keeps a refusal that no ledger had to be asked for. A token of another Space says nothing here about anyone.</summary>
    private async Task RefuseAsync(HttpContext context, Space space, ScheduleQuery query, TokenFacts? facts, RefusalCause cause)
    {
        if (cause == RefusalCause.NoVisitor) activity.CalledWithoutVisitor(space.Id, events.IsAny(live => live.Space == space.Id), clock.Now);
        var function = query.FunctionOf(space.Id, facts?.Endpoint ?? "");
        var identity = cause == RefusalCause.TokenOfAnotherSpace ? null : facts?.Identity;
        await engine.SendAsync<Done>(new RecordRefusal(NewId.OfRefusal(), identity, function, query.Size.Weight(), cause)
        {
            Recognition = identity is null ? null : facts?.Recognition,
            Event = facts?.Event,
        });
        await answer.RefusedAsync(context, new Refusal(default, clock.Now, identity, function, query.Duration, query.Size.Weight(), [new(cause)], null));
    }
}
