using Stint.Core.Identities;
using Stint.Core.Leasing;
using Stint.Core.Quota;
using Stint.Core.Spaces;

namespace Stint.Hub.Admin.Slots;

/// <summary>What a slot was taken by for a while.</summary>
public enum SpanKind
{
    /// <summary>By a lease.</summary>
    Leased,
    /// <summary>By nobody: nothing was heard of its node.</summary>
    Lost,
    /// <summary>By a worker that could not be stopped with proof.</summary>
    Quarantined,
    /// <summary>By nobody new: an operator wants its node empty.</summary>
    Drained,
}

/// <param name="Space">Whose run it was; null for every kind but a lease.</param>
/// <param name="To">Now, where it goes on.</param>
public sealed record SlotSpan(SpanKind Kind, Instant From, Instant To, SpaceId? Space = null, IdentityId? Identity = null, bool GoesOn = false);

/// <summary>One slot over the last while.</summary>
/// <param name="Slot">As it is now.</param>
/// <param name="Lease">The run that holds it; null where none does.</param>
/// <param name="Spans">Oldest first. Leases never overlap each other; the other kinds may lie over them.</param>
public sealed record SlotRow(Slot Slot, Reservation? Lease, IReadOnlyList<SlotSpan> Spans);

/// <summary>Who and what held each slot over the last while: a fold of receipts, open runs and what was recorded about slots. Pure.</summary>
internal static class SlotTimeline
{
    /// <param name="open">Everything that waits and runs.</param>
    /// <param name="ended">The receipts of the last while, in any order.</param>
    /// <param name="entries">What was recorded about slots and nodes, oldest first.</param>
    public static IReadOnlyList<SlotRow> Of(IReadOnlyList<Slot> slots, IReadOnlyList<Reservation> open, IReadOnlyList<Receipt> ended, IReadOnlyList<Entry> entries, Instant from, Instant now)
    {
        var leased = open.Where(run => run.Lease is not null).ToDictionary(run => run.Lease!.Slot);
        var past = ended.Where(run => run is { Slot: not null, GrantedAt: not null } && run.EndedAt > from).ToLookup(run => run.Slot!.Value);
        return [.. slots.Select(slot => new SlotRow(slot, leased.GetValueOrDefault(slot.Id), SpansOf(slot)))];

        IReadOnlyList<SlotSpan> SpansOf(Slot slot)
        {
            var spans = past[slot.Id].Select(run => new SlotSpan(SpanKind.Leased, run.GrantedAt!.Value, run.EndedAt, run.Function.Space, run.Identity)).ToList();
            if (leased.TryGetValue(slot.Id, out var holder)) spans.Add(new(SpanKind.Leased, holder.Lease!.GrantedAt, now, holder.Function.Space, holder.Identity, GoesOn: true));
            Between(SpanKind.Lost, slot.Lost is not null, slot.Lost?.At, entry => entry is NodeLost lost && lost.Node == slot.Node, entry => entry is NodeReturned back && back.Node == slot.Node);
            Between(SpanKind.Quarantined, slot.Phase == SlotPhase.Quarantined, null, entry => entry is SlotQuarantined bad && bad.Slot == slot.Id, entry => entry is SlotFreed freed && freed.Slot == slot.Id);
            Between(SpanKind.Drained, slot.IsDrained, null, entry => entry is NodeDrained { IsDrained: true } drained && drained.Node == slot.Node, entry => entry is NodeDrained { IsDrained: false } back && back.Node == slot.Node);
            return [.. spans.Where(span => span.To > from && span.To > span.From).Select(span => span with { From = Instant.Max(span.From, from) }).OrderBy(span => (span.Kind != SpanKind.Leased, span.From))];

            void Between(SpanKind kind, bool goesOn, Instant? since, Func<Entry, bool> begins, Func<Entry, bool> ends)
            {
                Instant? began = null;
                foreach (var entry in entries)
                    if (begins(entry)) began ??= entry.At;
                    else if (ends(entry) && began is { } at)
                    {
                        spans.Add(new(kind, at, entry.At));
                        began = null;
                    }

                // What began before anything that was read is known by what the slot says itself.
                if (goesOn) spans.Add(new(kind, began ?? since ?? from, now, GoesOn: true));
            }
        }
    }
}
