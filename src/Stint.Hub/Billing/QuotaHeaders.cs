using Stint.Core.Quota;
using Stint.Hub.Engine;
using Stint.Hub.Store;
using Stint.Hub.Store.Ledgers;
using Stint.Hub.Texts;

namespace Stint.Hub.Billing;

/// <summary>Puts the caller's quota on every answer of the API, as the draft on RateLimit header fields says it.</summary>
internal sealed class QuotaHeaders(RequestDelegate next, LedgerReads reads, Catalogue catalogue, LedgerClock clock)
{
    public Task InvokeAsync(HttpContext context)
    {
        if (context.Features.Get<RequestIdentity>() is { } caller)
        {
            var snapshot = QuotaSnapshot.Take(reads, catalogue, caller.Identity, clock.Now);
            context.Features.Set(snapshot);
            context.Response.Headers["RateLimit-Policy"] = Policy(snapshot.Reading);
            context.Response.Headers["RateLimit"] = State(snapshot.Reading);
        }

        return next(context);
    }

    public static string Policy(QuotaReading reading) =>
        $"\"{QuotaTexts.Rule}\";q={reading.Allowance.WholeSeconds};qu=\"{Reason.GpuSeconds}\";w={(long)Window.Length.TotalSeconds}";

    /// <summary>No <c>t</c> while no window is open: nothing resets then.</summary>
    public static string State(QuotaReading reading)
    {
        var left = $"\"{QuotaTexts.Rule}\";r={reading.Left.WholeSeconds}";
        return reading.ResetsAt is { } at ? $"{left};t={(long)Math.Ceiling((at - reading.At).TotalSeconds)}" : left;
    }
}
