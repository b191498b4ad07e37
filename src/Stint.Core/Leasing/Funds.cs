using Stint.Core.Identities;
using Stint.Core.Quota;
using Stint.Core.Quota.Purses;

namespace Stint.Core.Leasing;

/// <summary>What can pay for a request at one moment, in order, and what else bounds it: the gate decides by it, a quote shows it.</summary>
/// <param name="Reading">The identity's allowance, and its own credits behind it.</param>
/// <param name="Sponsored">What others would pay then.</param>
/// <param name="Caps">Limits it has to fit as well.</param>
/// <param name="BelowCeiling">What credits hold beyond the ceiling that their holder set.</param>
/// <param name="Ever">The most that could ever be left, were nothing held and the window new.</param>
public readonly record struct Funds(QuotaReading Reading, IReadOnlyList<Share> Sponsored, IReadOnlyList<CapReading> Caps, GpuTime BelowCeiling, GpuTime Ever)
{
    /// <summary>Everything that can pay.</summary>
    public GpuTime Left => Reading.LeftInAll + Sponsored.Sum();

    /// <summary>What a run may be sure of: everything that can pay, within every cap.</summary>
    public GpuTime Fitting => Caps.Aggregate(Left, (least, cap) => GpuTime.Min(least, cap.Left));

    /// <summary>What other purses than the allowance hold of so much GPU time, in order.</summary>
    /// <exception cref="InvariantBrokenException">When there is less.</exception>
    public IReadOnlyList<Share> SharesOf(GpuTime floor) =>
        floor <= Reading.Left ? [] : Reading.Further.Concat(Sponsored).Take(floor - Reading.Left);

    /// <summary>What a reservation holds of so much GPU time under each cap: all of it.</summary>
    public IReadOnlyList<CapHold> HeldUnderCaps(GpuTime floor) => Caps.Count == 0 ? [] : [.. Caps.Select(cap => new CapHold(cap.Cap, floor))];

    public static Funds For(Func<IdentityId, Ledger> ledgers, RequestLease request, Instant now)
    {
        var ledger = ledgers(request.Identity);
        var reading = ledger.Read(request.Plan, now);
        var sponsored = request.Sponsors.Count == 0 ? [] : SponsoredBy(ledgers, request.Sponsors, now);
        var (usable, unspent) = (GpuTime.Zero, GpuTime.Zero);
        foreach (var credit in ledger.Credits.InOrder)
        {
            usable += credit.LeftAt(now);
            if (credit.IsUsableAt(now)) unspent += credit.Amount - credit.Spent;
        }

        return new(
            reading, sponsored, CapsOn(ledgers, ledger, request, now),
            GpuTime.Less(usable, reading.Further.Sum()), reading.Allowance + unspent + sponsored.Sum());
    }

    private static Share[] SponsoredBy(Func<IdentityId, Ledger> ledgers, IReadOnlyList<IdentityId> sponsors, Instant now) =>
        [.. sponsors.SelectMany(sponsor => SponsoredBy(ledgers(sponsor), now))];

    /// <summary>A sponsor's credits, of either kind: whoever funds others has said so by that alone.</summary>
    public static IEnumerable<Share> SponsoredBy(Ledger sponsor, Instant now) => sponsor.Credits.InOrder
        .Where(credit => credit.LeftAt(now) > GpuTime.Zero)
        .Select(credit => new Share(sponsor.Identity, credit.Id, credit.Kind, credit.LeftAt(now)));

    private static CapReading[] CapsOn(Func<IdentityId, Ledger> ledgers, Ledger ledger, RequestLease request, Instant now)
    {
        var ceiling = ledger.Ceilings.Of(request.Function.Space);
        if (ceiling is null && !request.Identity.IsAnonymous) return [];
        var caps = new List<CapReading>();
        if (ceiling is { } own) Add(Cap.OfSpace(request.Identity, request.Function.Space, own));
        if (!request.Identity.IsAnonymous) return [.. caps];
        // A cap that the network's own allowance never lets anyone reach bounds nothing, and costs a ledger.
        if (request.Plan.DeviceCap is { } device && device < request.Plan.Allowance) Add(Cap.OfDevice(request.Identity, request.Device, device));
        if (request.Plan.SharedCap is { } shared) Add(Cap.OfAnonymous(shared));
        return [.. caps];

        void Add(Cap cap) => caps.Add(ledgers(cap.Ledger).Under.Read(cap, now));
    }
}
