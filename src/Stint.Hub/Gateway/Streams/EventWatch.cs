using Microsoft.AspNetCore.Connections.Features;
using Stint.Core.Identities;
using Stint.Core.Leasing;
using Stint.Core.Quota;
using Stint.Hub.Engine;
using Stint.Hub.Gateway.Hosts;
using Stint.Hub.Store;
using Stint.Hub.Store.Ledgers;
using Stint.Hub.Telemetry;
using Stint.Hub.Texts;
using Stint.Hub.Tokens;

namespace Stint.Hub.Gateway.Streams;

/// <summary>
/// Watches what a Space says of the events the gateway let in: when one is named, when it completes, when its visitor leaves.
/// A failing one that a refusal of ours caused gets cause and address behind its text, and so does one beside which its Space
/// was refused a GPU for nobody. Whoever leaves waits for nothing any
/// more, and unless the Space drains, runs nothing.
/// </summary>
internal sealed class EventWatch(
    LiveEvents events, UnheardEvents unheard, LedgerEngine engine, Catalogue catalogue, LedgerReads reads, LedgerClock clock, SpaceActivity activity, HubOptions options, ILogger<EventWatch> log)
{
    /// <summary>An app without a queue of its own starts an event sooner than this.</summary>
    private static readonly TimeSpan AtOnce = TimeSpan.FromSeconds(1);

    /// <summary>A request is about to be passed on: whoever asks for a stream follows its events from here on.</summary>
    public void Begin(Passage passage)
    {
        if (SessionOf(passage) is { } session) unheard.Follow(passage.Host.Id, session);
    }

    /// <summary>Looks at an answer that is about to pass, where it says something of an event.</summary>
    public void Observe(HttpContext context, Passage passage)
    {
        var response = context.Response;
        if (response.StatusCode != StatusCodes.Status200OK || response.Headers.ContentEncoding.Count > 0) return;
        switch (passage.Call.Kind)
        {
            case GradioCallKind.Join or GradioCallKind.Call when passage.Event is { } begun:
                response.Body = new AnswerStream(response.Body, json => Name(begun, json));
                break;
            case GradioCallKind.SessionStream or GradioCallKind.CallStream when IsStream(response):
                // A message that says more is longer than was announced.
                response.ContentLength = null;
                response.Body = passage.Messages = new MessageStream(response.Body, (message, isWhole) => See(passage, message, isWhole));
                break;
        }
    }

    /// <summary>The passage is over.</summary>
    /// <param name="failed">True where the Space did not answer whole.</param>
    public async Task EndAsync(HttpContext context, Passage passage, bool failed)
    {
        var left = context.RequestAborted.IsCancellationRequested;
        if (passage.Messages is { } messages && !left) await messages.CompleteAsync().ConfigureAwait(false);
        var status = context.Response.StatusCode;
        switch (passage.Call.Kind)
        {
            case GradioCallKind.Join when passage.Event is { } joined && (left || !(failed || status >= StatusCodes.Status400BadRequest)):
                unheard.Expect(joined, passage.Host, ConnectionOf(context));
                break;
            case GradioCallKind.Call when passage.Event is { } unnamed && failed && left: await LeaveAsync(unnamed, passage.Host, stop: true).ConfigureAwait(false); break;
            case GradioCallKind.Join or GradioCallKind.Call when passage.Event is { } begun && (failed || status >= StatusCodes.Status400BadRequest):
                if (!failed && status == StatusCodes.Status503ServiceUnavailable) activity.EventTurnedAwayByApp(begun.Space);
                events.End(begun);
                break;
            case GradioCallKind.Whole when passage.Event is { } whole: await LeaveAsync(whole, passage.Host, stop: left).ConfigureAwait(false); break;
            case GradioCallKind.SessionStream or GradioCallKind.CallStream:
                if (SessionOf(passage) is { } session) unheard.Unfollow(passage.Host.Id, session);
                await LeaveOpenAsync(passage, left).ConfigureAwait(false);
                break;
            case GradioCallKind.Cancel when !failed && passage.Body?.EventId is { } id && events.OfWire(passage.Host.Id, id) is { } cancelled:
                await LeaveAsync(cancelled, passage.Host, stop: true).ConfigureAwait(false);
                break;
        }
    }

    /// <summary>Nobody came for an event's course.</summary>
    public Task LeaveAsync(LiveEvent live, SpaceHost host) => live.EndedAt is null ? LeaveAsync(live, host, stop: true) : Task.CompletedTask;

    private static string? SessionOf(Passage passage) =>
        passage.Call is { Kind: GradioCallKind.SessionStream, Name: { Length: > 0 } session } ? session : null;

    /// <summary>What ends with the visitor's own connection; a proxy's says nothing of its visitor.</summary>
    private static CancellationToken ConnectionOf(HttpContext context) =>
        context.Features.Get<ForwardedBy>() is null && context.Features.Get<IConnectionLifetimeFeature>() is { } connection ? connection.ConnectionClosed : default;

    public static bool IsStream(HttpResponse response) => response.ContentType?.StartsWith("text/event-stream", StringComparison.OrdinalIgnoreCase) == true;

    private bool Name(LiveEvent begun, ReadOnlyMemory<byte> json)
    {
        if (JoinBody.Read(json.Span).EventId is not { Length: > 0 and <= 200 } id) return false;
        events.Name(begun, id);
        return true;
    }

    private byte[]? See(Passage passage, ReadOnlyMemory<byte> bytes, bool isWhole)
    {
        var isOfOneEvent = passage.Call.Kind == GradioCallKind.CallStream;
        var message = EventMessage.Read(bytes.Span, isWhole, isOfOneEvent);
        if ((isOfOneEvent ? passage.Call.Name : message.EventId) is not { } id || events.OfWire(passage.Host.Id, id) is not { } live) return null;
        if (!(isOfOneEvent ? message.Kind is "complete" or "error" : message.Msg == "process_completed"))
        {
            passage.Open.Add(live);
            live.HasLeft = false;
            if (message.Msg == "process_starts" && clock.Now - live.BeganAt > AtOnce) activity.EventWaitedInApp(live.Space);
            return null;
        }

        passage.Open.Remove(live);
        passage.HasCompleted = true;
        var hasFailed = isOfOneEvent ? message.Kind == "error" : message.Succeeded == false;
        events.End(live);
        return hasFailed && isWhole && message.ErrorEnd is not null && TextOf(live) is { } text ? message.Append(bytes.Span, " " + text) : null;
    }

    /// <summary>What a refusal has to do with a failing event; null where none has.</summary>
    private string? TextOf(LiveEvent live)
    {
        if (live.Refusal is { } refusal) return RefusalTexts.InEvent(refusal, NameOf(refusal.Identity), AddressOf(refusal));
        if (live.Unclaimed is not { } unclaimed) return null;
        var reading = reads.Ledger(live.Identity).Read(catalogue.PlanOf(live.Identity), clock.Now);
        return RefusalTexts.BesideEvent(unclaimed, EvidenceTexts.Here(live.Identity, NameOf(live.Identity)), reading, AddressOf(unclaimed));
    }

    private string? NameOf(IdentityId? identity) => identity?.Account is { } id ? catalogue.FindAccount(id)?.Name : null;

    private Uri AddressOf(Refusal refusal) => new(options.Url, $"/refusals/{refusal.Id}");

    /// <summary>A stream that ends before its events have completed: Gradio lets go of them, and so does the hub.</summary>
    private async Task LeaveOpenAsync(Passage passage, bool left)
    {
        // Whoever closes a stream in which all has completed has not left: their next event may be on its way already.
        left = left && (passage.Open.Count > 0 || !passage.HasCompleted);
        IReadOnlyList<LiveEvent> others = SessionOf(passage) is { } session && passage.Attribution?.Identity is { } identity
            ? events.OfSession(passage.Host.Id, identity, session) : [];
        if (left) passage.Open.UnionWith(others);
        else foreach (var next in others) if (!passage.Open.Contains(next)) unheard.Expect(next, passage.Host, closed: default);
        if (left && passage.Call is { Kind: GradioCallKind.CallStream, Name: { } id } && events.OfWire(passage.Host.Id, id) is { } own) passage.Open.Add(own);
        foreach (var live in passage.Open) await LeaveAsync(live, passage.Host, stop: true).ConfigureAwait(false);
    }

    private async Task LeaveAsync(LiveEvent live, SpaceHost host, bool stop)
    {
        // Said before what it holds is read: what is reserved from here on is given back by the effect.
        live.HasLeft = stop && !host.Space.Drains;
        var held = events.End(live);
        if (!stop) return;
        foreach (var reservation in held)
            try
            {
                await engine.SendAsync<CancelReply>(new Cancel(reservation, Undelivered: false, TicketOnly: host.Space.Drains)).ConfigureAwait(false);
            }
            catch (Exception e) when (e is StoreFailedException or EngineBusyException)
            {
                log.LeaveFailed(e);
            }
    }
}

/// <summary>Tells the live events what the ledger came to in their name, so that leaving can end it and failing can explain it.</summary>
/// <param name="engine">The engine whose effects these are: it is made after them.</param>
internal sealed class EventEffects(LiveEvents events, Func<LedgerEngine> engine, ILogger<EventEffects> log) : IEffects
{
    public void After(StepResult result)
    {
        foreach (var entry in result.Entries)
            switch (entry)
            {
                case GpuTimeReserved { Reservation: var made } when events.Reserved(made.Event, made.Id): _ = GiveBackAsync(made.Id); break;
                case ReservationEnded ended: events.Ended(ended.Reservation); break;
                case RequestRefused { Refusal: { Event: { } id } refusal }: events.Refused(id, refusal); break;
                case RequestRefused { Refusal: { Event: null, Main.Cause: RefusalCause.NoVisitor } refusal }: events.RefusedToNobody(refusal.Function.Space, refusal); break;
            }
    }

    private async Task GiveBackAsync(ReservationId reservation)
    {
        try
        {
            await engine().SendAsync<CancelReply>(new Cancel(reservation, Undelivered: false)).ConfigureAwait(false);
        }
        catch (Exception e) when (e is StoreFailedException or EngineBusyException)
        {
            log.LeaveFailed(e);
        }
    }
}
