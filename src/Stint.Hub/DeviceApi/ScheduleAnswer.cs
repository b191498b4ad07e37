using Stint.Core.Leasing;
using Stint.Core.Quota;
using Stint.Hub.Engine;
using Stint.Hub.Tokens;

namespace Stint.Hub.DeviceApi;

/// <summary>
/// The answers to <c>/schedule</c>. A lease whose answer did not reach the Space is given back: nobody would ever use it.
/// </summary>
internal sealed class ScheduleAnswer(LedgerEngine engine, AllowTokens allowTokens, PoolTerms terms, IHostApplicationLifetime lifetime)
{
    public async Task RefusedAsync(HttpContext context, Refusal refusal)
    {
        var wire = Wire.Of(refusal.Main.Cause);
        if (wire is WireRefusal.Later or WireRefusal.Never) await Answers.JsonAsync(context, Wire.StatusOf(wire), Wire.Quota(refusal, terms));
        else await Answers.StatusAsync(context, Wire.StatusOf(wire));
    }

    /// <summary>The lease, or 503 where there is none yet and the caller would not wait.</summary>
    public async Task AtOnceAsync(HttpContext context, RequestLease request, LeaseWait wait)
    {
        if (wait.Result.IsCompleted && (await wait.Result).Granted is { } granted)
        {
            await DeliverAsync(request.Id, () => Answers.JsonAsync(context, StatusCodes.Status200OK, BodyOf(request, granted)));
            return;
        }

        await GiveUpAsync(request.Id);
        await Answers.StatusAsync(context, StatusCodes.Status503ServiceUnavailable);
    }

    /// <summary>
    /// A stream of signs of life until there is a verdict: 1 a ping at once and each second 2 the lease, or that there is
    /// none 3 who leaves before has no place in the queue any more.
    /// </summary>
    public async Task QueuedAsync(HttpContext context, RequestLease request, LeaseWait wait, bool waitsForItsSpace)
    {
        context.Response.Headers[Wire.TicketHeader] = request.Id.Value;
        context.Response.Headers[Wire.QueuingReasonHeader] = Wire.QueuingReasonOf(waitsForItsSpace);
        var events = new EventStream(context);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
        try
        {
            // 1
            do await events.PingAsync();
            while (!await EndsWithinAsync(wait.Result, terms.PingEvery, over.Token));
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            // 3
            await GiveUpAsync(request.Id);
            if (!context.RequestAborted.IsCancellationRequested) await events.FailedAsync();
            return;
        }

        // 2
        if ((await wait.Result).Granted is { } granted) await DeliverAsync(request.Id, () => events.SucceededAsync(BodyOf(request, granted)));
        else await events.FailedAsync();
    }

    private byte[] BodyOf(RequestLease request, LeaseGranted granted) => Wire.Grant(granted.Lease, allowTokens.Of(request.Id, request.Function.Space));

    /// <summary>
    /// Writing fails where the caller is known to have gone. Afterwards its going says nothing: a client that has its answer
    /// closes the connection too.
    /// </summary>
    private async Task DeliverAsync(ReservationId id, Func<Task> write)
    {
        try
        {
            await write();
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            await GiveUpAsync(id);
        }
    }

    /// <summary>Leaves the queue; and should the lease have come that very moment, gives it back, for its answer was not delivered.</summary>
    private Task<CancelReply> GiveUpAsync(ReservationId id) => engine.SendForSureAsync<CancelReply>(new Cancel(id, Undelivered: true));

    private static async Task<bool> EndsWithinAsync(Task wait, TimeSpan span, CancellationToken over)
    {
        // Nothing of it is left behind when the wait ends first: many end long before their next ping.
        await wait.WaitAsync(span, over).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (wait.IsCompleted) return true;
        over.ThrowIfCancellationRequested();
        return false;
    }
}
