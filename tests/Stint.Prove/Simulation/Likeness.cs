using Stint.Core.Identities;
using Stint.Core.Leasing;
using Stint.Core.Plans;
using Stint.Core.Quota;
using Stint.Core.Quota.Purses;
using Stint.Prove.Simulation.Predicting;

namespace Stint.Prove.Simulation;

/// <summary>Whether two tellings of the state are the same, number by number; words are made only where they are not.</summary>
internal static class Likeness
{
    /// <summary>Everything that anybody can see: readings, slots, what is open and when it is due.</summary>
    public static bool IsOf(Predictor predictor, Books books, IReadOnlyDictionary<IdentityId, Plan> plans, Instant now)
    {
        foreach (var (identity, plan) in plans)
            if (!IsOf(predictor.Read(identity.Value, plan), books.LedgerOf(identity).Read(plan, now))) return false;
        foreach (var (who, credits) in predictor.Credits)
            if (!IsOf(predictor, who, credits, books.LedgerOf(new(who)).Credits.InOrder)) return false;
        foreach (var cap in predictor.Caps)
        {
            var real = books.LedgerOf(new(cap.Cap.Ledger)).Under.Read(Words.AnyCap, now);
            if (cap.Used != real.Used.Milliseconds || cap.ResetsAt != real.ResetsAt?.UnixMilliseconds) return false;
        }

        if (predictor.Slots.Count != books.Pool.Slots.Count) return false;
        foreach (var slot in predictor.Slots)
            if (!books.Pool.Slots.TryGetValue(slot.Offered.Id, out var real) || !IsOf(slot, real)) return false;
        var next = long.MaxValue;
        foreach (var task in predictor.Open)
        {
            var due = predictor.DueAt(task);
            next = Math.Min(next, due + 1);
            if (books.Find(task.Asked.Id) is not { } real || (real.Phase == ReservationPhase.Leased) != task.Runs) return false;
            if (books.Agenda.DueAt(real.Id)?.UnixMilliseconds != due) return false;
        }

        return books.Open.Count() == predictor.Open.Count && books.Agenda.Next.UnixMilliseconds == next;
    }

    /// <summary>The same state folded another way: also what only the queue sees.</summary>
    public static bool IsOf(Books fold, Books books, IReadOnlyDictionary<IdentityId, Plan> plans, Instant now)
    {
        foreach (var (identity, plan) in plans)
        {
            var (a, b) = (fold.LedgerOf(identity), books.LedgerOf(identity));
            if (!IsOf(a.Read(plan, now), b.Read(plan, now)) || a.Standing != b.Standing || !a.Credits.InOrder.SequenceEqual(b.Credits.InOrder)) return false;
        }

        foreach (var task in books.Open)
            if (fold.Find(task.Id) is not { } same || !IsOf(same, task) || fold.Agenda.DueAt(task.Id) != books.Agenda.DueAt(task.Id)) return false;
        return fold.Open.Count() == books.Open.Count()
            && fold.Pool.Slots.Count == books.Pool.Slots.Count
            && fold.Pool.Slots.Values.Zip(books.Pool.Slots.Values).All(pair => IsOf(pair.First, pair.Second))
            && fold.Pool.Queue.InOrder().Select(ticket => ticket.Id).SequenceEqual(books.Pool.Queue.InOrder().Select(ticket => ticket.Id));
    }

    /// <summary>The lines in which two tellings differ.</summary>
    public static string Difference(string first, IReadOnlyList<string> a, string second, IReadOnlyList<string> b)
    {
        var width = Math.Max(first.Length, second.Length);
        var lines = Enumerable.Range(0, Math.Max(a.Count, b.Count)).Where(i => a.ElementAtOrDefault(i) != b.ElementAtOrDefault(i))
            .Select(i => $"  {(first + ":").PadRight(width + 1)} {a.ElementAtOrDefault(i)}\n  {(second + ":").PadRight(width + 1)} {b.ElementAtOrDefault(i)}");
        return string.Join("\n", lines);
    }

    /// <summary>Lists are equal to themselves alone, so what stands behind a task is laid side by side.</summary>
    private static bool IsOf(Reservation a, Reservation b) => a == b
        || (a.Shares.SequenceEqual(b.Shares) && a.Caps.SequenceEqual(b.Caps) && a with { Backing = null } == b with { Backing = null });

    private static bool IsOf(QuotaReading a, QuotaReading b) => a with { Purses = null } == b with { Purses = null } && a.Further.SequenceEqual(b.Further);

    private static bool IsOf(Predictor predictor, string who, IReadOnlyList<PlainCredit> predicted, IReadOnlyList<Credit> real)
    {
        if (predicted.Count != real.Count) return false;
        var isAnyHeld = predictor.Open.Any(task => task.Shares.Count > 0);
        for (var i = 0; i < real.Count; i++)
        {
            var (same, credit) = (predicted[i], real[i]);
            if (same.Id != credit.Id.Value || same.Spent != credit.Spent.Milliseconds || same.Amount != credit.Amount.Milliseconds || same.Withdrawn != credit.Withdrawn
                || credit.Held.Milliseconds != (isAnyHeld ? predictor.HeldOf(who, same) : 0)) return false;
        }

        return true;
    }

    private static bool IsOf(PlainShare predicted, Share real) =>
        predicted.Of == real.Of.Value && predicted.Credit == real.Credit.Value && predicted.Kind == real.Kind && predicted.Amount == real.Amount.Milliseconds;

    private static bool IsOf(PlainReading predicted, QuotaReading real) =>
        predicted.Allowance == real.Allowance.Milliseconds && predicted.Spent == real.Spent.Milliseconds && predicted.Reserved == real.Reserved.Milliseconds
        && predicted.Left == real.Left.Milliseconds && predicted.ResetsAt == real.ResetsAt?.UnixMilliseconds
        && predicted.Further.Count == real.Further.Count && predicted.Further.Zip(real.Further).All(pair => IsOf(pair.First, pair.Second));

    /// <summary>A list is equal to itself alone.</summary>
    private static bool IsOf(Slot a, Slot b) =>
        a == b || (a.Forgotten.SequenceEqual(b.Forgotten) && a with { Forgotten = [] } == b with { Forgotten = [] });

    private static bool IsOf(PlainSlot predicted, Slot real) =>
        predicted.IsOpen == real.IsOpen && predicted.Epoch == real.Epoch && predicted.Forgotten.SequenceEqual(real.Forgotten) &&
        predicted.Phase == Words.Phase(real.Phase) && predicted.Lease == real.Lease?.Value && predicted.Warm?.Process == real.Warm?.Process && predicted.Leaving == real.Leaving;
}
