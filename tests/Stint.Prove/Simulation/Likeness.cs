using Stint.Core.Identities;
using Stint.Core.Leasing;
using Stint.Core.Plans;
using Stint.Core.Quota;

namespace Stint.Prove.Simulation;

/// <summary>Whether two tellings of the state are the same, number by number; words are made only where they are not.</summary>
internal static class Likeness
{
    /// <summary>Everything that anybody can see: readings, slots, what is open and when it is due.</summary>
    public static bool IsOf(Predictor predictor, Books books, IReadOnlyDictionary<IdentityId, Plan> plans, Instant now)
    {
        foreach (var (identity, plan) in plans)
            if (!IsOf(predictor.Read(identity.Value, plan), books.LedgerOf(identity).Read(plan, now))) return false;
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
            if (a.Read(plan, now) != b.Read(plan, now) || a.Standing != b.Standing) return false;
        }

        foreach (var task in books.Open)
            if (fold.Find(task.Id) is not { } same || same != task || fold.Agenda.DueAt(task.Id) != books.Agenda.DueAt(task.Id)) return false;
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

    private static bool IsOf(PlainReading predicted, QuotaReading real) =>
        predicted.Allowance == real.Allowance.Milliseconds && predicted.Spent == real.Spent.Milliseconds && predicted.Reserved == real.Reserved.Milliseconds
        && predicted.Left == real.Left.Milliseconds && predicted.ResetsAt == real.ResetsAt?.UnixMilliseconds;

    /// <summary>A list is equal to itself alone.</summary>
    private static bool IsOf(Slot a, Slot b) =>
        a == b || (a.Forgotten.SequenceEqual(b.Forgotten) && a with { Forgotten = [] } == b with { Forgotten = [] });

    private static bool IsOf(PlainSlot predicted, Slot real) =>
        predicted.IsOpen == real.IsOpen && predicted.Epoch == real.Epoch && predicted.Forgotten.SequenceEqual(real.Forgotten) &&
        predicted.Phase == Words.Phase(real.Phase) && predicted.Lease == real.Lease?.Value && predicted.Warm?.Process == real.Warm?.Process && predicted.Leaving == real.Leaving;
}
