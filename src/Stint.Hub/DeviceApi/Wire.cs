using System.Text.Json;
using Stint.Core.Identities;
using Stint.Core.Plans;
using Stint.Core.Quota;

namespace Stint.Hub.DeviceApi;

/// <summary>The ways <c>/schedule</c> can say no; the client knows no others.</summary>
internal enum WireRefusal
{
    /// <summary>429 with what is left and when to come back.</summary>
    Later,
    /// <summary>429 with <c>wait</c> below nothing: it can never be granted.</summary>
    Never,
    /// <summary>401: the client speaks of an expired token.</summary>
    NotRecognised,
    /// <summary>503: the client speaks of no GPU.</summary>
    NoCapacity,
}

/// <summary>The wire of <c>/schedule</c>: what each refusal, grant and plan is there, in one place.</summary>
internal static class Wire
{
    public const string AuthenticatedHeader = "X-Authenticated";
    public const string QueuingReasonHeader = "X-Queuing-Reason";

    /// <summary>What `/v1/tickets/ID` shows of the wait; clients that do not know it pass over it.</summary>
    public const string TicketHeader = "X-Stint-Ticket";

    public static WireRefusal Of(RefusalCause cause) => cause switch
    {
        RefusalCause.NoVisitor => WireRefusal.Later,
        RefusalCause.TokenExpired => WireRefusal.NotRecognised,
        RefusalCause.TokenForged => WireRefusal.NotRecognised,
        RefusalCause.TokenOfAnotherSpace => WireRefusal.NotRecognised,
        RefusalCause.IdentityUnknown => WireRefusal.NotRecognised,
        RefusalCause.DurationNeverAllowed => WireRefusal.Never,
        RefusalCause.SizeNotInPool => WireRefusal.NoCapacity,
        // The person may have plenty left, so no 429 would be true: it is the token that is worth nothing any more.
        RefusalCause.TokenUsedUp => WireRefusal.NotRecognised,
        RefusalCause.QuotaExceeded => WireRefusal.Later,
        RefusalCause.CeilingReached => WireRefusal.Later,
        RefusalCause.SpaceCeilingReached => WireRefusal.Later,
        RefusalCause.DeviceCapReached => WireRefusal.Later,
        RefusalCause.AnonymousCapReached => WireRefusal.Later,
        RefusalCause.TooManyWaiting => WireRefusal.NoCapacity,
        RefusalCause.PoolQueueFull => WireRefusal.NoCapacity,
        RefusalCause.NoGpuInTime => WireRefusal.NoCapacity,
    };

    public static int StatusOf(WireRefusal refusal) => refusal switch
    {
        WireRefusal.Later or WireRefusal.Never => StatusCodes.Status429TooManyRequests,
        WireRefusal.NotRecognised => StatusCodes.Status401Unauthorized,
        WireRefusal.NoCapacity => StatusCodes.Status503ServiceUnavailable,
    };

    /// <summary>
    /// <c>QuotaInfos</c>: whole seconds on a slot, always fewer than were asked for, and whole seconds to wait, never 0: a
    /// client shows what it asked for beside the first and the second as a time.
    /// </summary>
    public static (long Left, long Wait) QuotaOf(Refusal refusal, PoolTerms terms)
    {
        var left = refusal.Weight.WholeSecondsOf(refusal.Main.Left ?? GpuTime.Zero);
        if (Of(refusal.Main.Cause) == WireRefusal.Never) return (left, -1);
        var wait = refusal.RetryAt is { } at ? at - refusal.At : terms.WaitUnknown;
        return (left, Math.Max(1, (long)Math.Ceiling(wait.TotalSeconds)));
    }

    public static byte[] Quota(Refusal refusal, PoolTerms terms)
    {
        var (left, wait) = QuotaOf(refusal, terms);
        return JsonSerializer.SerializeToUtf8Bytes(new { left, wait });
    }

    public static byte[] Grant(Lease lease, string allowToken) =>
        JsonSerializer.SerializeToUtf8Bytes(new { idle = lease.Idle, nvidiaIndex = lease.DeviceIndex, nvidiaUUID = lease.DeviceUuid, allowToken });

    /// <summary><c>X-Authenticated</c>: null for someone who is not signed in. A plan that grants what pro grants counts as pro: no better word is known there.</summary>
    public static string? AuthenticatedAs(IdentityId identity, Plan plan, Plan? pro) =>
        identity.IsAnonymous ? null : plan.Name == Plan.Pro || plan.Allowance >= pro?.Allowance ? "pro" : "regular";

    public static string QueuingReasonOf(bool waitsForItsSpace) => waitsForItsSpace ? "concurrency" : "node";
}
