using Stint.Core.Quota;
using Stint.Core.Quota.Purses;

namespace Stint.Prove.Simulation.Predicting;

internal sealed partial class Predictor
{
    /// <summary>When an open task is due: its wait limit, the ten seconds in which a worker must be named, or its deadline.</summary>
    public long DueAt(PlainTask task)
    {
        return task.Waits ? task.WaitUntil : EndOf(task) + PatienceWith(slots.Single(slot => slot.Lease == task.Id));
    }

    private static long PatienceWith(PlainSlot slot) => slot.LostGrace is { } grace ? grace + slot.HubAway.To - slot.HubAway.From : 0;

    /// <summary>The last moment of a lease, whatever became of its node.</summary>
    private long EndOf(PlainTask task)
    {
        var (deadline, _) = StopOf(task);
        return task.Idle || task.AllowedAt is not null ? deadline : Math.Min(deadline, task.GrantedAt + 10_000);
    }

    /// <summary>When a run has to stop, and what stops it: what it declared, its funds, or a cap.</summary>
    private (long At, string By) StopOf(PlainTask task)
    {
        var ceiling = task.EndOf(task.Ceiling);
        var funded = FundedUntil(task) is var until && until == Never ? Never : until + task.Courtesy;
        var capped = task.Caps.Count == 0 ? Never : task.EndOf(Math.Min(task.Ceiling, task.Caps.Min(hold => hold.Held)));
        if (funded < ceiling && funded <= capped) return (funded, "funds");
        return capped < ceiling ? (capped, "cap") : (ceiling, "ceiling");
    }

    /// <summary>The first moment at which something is overdue.</summary>
    public long NextDue => Open.Count > 0 ? Open.Min(DueAt) + 1 : Never;

    /// <summary>Every moment around which a rule changes its mind.</summary>
    public IEnumerable<long> Boundaries()
    {
        foreach (var task in Open)
        {
            yield return DueAt(task);
            if (!task.Runs) continue;
            yield return task.GrantedAt + 2_000;
            yield return task.GrantedAt + 10_000;
            yield return task.EndOf(task.Own);
        }

        foreach (var credit in identities.Values.SelectMany(identity => identity.Credits)) yield return credit.ExpiresAt;
        foreach (var windows in capWindows.Values)
            if (windows.Count > 0) yield return windows[^1].ResetsAt;

        foreach (var window in identities.Values.Select(identity => identity.Last).OfType<PlainWindow>()) yield return window.ResetsAt;
        foreach (var (_, at) in brokenWaits) yield return at + 5_000;
    }

    /// <summary>A run goes on until its allowance is dry, and where it holds something of other purses, until that is used up too.</summary>
    private long FundedUntil(PlainTask task)
    {
        var dry = DryAt(task);
        if (dry == Never) return Never;
        return task.Shares.Count == 0 ? Math.Max(dry, task.EndOf(task.Floor)) : task.EndOf(FromAllowance(task, dry) + task.FromShares);
    }

    /// <summary>The most that the allowance pays of a run: what it used when that was dry, but at least its own part of the floor.</summary>
    private long FromAllowance(PlainTask task) => FromAllowance(task, DryAt(task));

    private static long FromAllowance(PlainTask task, long dry) => dry == Never ? task.Ceiling : Math.Max(task.Own, task.UsedAt(dry));

    /// <summary>
    /// A run is sure of its floor. Beyond, it draws on the allowance while everything that allowance holds in its window fits: its
    /// part of the floors of what runs, more where more was used, and up to the reset that of what was asked before it and still waits.
    /// </summary>
    private long DryAt(PlainTask task)
    {
        var identity = Identity(task.Who);
        var window = identity.WindowOf(task);
        var siblings = open.FindAll(run => run.Who == task.Who && run.Runs && run.WindowOpenedAt == window.OpenedAt);
        var waiting = open.Where(ticket => ticket.Who == task.Who && ticket.Waits && window == identity.Last && ticket.ReservedAt < window.ResetsAt).Sum(ticket => ticket.Own);
        var (spare, from, to) = (window.Allowance - window.Spent, long.MaxValue, long.MinValue);
        foreach (var run in siblings) (spare, from, to) = (spare - run.Own, Math.Min(from, run.EndOf(run.Own)), Math.Max(to, run.EndOf(run.Ceiling)));
        bool Fits(long at)
        {
            var drawn = 0L;
            foreach (var run in siblings) drawn += run.OwnHeldAt(at) - run.Own;
            return drawn == 0 || drawn <= spare - (at < window.ResetsAt ? waiting : 0);
        }

        var before = LastThatFits(from, Math.Min(to, window.ResetsAt - 1), Fits);
        if (before < Math.Min(to, window.ResetsAt - 1)) return before;
        var last = LastThatFits(Math.Max(from, window.ResetsAt), to, Fits);
        return last < to ? last : Never;
    }

    /// <summary>The last moment up to which it fits, where what fits only ever becomes too much; the one before the first where nothing does.</summary>
    private static long LastThatFits(long from, long to, Func<long, bool> fits)
    {
        if (from > to) return to;
        if (!fits(from)) return from - 1;
        if (fits(to)) return to;
        var step = 1L;
        while (step < to - from) step *= 2;
        var last = from;
        for (; step > 0; step /= 2)
            if (last + step <= to && fits(last + step)) last += step;
        return last;
    }

    /// <summary>What passed its moment ends, the earliest first.</summary>
    private void EndOverdue()
    {
        while (Open.Select(task => (Task: task, Due: DueAt(task))).Where(pair => pair.Due < Now)
                   .OrderBy(pair => pair.Due).ThenBy(pair => pair.Task.Id, StringComparer.Ordinal).FirstOrDefault() is { Task: { } task } first)
        {
            if (task.Waits)
            {
                var identity = Identity(task.Who);
                Say($"refused {task.Asked.RefusalId} {task.Who} [NoGpuInTime ] {Words(Read(identity, identity.Plan!.Allowance.Milliseconds))}");
                Leave(task, "Expired", "no-gpu-in-time");
            }
            else if (slots.Single(slot => slot.Lease == task.Id) is { LostGrace: not null } lost) End(task, ExitClass.NodeFault, Math.Max(first.Due, lost.LostSince));
            else if (!task.Idle && task.AllowedAt is null && first.Due == task.GrantedAt + 10_000) End(task, ExitClass.NotAllowed, first.Due);
            else StopOrGoOn(task, first.Due);
        }
    }

    /// <summary>It goes on while another purse or its caps have more. One run of a window may go on for five seconds when its funds end.</summary>
    private void StopOrGoOn(PlainTask task, long due)
    {
        var (_, by) = StopOf(task);
        var window = Identity(task.Who).WindowOf(task);
        if (by == "ceiling") End(task, ExitClass.Overrun, due);
        else if (GoesOn(task, by, due)) return;
        else if (by == "cap" || task.Courtesy > 0 || window.Courtesies >= 1) End(task, ExitClass.OutOfFunds, due, by == "cap" ? CapThatStops(task, due) : null);
        else
        {
            window.Courtesies++;
            task.Courtesy = 5_000;
            SayAt(due, $"courtesy {task.Id} 5000");
        }
    }

    /// <summary>What the house gives is never charged.</summary>
    private long FundedUse(PlainTask task, long used) => task.Courtesy == 0 ? used : Math.Min(used, FromAllowance(task) + task.FromShares);

    private void Leave(PlainTask task, string phase, string cause)
    {
        Close(task, phase);
        brokenWaits.Add((task, Now));
        Say($"ended {task.Id} {phase} {cause} 0 0 []");
    }

    private string End(PlainTask task, ExitClass exit, long at, string? cause = null)
    {
        var free = exit is ExitClass.NotUsed or ExitClass.HubFault or ExitClass.NodeFault;
        if (!free && slots.Single(slot => slot.Lease == task.Id) is { LostGrace: not null } lost)
        {
            // It may be over for long, whoever says so only now.
            ForgiveHubsAbsence(task, lost, at);
            at = Math.Max(task.AllowedAt ?? task.GrantedAt, Math.Min(at, EndOf(task)));
        }

        var measured = Math.Max(0, at - task.MeterFrom);
        var charged = free ? 0 : FundedUse(task, Math.Min(task.Ceiling, measured * task.Weight / 1000));
        (task.Exit, task.EndedAt) = (exit, at);
        (task.Charged, task.Paid) = (charged, task.Shares.Count == 0 ? [] : Take(task.Shares, Math.Max(0, charged - FromAllowance(task))));
        Close(task, free ? "Voided" : "Settled");
        var identity = Identity(task.Who);
        var window = identity.WindowOf(task);
        window.Spent += charged - task.Paid.Sum(share => share.Amount);
        foreach (var share in task.Paid)
        {
            if (share.Kind == CreditKind.Credit && share.Of == task.Who) window.Beyond += share.Amount;
            Identity(share.Of).Credits.Single(credit => credit.Id == share.Credit).Spent += share.Amount;
        }

        foreach (var hold in task.Caps) EndUnder(hold, charged, free);
        window.Overstay += Math.Max(0, charged - (2 * task.Expected));
        if (free) window.Grants--;
        if (window.Grants == 0 && window == identity.Last) identity.IsClosed = identity.Windows.Remove(window);
        identity.Tokens[task.Asked.Event] = identity.Tokens[task.Asked.Event] with { Charged = identity.Tokens[task.Asked.Event].Charged + charged };
        foreach (var (token, use) in identity.Tokens.ToList())
            if (use.FirstAt < at - PlainWindow.Length && !Open.Any(run => run.Runs && run.Who == task.Who && run.Asked.Event == token)) identity.Tokens.Remove(token);
        if (exit == ExitClass.Completed) Learn(task.Asked.Function, task.Who, measured);
        var after = Vacate(task, exit);
        SayAt(at, $"ended {task.Id} {task.Phase} {exit} {measured} {charged} {cause} [{string.Join(", ", task.Paid)}] {after}");
        LetLeave(at);
        return $"{exit} {measured} {charged}";
    }

    private void Close(PlainTask task, string phase)
    {
        task.Phase = phase;
        open.Remove(task);
        ended.Add(task.Id, task);
        endedNow.Add(task);
        lately.Add(task);
        if (lately.Count > 12) lately.RemoveAt(0);
    }

    /// <summary>The slot is free where no worker is left on it, warm where its worker is kept, and draining otherwise.</summary>
    private string Vacate(PlainTask task, ExitClass exit)
    {
        var slot = slots.Single(slot => slot.Lease == task.Id);
        slot.Lease = null;
        var kept = exit == ExitClass.Completed || (exit == ExitClass.NotUsed && task.Idle && task.AllowedAt is null);
        // Nobody will come for a worker on a slot that is to leave.
        if (slot.Withdrawn && task.Worker is not null && exit != ExitClass.WorkerDied) kept = false;
        slot.Phase = task.Worker is null || exit == ExitClass.WorkerDied || kept ? "Free" : "Draining";
        if (task.Worker is null || exit == ExitClass.WorkerDied) return "Free";
        if (kept)
        {
            slot.Warm = (task.Space, task.Asked.TaskId, task.Worker);
            return "Warm";
        }

        slot.Leaving = task.Worker;
        return "Draining";
    }
}
