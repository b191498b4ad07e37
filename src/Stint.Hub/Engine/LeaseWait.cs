using Stint.Core.Leasing;
using Stint.Core.Quota;

namespace Stint.Hub.Engine;

/// <summary>What a wait for a slot came to: exactly one of the two is set.</summary>
/// <param name="Ended">How the reservation ended: without a lease, or before a repeated request asked about it.</param>
public sealed record WaitResult(LeaseGranted? Granted, Ending? Ended)
{
    /// <summary>What the wait of a reservation that waits no more has come to by now.</summary>
    public static WaitResult Of(Reservation reservation) => reservation.Ending is { } ending
        ? new(null, ending)
        : new(new LeaseGranted(reservation.Lease!.GrantedAt, reservation.Identity, reservation.Id, reservation.Lease, GpuTime.Zero, null), null);
}

/// <summary>A caller's wait for its slot. <see cref="Result"/> completes once, after the commit that decided it.</summary>
public sealed class LeaseWait
{
    private readonly TaskCompletionSource<WaitResult> done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<WaitResult> Result => done.Task;

    internal void Complete(WaitResult result) => done.TrySetResult(result);
}
