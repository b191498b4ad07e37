using Stint.Core.Identities;
using Stint.Core.Leasing;
using Stint.Core.Quota;

namespace Stint.Hub.Store.Audits;

/// <summary>
/// What must hold of the entries themselves, added up without the fold: each reservation ends once and its entries do not run
/// backwards, a charge is what was measured, and the charges of a window are what it says was spent.
/// </summary>
internal sealed class EntryRules(Action<string, string> note)
{
    private readonly Dictionary<ReservationId, Life> lives = [];
    private readonly Dictionary<(IdentityId Identity, Instant WindowOpenedAt), GpuTime> charged = [];

    /// <summary>What its windows were charged before the first entry.</summary>
    public void Begin(LedgerState opening)
    {
        foreach (var window in opening.Earlier) charged[(opening.Identity, window.OpenedAt)] = window.Spent;
        if (opening.Current is { } current) charged[(opening.Identity, current.OpenedAt)] = current.Spent;
    }

    /// <summary>What was open before the first entry.</summary>
    public void Begin(Reservation open) => lives[open.Id] = new(open.Lease?.GrantedAt ?? open.ReservedAt, open.Lease);

    public void Look(Entry entry)
    {
        if (entry is ChargeRefunded refunded) Take(refunded);
        if (entry.OfReservation is not { } id || entry is ChargeRefunded) return;
        var life = lives.GetValueOrDefault(id);
        switch (entry)
        {
            case GpuTimeReserved when life is null: lives[id] = new(entry.At, null); return;
            case LeaseGranted granted when life is { Lease: null }: life = life with { Lease = granted.Lease }; break;
            case DowntimeForgiven forgiven when life?.Lease is { } lease: life = life with { Lease = lease with { Forgiven = lease.Forgiven + forgiven.Downtime } }; break;
            case WorkerAllowed or MoreHeld or CourtesyGiven when life?.Lease is not null: break;
            case ReservationEnded ended when life is not null: End(ended, life); lives.Remove(id); return;
            default: note("life", $"{id}: {entry.GetType().Name} at {entry.At} does not follow from what was before"); return;
        }

        if (entry.At < life.At && entry is not MoreHeld) note("life", $"{id}: {entry.GetType().Name} at {entry.At} comes after {life.At}");
        // What goes on past what it holds may turn out to have been over by then: a node that was away says so later. And a hub that
        // is back forgives first, and then does what was due while it was away, each at its own moment.
        lives[id] = life with { At = entry is MoreHeld or CourtesyGiven or DowntimeForgiven ? life.At : entry.At };
    }

    /// <summary>What each window says was spent is the sum of its charges.</summary>
    public void CompareWindows(Books fold)
    {
        foreach (var ((identity, openedAt), sum) in charged)
        {
            var ledger = fold.LedgerOf(identity);
            var window = ledger.Current?.OpenedAt == openedAt ? ledger.Current : ledger.Earlier.FirstOrDefault(earlier => earlier.OpenedAt == openedAt);
            if (window is null) continue;
            if (window.Spent != sum) note("charge", $"{identity}: the window of {openedAt} says {window.Spent} spent, its charges sum to {sum}");
            if (window.Spent > window.Allowance) note("allowance", $"{identity} was charged {window.Spent} of {window.Allowance}");
        }
    }

    private void End(ReservationEnded ended, Life life)
    {
        var (ending, lease) = (ended.Ending, life.Lease);
        if (ending.At != ended.At) note("life", $"{ended.Reservation} ended at {ending.At}, and its entry is of {ended.At}");
        if (ending.At < life.At) note("life", $"{ended.Reservation} ends at {ending.At}, before {life.At}");
        var measured = lease is null || ending.At < lease.MeterStartsAt ? TimeSpan.Zero : ending.At - lease.MeterStartsAt;
        if (ending.Measured != measured) note("charge", $"{ended.Reservation} was measured as {ending.Measured}, and its lease lasted {measured}");
        if ((lease is null || ended.Phase != ReservationPhase.Settled) && ending.Charged != GpuTime.Zero) note("charge", $"{ended.Reservation} ended {ended.Phase} and was charged {ending.Charged}");
        if (lease is not null) charged[(ended.Identity, lease.WindowOpenedAt)] = charged.GetValueOrDefault((ended.Identity, lease.WindowOpenedAt)) + ending.FromAllowance;
    }

    private void Take(ChargeRefunded refunded)
    {
        if (refunded.Ended.Lease is not { } lease || refunded.Ended.Ending is not { } ending) return;
        // What a window that is over was charged comes back as a boost.
        if (refunded.At >= lease.WindowOpenedAt + Window.Length) return;
        var window = (refunded.Ended.Identity, lease.WindowOpenedAt);
        if (charged.TryGetValue(window, out var sum)) charged[window] = GpuTime.Less(sum, ending.FromAllowance);
    }

    private sealed record Life(Instant At, Lease? Lease);
}
