using Stint.Core.Quota;
using Stint.Core.Spaces;
using Stint.Hub.Store.Ledgers;
using Stint.Hub.Texts;

namespace Stint.Hub.Spaces.Front;

/// <summary>A run of the visitor's that goes on in a Space.</summary>
/// <param name="Until">When it is stopped, at the latest.</param>
/// <param name="Used">GPU time used by now, weighed.</param>
public sealed record OpenRun(ReservationId Id, string Function, Instant Since, Instant Until, GpuTime Used, GpuTime AtMost)
{
    /// <summary>Those of one Space, the first to begin first.</summary>
    public static IReadOnlyList<OpenRun> Of(SpaceId space, QuotaSnapshot quota) =>
    [
        .. quota.Ledger.Deadlines().Where(end => end.Run.Function.Space == space).OrderBy(end => end.Run.Lease!.GrantedAt).Select(end => new OpenRun(
            end.Run.Id, end.Run.Function.Endpoint, end.Run.Lease!.GrantedAt, end.Deadline, end.Run.UsedAt(quota.Now), end.Run.Ceiling)),
    ];

    /// <summary>What it is called where a sentence begins.</summary>
    public string Name => Function is "" ? "A run" : Function;

    /// <summary>What it has come to by now.</summary>
    public string Sentence => $"{Amounts.Of(Used)} of GPU time by now, {Amounts.Of(AtMost)} at most.";
}
