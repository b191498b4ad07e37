using Stint.Core.Leasing;
using Stint.Core.Quota;

namespace Stint.Prove.Simulation.Predicting;

internal sealed partial class Predictor
{
    private const long Cap = 7_200_000;

    private void GrantWhatFits()
    {
        while (Next() is { } next) Grant(next.Ticket, next.Slot);
    }

    /// <summary>
    /// Of everything that waits and fits a free slot, the one whose key is least. A person's own tasks of one Space and size keep
    /// their order of arrival, whatever plan each was asked on.
    /// </summary>
    private (PlainTask Ticket, PlainSlot Slot)? Next()
    {
        var firsts = Open.Where(task => task.Waits)
            .GroupBy(task => (task.Who, task.Space, task.Asked.Node, task.Size))
            .Select(lane => lane.OrderBy(task => task.ArrivedAt).ThenBy(task => task.Id, StringComparer.Ordinal).First())
            .ToList();
        var best = firsts.GroupBy(task => task.Who).ToDictionary(own => own.Key, own => own.Max(task => task.Asked.Plan.Priority));
        var ordered = firsts.OrderBy(task => KeyOf(task, best[task.Who])).ThenBy(task => task.ArrivedAt).ThenBy(task => task.Id, StringComparer.Ordinal);
        foreach (var ticket in ordered)
            if (!IsAtItsSpacesLimit(ticket) && SlotFor(ticket) is { } slot) return (ticket, slot);
        return null;
    }

    private long KeyOf(PlainTask ticket, int priority)
    {
        var burden = Open.Where(own => own.Who == ticket.Who).Sum(own => own.Expected);
        var from = Math.Max(ticket.ArrivedAt, Identity(ticket.Who).LastServedAt);
        // Of a task that its own person's others went before, less and less counts; after as long as the cap, nothing.
        var expected = (long)((decimal)ticket.Expected * Math.Max(0, Cap - (from - ticket.ArrivedAt)) / Cap);
        if (Identity(ticket.Who).OpenAt(ticket.ArrivedAt) is { } window) (burden, expected) = (burden + window.Spent, expected + window.Overstay);
        var sum = (burden + (150 * expected)) / priority;
        // A curve that begins as steep as the sum and never reaches the cap.
        var delay = Cap - Math.Ceiling((decimal)Cap * Cap / (Cap + sum));
        return from + (long)delay;
    }

    /// <summary>Its own warm worker's slot first; else the smallest that fits, and among those one without a warm worker; then by name.</summary>
    private PlainSlot? SlotFor(PlainTask ticket)
    {
        var fitting = slots.Where(slot => slot.IsOpen && slot.IsOn(ticket.Asked.Node) && slot.Fits(ticket.Size)).OrderBy(slot => slot.Id, StringComparer.Ordinal).ToList();
        return fitting.FirstOrDefault(slot => IsWarmFor(slot, ticket))
            ?? fitting.OrderBy(slot => slot.Offered.Largest).ThenBy(slot => slot.Warm is not null).FirstOrDefault();
    }

    private static bool IsWarmFor(PlainSlot slot, PlainTask ticket) =>
        slot.Warm is { } warm && warm.Space == ticket.Space && warm.TaskId == ticket.Asked.TaskId;

    private void Grant(PlainTask task, PlainSlot slot)
    {
        var identity = Identity(task.Who);
        var plan = identity.Plan!.Allowance.Milliseconds;
        var window = identity.OpenAt(Now);
        var reading = Read(identity, plan);
        var used = reading.Spent + Open.Where(run => run.Runs && run.Who == task.Who && run.WindowOpenedAt == window?.OpenedAt).Sum(run => Math.Min(FromAllowance(run), run.OwnHeldAt(Now)));
        if (used + task.Own > reading.Allowance)
        {
            var waiting = Open.Where(own => own.Waits && own.Who == task.Who).Sum(own => own.Own);
            var retry = waiting <= plan && reading.ResetsAt is { } at ? $" retry={at}" : "";
            Say($"refused {task.Asked.RefusalId} {task.Who} [QuotaExceeded {task.Own}>{Math.Max(0, reading.Allowance - used)}{retry}] {Words(reading)}");
            CountRefusal(identity);
            Leave(task, "Voided", "quota-exceeded");
            return;
        }

        if (window is null) identity.Windows.Add(window = new PlainWindow { OpenedAt = Now, Allowance = plan });
        identity.IsClosed = false;
        window.Grants++;
        window.Overstay = 0;
        identity.LastServedAt = Now;
        var token = identity.Tokens.TryGetValue(task.Asked.Event, out var use) ? use : (FirstAt: Now, Leases: 0, Charged: 0);
        identity.Tokens[task.Asked.Event] = token with { Leases = token.Leases + 1 };
        task.Caps = task.Caps.ConvertAll(Begin);
        var idle = IsWarmFor(slot, task);
        var forgotten = idle ? null : slot.Warm?.Process.Pid;
        (task.Phase, task.Slot, task.GrantedAt, task.WindowOpenedAt, task.Idle) = ("Leased", slot.Id, Now, window.OpenedAt, idle);
        task.Worker = idle ? slot.Warm!.Value.Process : null;
        if (!idle) slot.Forget(slot.Warm?.Process);
        (slot.Phase, slot.Lease, slot.Warm) = ("Leased", task.Id, null);
        Say($"granted {task.Id} on {slot.Id} window={window.OpenedAt} of {reading.Allowance} idle={idle} worker={task.Worker?.Pid} forgets={forgotten}");
    }

    /// <summary>Slots whose node must report before anything is granted there.</summary>
    public bool IsLost(string node) => slots.Any(slot => slot.Offered.Node == node && slot.LostGrace is not null);

    public long EpochOf(string node) => slots.Where(slot => slot.Offered.Node == node).Max(slot => (long?)slot.Epoch) ?? 0;

    private string Join(string node, long epoch, IReadOnlyList<Slot> offer)
    {
        if (EpochOf(node) > epoch) return "EpochIsOver";
        foreach (var offered in offer)
        {
            var known = slots.FirstOrDefault(slot => slot.Id == offered.Id.Value);
            if (known is null) Add(new PlainSlot(offered) { Epoch = epoch, Drained = offered.IsDrained });
            else if (known.Phase == "Free" && (known.Offered.DeviceUuid != offered.DeviceUuid || known.Offered.Largest != offered.Largest))
            {
                var moved = new PlainSlot(offered) { Epoch = epoch, Drained = offered.IsDrained, LostGrace = known.LostGrace };
                known.Forgotten.ForEach(moved.Forget);
                moved.Forget(known.Warm?.Process);
                slots.Remove(known);
                Add(moved);
            }
            else if (known.Withdrawn)
            {
                known.Withdrawn = false;
                Say($"slot {known.Id} withdrawn=False");
            }
        }

        foreach (var slot in slots.Where(slot => slot.Offered.Node == node && !slot.Withdrawn && offer.All(offered => offered.Id.Value != slot.Id)).ToList())
        {
            if (slot is not { Phase: "Free", Warm: null, Forgotten.Count: 0 }) Say($"slot {slot.Id} withdrawn=True");
            slot.Withdrawn = true;
            slot.Forget(slot.Warm?.Process);
            slot.Warm = null;
            LetLeave(Now);
        }

        return "Taken";
    }

    private void Add(PlainSlot slot)
    {
        slots = [.. slots.Append(slot).OrderBy(each => each.Id, StringComparer.Ordinal)];
        Say($"slot {slot.Id} joined");
    }

    /// <summary>What was withdrawn goes when nothing is left on it.</summary>
    private void LetLeave(long at)
    {
        foreach (var slot in slots.Where(slot => slot is { Withdrawn: true, Phase: "Free", Warm: null, Forgotten.Count: 0 }).ToList())
        {
            slots.Remove(slot);
            SayAt(at, $"slot {slot.Id} left");
        }
    }

    private string Lose(LoseNode command)
    {
        if (EpochOf(command.Node) > command.Epoch) return "EpochIsOver";
        if (slots.Any(slot => slot.Offered.Node == command.Node && slot.LostGrace is null)) BeLost(command.Node, command.Grace);
        foreach (var ticket in Open.Where(task => task.Waits && task.Asked.Node == command.Node).OrderBy(task => task.Id, StringComparer.Ordinal).ToList())
            Leave(ticket, "Voided", "node-lost");
        return "Taken";
    }

    private void BeLost(string node, TimeSpan grace, long? downSince = null)
    {
        foreach (var slot in slots.Where(slot => slot.Offered.Node == node))
        {
            if (downSince is { } down) slot.HubAway = (slot.HubAway == default ? down : slot.HubAway.From, Now);
            if (downSince is not null || slot.LostGrace is null) slot.LostSince = Now;
            slot.LostGrace = (long)grace.TotalMilliseconds;
        }

        Say($"node {node} lost");
    }

    private string Return(ReturnNode command)
    {
        if (EpochOf(command.Node) > command.Epoch) return "EpochIsOver";
        var on = slots.Where(slot => slot.Offered.Node == command.Node).Select(slot => slot.Lease).ToHashSet();
        foreach (var task in Open.Where(task => task.Runs && on.Contains(task.Id)).OrderBy(task => task.Id, StringComparer.Ordinal).ToList())
            Settle(task, command.Leases.LastOrDefault(report => report.Id.Value == task.Id));
        // Of each lease the last word counts; what it says of itself counts for what it ran, for a day, and not against the Space's own word.
        foreach (var late in command.Leases.GroupBy(report => report.Id.Value).OrderBy(same => same.Key, StringComparer.Ordinal).Where(same => same.Last().Exit == ExitClass.NodeFault))
            if (ended.GetValueOrDefault(late.Key) is { Charged: > 0, Exit: not ExitClass.Completed } task && !refunded.Contains(task.Id) && Now - task.EndedAt <= Day
                && slots.Any(slot => slot.Id == task.Slot && slot.Offered.Node == command.Node))
                GiveBack(task, "the machine reported a fault of its own", "node:" + command.Node);
        foreach (var gone in command.Gone)
            if (slots.Any(slot => slot.Id == gone.Slot.Value && slot.Offered.Node == command.Node)) WorkerGone(gone);
        if (slots.Any(slot => slot.Offered.Node == command.Node && (slot.LostGrace is not null || slot.Epoch != command.Epoch))) Say($"node {command.Node} returned {command.Epoch}");
        foreach (var slot in slots.Where(slot => slot.Offered.Node == command.Node)) (slot.LostGrace, slot.HubAway, slot.Epoch) = (null, default, command.Epoch);
        return Join(command.Node, command.Epoch, command.Slots);
    }

    /// <summary>The node's word counts, between the grant and the end the lease has anyway.</summary>
    private void Settle(PlainTask task, LeaseReport? report)
    {
        if (report is null)
        {
            End(task, ExitClass.NodeFault, Now);
            return;
        }

        if (report is { Worker: { } worker, AllowedAgo: { } ago } && task.AllowedAt is null)
        {
            var at = Math.Max(task.GrantedAt, Math.Min(Now - (long)ago.TotalMilliseconds, Math.Min(Now, EndOf(task))));
            if (task.Worker != worker) slots.Single(slot => slot.Lease == task.Id).Forget(task.Worker);
            (task.AllowedAt, task.Worker) = (at, worker);
            SayAt(at, $"allowed {task.Id} {worker.Pid}");
        }

        var slot = slots.Single(slot => slot.Lease == task.Id);
        if (report.Exit is not { } exit)
        {
            if (slot.LostGrace is not null) ForgiveHubsAbsence(task, slot, Now);
            return;
        }

        var ended = Math.Min(Now, Now - (long)report.EndedAgo.TotalMilliseconds);
        if (slot.LostGrace is null) ended = Math.Min(ended, EndOf(task));
        ended = Math.Max(task.AllowedAt ?? task.GrantedAt, ended);
        if (exit is (ExitClass.Completed or ExitClass.Failed) && !task.Idle && task.AllowedAt is null)
            exit = ended - task.GrantedAt <= 2_000 ? ExitClass.NotUsed : ExitClass.NotAllowed;
        else if (exit == ExitClass.Overrun) exit = StopOf(task).By == "ceiling" ? ExitClass.Overrun : ExitClass.OutOfFunds;
        else if (exit is not (ExitClass.Completed or ExitClass.Failed or ExitClass.WorkerDied or ExitClass.NotAllowed)) exit = ExitClass.NodeFault;
        End(task, exit, ended);
    }

    private void ForgiveHubsAbsence(PlainTask task, PlainSlot slot, long until)
    {
        var away = slot.HubAwayBetween(task.GrantedAt, until);
        if (away <= 0) return;
        task.Forgiven += away;
        SayAt(task.AllowedAt ?? task.GrantedAt, $"forgiven {task.Id} {away}");
    }

    private void Drain(DrainNode command)
    {
        var changed = slots.Where(slot => slot.Offered.Node == command.Node && slot.Drained != command.IsDrained).ToList();
        changed.ForEach(slot => slot.Drained = command.IsDrained);
        if (changed.Count > 0) Say($"node {command.Node} drained={command.IsDrained}");
    }

    private void Resume(ResumeLeases command)
    {
        bool IsElsewhere(PlainSlot slot) => command.Here is not null && slot.Offered.Node != command.Here;
        foreach (var task in Open.OrderBy(task => task.Id, StringComparer.Ordinal).ToList())
            if (task.Waits) Leave(task, "Voided", "hub-restarted");
            else if (IsElsewhere(slots.Single(slot => slot.Lease == task.Id))) continue;
            else if (task.Worker is null) End(task, ExitClass.HubFault, Now);
            else if (command.Alive.Contains(task.Worker)) Forgive(task, Now - Math.Max(command.LastEvidence.UnixMilliseconds, task.GrantedAt));
            else End(task, ExitClass.WorkerDied, Math.Min(DueAt(task), Math.Max(command.LastEvidence.UnixMilliseconds, task.AllowedAt ?? task.GrantedAt)));
        foreach (var slot in slots.Where(slot => !IsElsewhere(slot)).ToList())
        {
            if (slot.Leaving is { } leaving && !command.Alive.Contains(leaving)) Freed(slot);
            else if (slot.Phase == "Free" && slot.Warm is { } warm && !command.Alive.Contains(warm.Process)) WarmGone(slot);
            foreach (var forgotten in slot.Forgotten.Where(worker => !command.Alive.Contains(worker)).ToList()) ForgottenGone(slot, forgotten);
            LetLeave(Now);
        }

        foreach (var node in slots.Where(IsElsewhere).Select(slot => slot.Offered.Node).Distinct().ToList())
            BeLost(node, command.Grace, command.LastEvidence.UnixMilliseconds);
    }

    private void Forgive(PlainTask task, long downtime)
    {
        if (downtime <= 0) return;
        task.Forgiven += downtime;
        Say($"forgiven {task.Id} {downtime}");
    }

    private void Freed(PlainSlot slot)
    {
        slot.Phase = "Free";
        slot.Leaving = null;
        Say($"slot {slot.Id} freed");
    }

    private void WarmGone(PlainSlot slot)
    {
        slot.Warm = null;
        Say($"slot {slot.Id} cold");
    }

    private void ForgottenGone(PlainSlot slot, WorkerProcess worker)
    {
        slot.Forgotten.Remove(worker);
        Say($"slot {slot.Id} rid of {worker.Pid}");
    }
}
